"""The operator's pages, all of them."""

from __future__ import annotations

from typing import Final

from angarium.console.pages import service_accounts, service_audit, service_overview
from angarium.console.table import Page

PAGES: Final[tuple[Page, ...]] = (*service_overview.PAGES, *service_accounts.PAGES, *service_audit.PAGES)
