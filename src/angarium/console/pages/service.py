"""The operator's pages, all of them."""

from __future__ import annotations

from typing import Final

from angarium.console.pages import (
    service_accounts,
    service_audit,
    service_blocks,
    service_carriers,
    service_explain,
    service_inbound,
    service_messages,
    service_operator_tokens,
    service_overview,
    service_queues,
    service_strays,
    service_tables,
)
from angarium.console.table import Page

PAGES: Final[tuple[Page, ...]] = (
    *service_overview.PAGES,
    *service_messages.PAGES,
    *service_inbound.PAGES,
    *service_accounts.PAGES,
    *service_carriers.PAGES,
    *service_tables.PAGES,
    *service_explain.PAGES,
    *service_blocks.PAGES,
    *service_queues.PAGES,
    *service_strays.PAGES,
    *service_operator_tokens.PAGES,
    *service_audit.PAGES,
)
