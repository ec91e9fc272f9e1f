"""Names for numbers, and numbers without a name."""

from __future__ import annotations

import pytest

from angarium.smpp.constants import CommandId, CommandStatus, DataCoding, MessageState, OpenIntEnum, TlvTag, Ton


def test_a_known_number_has_its_name() -> None:
    """0x58 is the throttling status of the specification."""
    assert CommandStatus(0x58) is CommandStatus.ESME_RTHROTTLED
    assert CommandStatus(0x58).known


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (CommandStatus(0x400), "UNKNOWN_00000400"),
        (CommandId(0x80000099), "UNKNOWN_80000099"),
        (TlvTag(0x1400), "UNKNOWN_1400"),
        (DataCoding(0xE5), "UNKNOWN_E5"),
        (Ton(7), "UNKNOWN_07"),
    ],
)
def test_an_unknown_number_survives_with_a_name_of_its_own(value: OpenIntEnum, name: str) -> None:
    """A number that the table does not hold is kept, equal to itself as an integer, and shown in hex."""
    assert value.name == name
    assert value == int(value)
    assert hash(value) == hash(int(value))
    assert not value.known


def test_unknown_numbers_are_not_remembered() -> None:
    """A peer that invents numbers fills no table of ours."""
    before = len(CommandStatus._value2member_map_)

    for number in range(0x1000, 0x1100):
        CommandStatus(number)

    assert len(CommandStatus._value2member_map_) == before


def test_what_is_not_a_number_is_refused() -> None:
    """Only integers can be unknown numbers."""
    with pytest.raises(ValueError, match="not a valid"):
        CommandStatus("ESME_ROK")  # type: ignore[arg-type]


def test_a_response_is_its_request_with_the_top_bit_set() -> None:
    """SMPP 3.4, table 5-1: each response id is the request id with bit 31."""
    responses = [each for each in CommandId if each.name.endswith("_RESP")]

    assert len(responses) == 12
    for response in responses:
        assert CommandId[response.name.removesuffix("_RESP")] | 0x80000000 == response


@pytest.mark.parametrize("state", MessageState)
def test_only_three_states_are_not_final(state: MessageState) -> None:
    """SMPP 3.4, 5.2.28: scheduled, en route and accepted are on the way, everything else is an end."""
    assert state.final == (state.name not in {"SCHEDULED", "ENROUTE", "ACCEPTED"})
