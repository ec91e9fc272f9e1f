"""Errors are split by who must act, and speak for themselves."""

from __future__ import annotations

from angarium.smpp.errors import FramingError, MisuseError, PduError


def test_the_docstring_is_the_default_message() -> None:
    """An error raised without words says what its class says."""
    assert str(FramingError()) == "The byte stream is no longer made of SMPP frames: close the link."
    assert str(MisuseError("the cause")) == "the cause"


def test_a_pdu_error_carries_what_the_answer_needs() -> None:
    """Command, number and status are enough to answer a PDU that could not be read."""
    error = PduError(command_id=4, sequence_number=7, command_status=2)

    assert (error.command_id, error.sequence_number, error.command_status) == (4, 7, 2)
    assert str(error) == "One PDU cannot be understood: answer it and go on."
