"""The operation matrix, spelled out cell by cell."""

from __future__ import annotations

import pytest

from angarium.smpp.constants import RESPONSE_BIT, CommandId
from angarium.smpp.states import OPERATIONS, BindState, Role, startable

# One row per operation: who may begin it when. Columns: OPEN, BOUND_TX, BOUND_RX, BOUND_TRX, UNBOUND, CLOSED.
# E: the ESME, S: the SMSC, B: both, -: nobody (SMPP 3.4, table 2-1, with the corrections of 5.0 named in states.py).
MATRIX = """
    bind_transmitter    E - - - - -
    bind_receiver       E - - - - -
    bind_transceiver    E - - - - -
    outbind             S - - - - -
    unbind              - B B B - -
    enquire_link        B B B B - -
    submit_sm           - E - E - -
    submit_multi        - E - E - -
    data_sm             - E S B - -
    deliver_sm          - - S S - -
    alert_notification  - - S S - -
    query_sm            - E - E - -
    cancel_sm           - E - E - -
    replace_sm          - E - E - -
"""
ROWS = {CommandId[row.split()[0].upper()]: row.split()[1:] for row in MATRIX.strip().splitlines()}


@pytest.mark.parametrize("command_id", ROWS, ids=lambda command_id: command_id.name.lower())
def test_each_operation_follows_its_row(command_id: CommandId) -> None:
    """The sets in the code say the same as the picture."""
    letters = {(True, True): "B", (True, False): "E", (False, True): "S", (False, False): "-"}

    row = [letters[command_id in startable(Role.ESME, s), command_id in startable(Role.SMSC, s)] for s in BindState]

    assert row == ROWS[command_id]


def test_every_request_has_its_row() -> None:
    """A command that is added must be given its states."""
    assert set(OPERATIONS) == {command for command in CommandId if not command & RESPONSE_BIT}


def test_each_role_has_the_other_as_its_peer() -> None:
    """ESME and SMSC face each other."""
    assert (Role.ESME.peer, Role.SMSC.peer) == (Role.SMSC, Role.ESME)
