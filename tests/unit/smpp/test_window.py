"""Requests that await a response."""

from __future__ import annotations

from angarium.smpp.constants import SEQUENCE_NUMBER_MAX
from angarium.smpp.window import Outstanding, Window


def window_with(*numbers: int, late_max: int = 10) -> Window:
    """A window of requests sent at 0.0, 1.0, 2.0 … with their numbers as tokens."""
    window = Window(capacity=10, timeout_s=5.0, late_max=late_max)
    for index, number in enumerate(numbers):
        window.open[number] = Outstanding(float(index), number, 4, True, number)
    return window


def test_the_oldest_request_gives_the_deadline() -> None:
    """The deadline is the oldest request's time plus the timeout, and moves on when it is answered."""
    window = window_with(7, 8)
    first = window.next_deadline()

    del window.open[7]

    assert (first, window.next_deadline()) == (5.0, 6.0)


def test_an_empty_window_has_no_deadline() -> None:
    """Nothing is awaited when nothing was sent."""
    assert window_with().next_deadline() is None


def test_only_requests_that_are_due_expire() -> None:
    """At 6.0 the requests of 0.0 and 1.0 are due, oldest first; that of 2.0 stays."""
    window = window_with(1, 2, 3)

    expired = window.expire(6.0)

    assert [request.token for request in expired] == [1, 2]
    assert list(window.open) == [3]


def test_a_timed_out_request_is_remembered_once() -> None:
    """A late answer finds its request, a second one does not."""
    window = window_with(1)
    window.expire(100.0)

    first, second = window.take_late(1), window.take_late(1)

    assert first is not None
    assert first.token == 1
    assert second is None


def test_the_memory_of_timed_out_requests_is_bounded() -> None:
    """Beyond the limit the oldest are forgotten."""
    window = window_with(1, 2, 3, late_max=2)

    window.expire(100.0)

    assert [window.late(number) is not None for number in (1, 2, 3)] == [False, True, True]


def test_unsent_requests_are_told_from_sent_ones_across_the_wrap() -> None:
    """Three numbers from 0x7FFFFFFF on are the unsent ones, although 1 and 2 are smaller."""
    window = window_with(SEQUENCE_NUMBER_MAX - 1, SEQUENCE_NUMBER_MAX, 1, 2)

    sent, unsent = window.tokens(unsent_from=SEQUENCE_NUMBER_MAX, unsent=3)

    assert sent == (SEQUENCE_NUMBER_MAX - 1,)
    assert unsent == (SEQUENCE_NUMBER_MAX, 1, 2)


def test_an_answer_to_an_unsent_number_does_not_turn_a_sent_request_into_an_unsent_one() -> None:
    """A peer that answers what it cannot have seen changes nothing for the others."""
    window = window_with(1, 2, 3, 4)
    del window.open[3]

    sent, unsent = window.tokens(unsent_from=3, unsent=2)

    assert (sent, unsent) == ((1, 2), (4,))
