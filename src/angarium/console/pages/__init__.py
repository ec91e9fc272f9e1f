"""The pages, a module for each subject; each lists its pages in PAGES.

A page reads what it shows through ports and flows and hands values to a template. It refuses to know markup.
"""

from __future__ import annotations

from typing import Final

from angarium.console.pages import (
    account_settings,
    callbacks,
    connections,
    credit,
    entry,
    first_message,
    handsets,
    home,
    inbound,
    me,
    messages,
    numbers,
    opt_outs,
    overview,
    people,
    send,
    send_file,
    senders,
    service,
    service_people,
    targets,
    tokens,
    vouchers,
)
from angarium.console.table import Page

TABLE: Final[tuple[Page, ...]] = (
    *entry.PAGES,
    *me.PAGES,
    *overview.PAGES,
    *home.PAGES,
    *first_message.PAGES,
    *messages.PAGES,
    *connections.PAGES,
    *tokens.PAGES,
    *targets.PAGES,
    *callbacks.PAGES,
    *service.PAGES,
    *handsets.PAGES,
    *send.PAGES,
    *credit.PAGES,
    *vouchers.PAGES,
    *people.PAGES,
    *service_people.PAGES,
    *numbers.PAGES,
    *inbound.PAGES,
    *senders.PAGES,
    *opt_outs.PAGES,
    *account_settings.PAGES,
    *send_file.PAGES,
)
"""Every page there is."""
