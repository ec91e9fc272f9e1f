"""The timers of SMPP 3.4, 7.2 that belong to a whole session, as deadlines in numbers.

Three of the four live here: `session_init`, `enquire_link` and `inactivity`. The fourth, `response`, belongs to each
request and lives in the window. Nothing here knows a clock: every method takes `now`, in float seconds of any
monotonic clock.
"""

from __future__ import annotations

import enum


class Timer(enum.Enum):
    """Which deadline has passed."""

    SESSION_INIT = "session_init"
    """Nobody bound in time: close."""

    ENQUIRE_LINK = "enquire_link"
    """Nothing was heard for a while: ask whether the peer is there."""

    PEER_SILENT = "peer_silent"
    """Asked, and still nothing was heard: the link is dead."""

    INACTIVITY = "inactivity"
    """No request but enquire_link for too long: close."""


class SessionTimers:
    """The deadlines of one session.

    Any frame from the peer counts as a sign of life, not only `enquire_link_resp`: a carrier that answers its queue in
    order may be busy with a thousand submit_sm_resp before it comes to our question. Requests in either direction,
    except enquire_link, count as activity.
    """

    __slots__ = (
        "_active_at",
        "_asked_at",
        "_enquire_link_s",
        "heard_at",
        "_inactivity_s",
        "_response_s",
        "_session_init_at",
    )

    def __init__(
        self,
        *,
        now: float,
        session_init_s: float | None,
        enquire_link_s: float | None,
        inactivity_s: float | None,
        response_s: float,
    ) -> None:
        self._enquire_link_s = enquire_link_s
        self._inactivity_s = inactivity_s
        self._response_s = response_s
        self._session_init_at = None if session_init_s is None else now + session_init_s
        self.heard_at = now
        self._active_at = now
        self._asked_at: float | None = None

    @property
    def awaiting_bind(self) -> bool:
        """Whether `session_init` still runs."""
        return self._session_init_at is not None

    def heard(self, now: float) -> None:
        """Note a sign of life from the peer."""
        self.heard_at = now
        self._asked_at = None

    def acted(self, now: float) -> None:
        """Note a request, in either direction, other than enquire_link."""
        self._active_at = now

    def bound(self, now: float) -> None:
        """Stop `session_init`; the other timers count from here."""
        self._session_init_at = None
        self.heard_at = now
        self._active_at = now

    def asked(self, now: float) -> None:
        """Note that our enquire_link went out."""
        self._asked_at = now

    def next_deadline(self, *, bound: bool) -> float | None:
        """The earliest moment at which `due` has something to say; None when no timer runs."""
        if not bound:
            return self._session_init_at
        link_at: float | None = None
        if self._asked_at is not None:
            link_at = self._asked_at + self._response_s
        elif self._enquire_link_s is not None:
            link_at = self.heard_at + self._enquire_link_s
        if self._inactivity_s is None:
            return link_at
        idle_at = self._active_at + self._inactivity_s
        return idle_at if link_at is None or idle_at < link_at else link_at

    def due(self, now: float, *, bound: bool) -> Timer | None:
        """The timer that has run out at `now`, the gravest first."""
        if not bound:
            return Timer.SESSION_INIT if self._session_init_at is not None and now >= self._session_init_at else None
        if self._asked_at is not None and now >= self._asked_at + self._response_s:
            return Timer.PEER_SILENT
        if self._inactivity_s is not None and now >= self._active_at + self._inactivity_s:
            return Timer.INACTIVITY
        if self._asked_at is None and self._enquire_link_s is not None and now >= self.heard_at + self._enquire_link_s:
            return Timer.ENQUIRE_LINK
        return None
