"""The timers of a whole session."""

from __future__ import annotations

from angarium.smpp.timers import SessionTimers, Timer


def timers(*, inactivity_s: float | None = None) -> SessionTimers:
    """Timers that start at 0.0: bind within 5, ask after 30 of silence, 10 for an answer."""
    return SessionTimers(now=0.0, session_init_s=5.0, enquire_link_s=30.0, inactivity_s=inactivity_s, response_s=10.0)


def test_before_the_bind_only_session_init_runs() -> None:
    """Nobody is asked for a sign of life before the bind."""
    here = timers()

    assert here.next_deadline(bound=False) == 5.0
    assert here.due(4.9, bound=False) is None
    assert here.due(5.0, bound=False) is Timer.SESSION_INIT


def test_a_silent_link_is_probed_then_given_up() -> None:
    """No sign of life within the response time after enquire_link means that the link is dead."""
    here = timers()
    here.bound(1.0)

    probed = here.due(31.0, bound=True)
    here.asked(31.0)

    assert probed is Timer.ENQUIRE_LINK
    assert here.next_deadline(bound=True) == 41.0
    assert here.due(40.9, bound=True) is None
    assert here.due(41.0, bound=True) is Timer.PEER_SILENT


def test_any_frame_is_a_sign_of_life() -> None:
    """A peer that sends anything at all after our question is alive."""
    here = timers()
    here.bound(0.0)
    here.asked(30.0)

    here.heard(35.0)

    assert here.due(41.0, bound=True) is None
    assert here.next_deadline(bound=True) == 65.0


def test_inactivity_counts_from_the_last_request() -> None:
    """Signs of life do not stop the inactivity timer; requests do."""
    here = timers(inactivity_s=60.0)
    here.bound(0.0)
    here.acted(20.0)
    here.heard(79.0)

    assert here.next_deadline(bound=True) == 80.0
    assert here.due(80.0, bound=True) is Timer.INACTIVITY


def test_timers_that_are_off_have_no_deadline() -> None:
    """With everything off there is nothing to wake up for."""
    here = SessionTimers(now=0.0, session_init_s=None, enquire_link_s=None, inactivity_s=None, response_s=10.0)

    assert here.next_deadline(bound=False) is None
    assert here.next_deadline(bound=True) is None
    assert here.due(1e9, bound=True) is None
