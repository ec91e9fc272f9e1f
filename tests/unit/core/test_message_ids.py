"""A range of time is a range of keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from angarium.core.message_ids import COUNT_BITS, EPOCH_AT, KEY_MAX, first_message_id


@given(st.integers(EPOCH_AT, EPOCH_AT + 2**42), st.integers(1, 10**9), st.integers(0, 2**COUNT_BITS - 1))
def test_a_later_moment_begins_at_a_higher_key(at: int, later_ms: int, count: int) -> None:
    """No key given at one moment reaches the keys of a later one, as long as its count does not overflow."""
    assert first_message_id(at) + count < first_message_id(at + later_ms) < 2**63


def test_before_the_epoch_every_key_is_later() -> None:
    """A clock that is quite wrong asks for everything, not for an error."""
    assert first_message_id(0) == first_message_id(EPOCH_AT) == 0


def test_after_2298_no_key_is_later() -> None:
    """A search until a far future asks for everything, not for a number that no store holds."""
    assert first_message_id(EPOCH_AT + 2**43) == first_message_id(2**60) == KEY_MAX
