"""The one table of operations: the families, in the order in which they are documented."""

from __future__ import annotations

from typing import Final

from angarium.operator_api import accounts, carriers, connections, messages, operator_tokens, tokens
from angarium.operator_api.operations import Table

TABLE: Final[Table] = (
    *messages.OPERATIONS,
    *accounts.OPERATIONS,
    *connections.OPERATIONS,
    *tokens.OPERATIONS,
    *carriers.OPERATIONS,
    *operator_tokens.OPERATIONS,
)
