"""Ids that customers see: opaque, reversible only with the key, and impossible to guess."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.public_ids import KEY_OCTETS, PublicIds

IDS = PublicIds(bytes(range(KEY_OCTETS)))
message_ids = st.integers(1, 2**63 - 1)


@given(message_ids)
def test_an_id_reads_back_as_what_was_shown(message_id: int) -> None:
    """32 lower-case hex digits lead back to the key, in any case of letters (rest-api 2.3)."""
    public_id = IDS.show(message_id)

    assert re.fullmatch(r"[0-9a-f]{32}", public_id)
    assert IDS.read(public_id) == IDS.read(public_id.upper()) == message_id


def test_an_id_is_the_same_for_ever() -> None:
    """A customer may ask with an id that was given years ago: the form never changes under one key."""
    assert IDS.show(1) == "13189a6ae4ab07ae70a3aabd30be99de"


@given(st.lists(message_ids, max_size=20))
def test_many_ids_are_shown_as_each_alone(several: list[int]) -> None:
    """A batch gives the same forms, in the order asked."""
    assert IDS.show_all(several) == [IDS.show(message_id) for message_id in several]


@given(message_ids, st.integers(0, 31), st.integers(1, 15))
def test_a_changed_digit_leads_nowhere(message_id: int, at: int, by: int) -> None:
    """Whoever guesses from a known id is told nothing."""
    public_id = IDS.show(message_id)
    changed = public_id[:at] + f"{int(public_id[at], 16) ^ by:x}" + public_id[at + 1 :]

    assert IDS.read(changed) is None


@pytest.mark.parametrize(
    "public_id",
    [
        "",
        "0",
        "0" * 32,
        "g" * 32,
        "0" * 31,
        "0" * 33,
        "0" * 64,
        IDS.show(5)[:30],
        IDS.show(5) + "00",
        IDS.show(5) + IDS.show(6),
        " " + IDS.show(5),
        IDS.show(5)[:16] + " " + IDS.show(5)[16:],
        IDS.show(5)[:30] + "  ",
        "٠" * 32,
        "\ud800" * 32,
        "é" * 16,
        IDS.show(0),
        IDS.show(-5),
    ],
)
def test_what_was_never_given_is_nothing(public_id: str) -> None:
    """No text is an error: it is a message that there is not."""
    assert IDS.read(public_id) is None


@given(message_ids)
def test_another_store_does_not_know_it(message_id: int) -> None:
    """Under another key the same digits mean nothing."""
    assert PublicIds(bytes(KEY_OCTETS)).read(IDS.show(message_id)) is None


def test_a_stranger_id_does_not_disturb_the_next() -> None:
    """Reading nonsense leaves no trace in what is read after it."""
    IDS.read("0" * 32)

    assert IDS.read(IDS.show(42)) == 42
