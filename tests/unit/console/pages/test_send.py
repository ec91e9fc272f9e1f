"""What people type into the form of a send."""

from __future__ import annotations

from angarium.console.pages.send import read_recipients


def test_numbers_are_read_as_people_write_them() -> None:
    """One a line or between commas, their digits grouped in any way; what is no number is left to be refused."""
    typed = "+27 99-000 0001,27990000002;\r\n(2799) 000.0003\n\n , foo"

    assert read_recipients(typed) == ("+27990000001", "27990000002", "27990000003", "foo")
    assert read_recipients(" \n") == ()
