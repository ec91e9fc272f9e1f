"""How often somebody may be wrong."""

from __future__ import annotations

import pytest

from angarium.core.throttle import FREE_FAILURES, KEYS_MAX, PAUSE_FIRST_MS, PAUSE_MAX_MS, Ration, Throttle, home_of

NOW = 1_790_000_000_000


def failed(times: int) -> Throttle:
    """A throttle after so many failures of `ada`."""
    throttle = Throttle()
    for _ in range(times):
        throttle.failed("ada", now=NOW)
    return throttle


def test_a_few_failures_cost_nothing_and_each_next_one_twice_as_much() -> None:
    """Up to an hour."""
    assert [failed(FREE_FAILURES + more - 1).waits_ms("ada", now=NOW) for more in (0, 1, 2, 3)] == [
        0,
        PAUSE_FIRST_MS,
        2 * PAUSE_FIRST_MS,
        4 * PAUSE_FIRST_MS,
    ]
    assert failed(100).waits_ms("ada", now=NOW) == PAUSE_MAX_MS


def test_waiting_ends_and_success_forgets() -> None:
    """The worst of several keys counts."""
    throttle = failed(FREE_FAILURES)

    assert throttle.waits_ms("bob", "ada", now=NOW) == PAUSE_FIRST_MS
    assert throttle.waits_ms("ada", now=NOW + PAUSE_FIRST_MS) == 0
    throttle.succeeded("ada")
    throttle.failed("ada", now=NOW)
    assert throttle.waits_ms("ada", now=NOW) == 0


def test_a_try_counts_until_it_is_taken_back() -> None:
    """So that those which begin at once are no more than those which follow one another."""
    throttle = Throttle()

    assert [throttle.begin("ada", now=NOW) for _ in range(FREE_FAILURES + 1)] == [0] * FREE_FAILURES + [PAUSE_FIRST_MS]
    throttle.taken_back("ada")
    assert throttle.begin("ada", now=NOW) == 0
    assert throttle.begin("ada", now=NOW) == PAUSE_FIRST_MS
    throttle.taken_back("nobody")


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::", "2001:db8::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_home_is_an_address_or_a_network_of_one_subscriber(address: str, home: str) -> None:
    """In IPv6 one subscriber has more addresses than anybody can count."""
    assert home_of(address) == home


def test_memory_is_bounded() -> None:
    """Whoever was wrong longest ago is forgotten first."""
    throttle = failed(FREE_FAILURES)
    for number in range(KEYS_MAX):
        throttle.failed(str(number), now=NOW)

    assert throttle.waits_ms("ada", now=NOW) == 0


def test_so_many_times_within_a_while() -> None:
    """By key; what had to wait does not count, and a clock that was set back holds nobody up for longer."""
    trials = Ration(2, within_ms=1_000)

    assert [trials.take(1, now=NOW + at) for at in (0, 400, 500, 999)] == [0, 0, 500, 1]
    assert trials.take(2, now=NOW + 500) == 0
    assert [trials.take(1, now=NOW + at) for at in (1_000, 1_001)] == [0, 399]
    assert trials.take(1, now=NOW - 5_000) == 0


def test_rations_are_forgotten_before_memory_is_short() -> None:
    """The one that was used longest ago first."""
    trials = Ration(1, within_ms=1_000)
    for key in range(KEYS_MAX + 1):
        trials.take(key, now=NOW)

    assert (trials.take(0, now=NOW), trials.take(KEYS_MAX, now=NOW)) == (0, 1_000)
