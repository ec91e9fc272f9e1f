"""Roles, bind states, and which operation each role may begin in which state (SMPP 3.4, 2.2 and 2.3).

    ESME                                                        SMSC
              bind_transmitter            unbind
       OPEN --------------------> BOUND_TX ------------+
        |     bind_receiver                            |
        +-----------------------> BOUND_RX ------------+----> UNBOUND ----> CLOSED
        |     bind_transceiver                         |                       ^
        +-----------------------> BOUND_TRX -----------+                       |
        |                                                                      |
        +------- refused, silent, garbage, connection lost: from any state ----+

The table follows 3.4 with the corrections of 5.0 where 3.4 is known to be careless: data_sm goes in the direction in
which the session is bound, replace_sm works on a transceiver too, and enquire_link is welcome before the bind.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple

from angarium.smpp.constants import CommandId


class Role(enum.Enum):
    """Which end of the conversation we are."""

    ESME = "esme"
    SMSC = "smsc"

    @property
    def peer(self) -> Role:
        """The other end."""
        return Role.SMSC if self is Role.ESME else Role.ESME


class BindState(enum.Enum):
    """How far the conversation has come, named from the ESME's side."""

    OPEN = "open"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBOUND = "unbound"
    CLOSED = "closed"

    @property
    def is_bound(self) -> bool:
        """Whether messages can flow in at least one direction."""
        return self in BOUND


BOUND: Final = frozenset({BindState.BOUND_TX, BindState.BOUND_RX, BindState.BOUND_TRX})

_NEVER: Final[frozenset[BindState]] = frozenset()
_OPEN: Final = frozenset({BindState.OPEN})
_SENDING: Final = frozenset({BindState.BOUND_TX, BindState.BOUND_TRX})
_RECEIVING: Final = frozenset({BindState.BOUND_RX, BindState.BOUND_TRX})


class Operation(NamedTuple):
    """In which states the ESME, and in which the SMSC, may begin this operation."""

    esme: frozenset[BindState]
    smsc: frozenset[BindState]


OPERATIONS: Final[Mapping[CommandId, Operation]] = {
    CommandId.BIND_TRANSMITTER: Operation(esme=_OPEN, smsc=_NEVER),
    CommandId.BIND_RECEIVER: Operation(esme=_OPEN, smsc=_NEVER),
    CommandId.BIND_TRANSCEIVER: Operation(esme=_OPEN, smsc=_NEVER),
    CommandId.OUTBIND: Operation(esme=_NEVER, smsc=_OPEN),
    CommandId.UNBIND: Operation(esme=BOUND, smsc=BOUND),
    CommandId.ENQUIRE_LINK: Operation(esme=BOUND | _OPEN, smsc=BOUND | _OPEN),
    CommandId.SUBMIT_SM: Operation(esme=_SENDING, smsc=_NEVER),
    CommandId.SUBMIT_MULTI: Operation(esme=_SENDING, smsc=_NEVER),
    CommandId.DATA_SM: Operation(esme=_SENDING, smsc=_RECEIVING),
    CommandId.DELIVER_SM: Operation(esme=_NEVER, smsc=_RECEIVING),
    CommandId.ALERT_NOTIFICATION: Operation(esme=_NEVER, smsc=_RECEIVING),
    CommandId.QUERY_SM: Operation(esme=_SENDING, smsc=_NEVER),
    CommandId.CANCEL_SM: Operation(esme=_SENDING, smsc=_NEVER),
    CommandId.REPLACE_SM: Operation(esme=_SENDING, smsc=_NEVER),
}

BOUND_BY: Final[Mapping[int, BindState]] = {
    CommandId.BIND_TRANSMITTER: BindState.BOUND_TX,
    CommandId.BIND_RECEIVER: BindState.BOUND_RX,
    CommandId.BIND_TRANSCEIVER: BindState.BOUND_TRX,
}
"""The state that each bind leads to."""

UNANSWERED: Final = frozenset({CommandId.OUTBIND, CommandId.ALERT_NOTIFICATION})
"""Operations that have no response."""


def startable(role: Role, state: BindState) -> frozenset[int]:
    """The command ids that `role` may begin in `state`."""
    return frozenset(
        command_id
        for command_id, operation in OPERATIONS.items()
        if state in (operation.esme if role is Role.ESME else operation.smsc)
    )
