"""Delivers notifications by HTTP: the implementation of `ports.notifier`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from angarium.callbacks.addresses import AddressBook, AddressRules, Resolve, SystemResolver
from angarium.callbacks.client import Client
from angarium.callbacks.connection import Exchange, Watched
from angarium.callbacks.render import BadTarget, PreparedTarget, prepare, spell_status
from angarium.callbacks.render_inbound import spell_inbound
from angarium.callbacks.settings import CallbackSettings
from angarium.core.account import CallbackMethod, CallbackTarget, ReplyTarget
from angarium.core.clocktime import SECOND_MS, UnixMs
from angarium.core.notification import InboundNotification, StatusNotification
from angarium.ports.clock import Clock
from angarium.ports.notifier import ANSWER_OCTETS_MAX, Attempt, Delivery, N, Trial
from angarium.text.segments import Content

Done = Callable[[list[Any]], None]
"""Takes the attempts of the deliveries that were handed over with it, and so of their kind alone."""

HIDDEN_CREDENTIALS: Final = b"Authorization: Basic ********\r\n"
"""What a trial shows where the password was."""
_TRIAL_PUBLIC_ID: Final = "0" * 32
_TRIAL_HANDSET: Final = 27990000001
_TRIAL_NUMBER: Final = "27000000000"
_TRIAL_TEXT: Final = "This is a test."
_SHARES_MAX: Final = 100_000  # queues remembered; those with nothing under way are forgotten first


class _Share:
    """What one queue holds, and what is known of its target."""

    __slots__ = ("held", "is_silent", "prepared", "target")

    def __init__(self) -> None:
        self.held = 0
        self.is_silent = False
        self.target: CallbackTarget | None = None
        self.prepared: PreparedTarget | BadTarget | None = None

    def prepared_for(self, target: CallbackTarget) -> PreparedTarget | BadTarget:
        """The target read and checked; again only when it has changed."""
        if self.prepared is None or (target is not self.target and target != self.target):
            try:
                self.prepared = prepare(target)
            except BadTarget as error:
                self.prepared = error
        self.target = target
        return self.prepared


class _Trip:
    """One delivery on its way, and those about the same message that must come after it."""

    __slots__ = ("delivery", "done", "followers", "share")

    def __init__(self, delivery: Delivery[Any], done: Done, share: _Share) -> None:
        self.delivery = delivery
        self.done = done
        self.share = share
        self.followers: deque[_Trip] | None = None


class HttpNotifier:
    """Keeps each queue to its share, each message's notifications in order, and reports in batches.

    An API connection has two queues, for statuses and for inbound messages. One whose endpoint gave no answer has a
    small share until it answers: a dead endpoint holds next to nothing. Attempts that end in one round of the event
    loop are reported together, in the next round.
    """

    def __init__(self, settings: CallbackSettings, *, client: Client, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._held = 0
        self._shares: dict[int, _Share] = {}
        self._trips: dict[int, _Trip] = {}
        self._ended: list[tuple[Done, Attempt[Any]]] = []
        self._empty: asyncio.Event | None = None
        self._is_closed = False

    def room(self) -> int:
        return max(0, self._settings.held_max - self._held)

    def room_for(self, queue: int) -> int:
        share = self._shares.get(queue)
        if share is None:
            return min(self._settings.held_per_connection_max, self.room())
        settings = self._settings
        limit = settings.held_per_silent_connection_max if share.is_silent else settings.held_per_connection_max
        return max(0, min(limit - share.held, self.room()))

    def deliver(self, deliveries: Sequence[Delivery[N]], done: Callable[[list[Attempt[N]]], None], /) -> None:
        trips = self._trips
        for delivery in deliveries:
            notification = delivery.notification
            queue = notification.queue
            share = self._shares.get(queue)
            if share is None:
                share = self._new_share(queue)
            share.held += 1
            self._held += 1
            trip = _Trip(delivery, done, share)
            earlier = trips.get(notification.message_id)
            if earlier is None:
                trips[notification.message_id] = trip
                self._set_out(trip)
            elif earlier.followers is None:
                earlier.followers = deque((trip,))
            else:
                earlier.followers.append(trip)

    async def test(self, target: CallbackTarget, *, connection_id: int) -> Trial:
        """Call a target once with a made-up notification, for whoever is saving it (rest-api 8.1).

        A reply URL is told a made-up message from a handset, any other status 004 of a made-up message; its id is 32
        zeros. A target that cannot be read is a Trial with its sentence, like any other failure. Touches no share.
        """
        now = self._clock.now()
        try:
            prepared = prepare(target)
        except BadTarget as error:
            return Trial(b"", False, 0, (), b"", str(error), 0)
        delivery = _trial_of(target, connection_id, now=now - now % SECOND_MS)
        ended: asyncio.Future[Exchange] = self._loop.create_future()

        def settle(exchange: Exchange) -> None:
            if not ended.done():
                ended.set_result(exchange)

        exchange = Watched(self._exchange(prepared, delivery, settle, tag=None))
        self._client.start(exchange)
        await ended
        return Trial(
            exchange.sent.replace(prepared.credentials, HIDDEN_CREDENTIALS) if prepared.credentials else exchange.sent,
            exchange.ok,
            exchange.status,
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in exchange.heard or ()),
            exchange.excerpt[:ANSWER_OCTETS_MAX],
            exchange.error,
            exchange.elapsed_ms,
        )

    async def drain(self) -> None:
        """Return when nothing is held any more: at most `CallbackSettings.attempt_s_max` after the last `deliver`."""
        if self._held:
            if self._empty is None:
                self._empty = asyncio.Event()
            await self._empty.wait()
        self._hand_back()

    def close(self) -> None:
        """Report whatever has not ended as failed. To be called when the client has closed."""
        while self._trips:
            for trip in list(self._trips.values()):
                self._report(trip, _failed(trip.delivery, "The gateway is stopping."))
        self._is_closed = True
        self._hand_back()

    def _new_share(self, queue: int) -> _Share:
        if len(self._shares) >= _SHARES_MAX:
            self._shares = {held: share for held, share in self._shares.items() if share.held}
        share = self._shares[queue] = _Share()
        return share

    def _set_out(self, trip: _Trip) -> None:
        if self._is_closed:
            return
        delivery = trip.delivery
        prepared = trip.share.prepared_for(delivery.target)
        if isinstance(prepared, BadTarget):
            self._report(trip, _failed(delivery, str(prepared)))
        else:
            self._client.start(self._exchange(prepared, delivery, self._back, tag=trip))

    def _exchange(
        self, prepared: PreparedTarget, delivery: Delivery[Any], done: Callable[[Exchange], None], *, tag: object
    ) -> Exchange:
        notification, public_id, now = delivery.notification, delivery.message_public_id, self._clock.now()
        if isinstance(notification, StatusNotification):
            spelled = spell_status(prepared, notification, public_id=public_id, now=now)
        else:
            spelled = spell_inbound(prepared, notification, public_id=public_id, now=now)
        return Exchange(
            endpoint=prepared.endpoint,
            host=prepared.host,
            method=b"GET" if prepared.method is CallbackMethod.GET else b"POST",
            target=spelled.target,
            headers=spelled.headers,
            credentials=prepared.credentials,
            entity=spelled.entity,
            body=spelled.body,
            done=done,
            tag=tag,
        )

    def _back(self, exchange: Exchange) -> None:
        if self._is_closed:
            return
        trip = exchange.tag
        assert isinstance(trip, _Trip), "set out by this notifier"
        trip.share.is_silent = exchange.status == 0
        self._report(trip, _attempt(trip.delivery, exchange))

    def _report(self, trip: _Trip, attempt: Attempt[Any]) -> None:
        self._held -= 1
        trip.share.held -= 1
        if not self._ended:
            self._loop.call_soon(self._hand_back)
        self._ended.append((trip.done, attempt))
        message_id = trip.delivery.notification.message_id
        if self._held == 0 and self._empty is not None:
            self._empty.set()
            self._empty = None
        if trip.followers is None:
            del self._trips[message_id]
            return
        follower = trip.followers.popleft()
        follower.followers = trip.followers or None
        self._trips[message_id] = follower
        self._loop.call_soon(self._set_out, follower)

    def _hand_back(self) -> None:
        """Report all that ended, one call for each `done`."""
        ended, self._ended = self._ended, []
        batches: dict[Done, list[Attempt[Any]]] = {}
        for done, attempt in ended:
            batch = batches.get(done)
            if batch is None:
                batches[done] = [attempt]
            else:
                batch.append(attempt)
        for done, batch in batches.items():
            done(batch)


def _trial_of(target: CallbackTarget, connection_id: int, *, now: UnixMs) -> Delivery[Any]:
    if isinstance(target, ReplyTarget):
        inbound = InboundNotification(
            message_id=0,
            connection_id=connection_id,
            sender=str(_TRIAL_HANDSET),
            recipient=_TRIAL_NUMBER,
            content=Content.of_text(_TRIAL_TEXT),
            received_at=now,
            attempts=0,
        )
        return Delivery(inbound, _TRIAL_PUBLIC_ID, target)
    status = StatusNotification(
        notification_id=0,
        connection_id=connection_id,
        message_id=0,
        client_message_id="",
        recipient=_TRIAL_HANDSET,
        sender="",
        charge=0,
        status_code=4,
        changed_at=now,
        attempts=0,
    )
    return Delivery(status, _TRIAL_PUBLIC_ID, target)


def _failed(delivery: Delivery[Any], error: str) -> Attempt[Any]:
    return Attempt(delivery, ok=False, status=0, answer=b"", error=error, elapsed_ms=0)


def _attempt(delivery: Delivery[Any], exchange: Exchange) -> Attempt[Any]:
    return Attempt(
        delivery,
        exchange.ok,
        exchange.status,
        exchange.excerpt[:ANSWER_OCTETS_MAX],
        exchange.error,
        exchange.elapsed_ms,
    )


class CallbackPart:
    """The whole edge, joined: what the composition root makes, on the event loop that will run it."""

    def __init__(self, settings: CallbackSettings, *, clock: Clock, resolve: Resolve | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._resolver = SystemResolver() if resolve is None else None
        book = AddressBook(
            AddressRules.allowing(settings.networks_allowed),
            resolve=resolve or self._resolver or SystemResolver(),
            now=loop.time,
        )
        self.client = Client(settings, addresses=book, now=loop.time)
        self.notifier = HttpNotifier(settings, client=self.client, clock=clock)

    async def close(self) -> None:
        """End everything under way (each delivery still reports) and give sockets and threads back."""
        await self.client.close()
        self.notifier.close()
        if self._resolver is not None:
            self._resolver.close()
