"""The one table of operations: the families, in the order in which they are documented."""

from __future__ import annotations

from typing import Final

from angarium.operator_api import (
    accounts,
    blocks,
    carriers,
    connections,
    credit,
    doubts,
    inbound,
    journal,
    messages,
    notifications,
    operator_tokens,
    people,
    previews,
    price_lists,
    pricing,
    queue_control,
    queues,
    tokens,
    trials,
    unmatched,
    vouchers,
)
from angarium.operator_api.operations import Table

TABLE: Final[Table] = (
    *messages.OPERATIONS,
    *journal.OPERATIONS,
    *previews.OPERATIONS,
    *notifications.OPERATIONS,
    *inbound.OPERATIONS,
    *queues.OPERATIONS,
    *queue_control.OPERATIONS,
    *doubts.OPERATIONS,
    *unmatched.OPERATIONS,
    *accounts.OPERATIONS,
    *connections.OPERATIONS,
    *tokens.OPERATIONS,
    *blocks.OPERATIONS,
    *credit.OPERATIONS,
    *vouchers.OPERATIONS,
    *carriers.OPERATIONS,
    *trials.OPERATIONS,
    *pricing.OPERATIONS,
    *price_lists.OPERATIONS,
    *people.OPERATIONS,
    *operator_tokens.OPERATIONS,
)
