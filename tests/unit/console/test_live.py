"""Streams of live pages: what they say, how long they rest, and when they end."""

from __future__ import annotations

import asyncio
import math
from types import SimpleNamespace
from typing import Any, cast

import pytest

from angarium.console import live
from angarium.console.looks import OF_ONE_PERSON_MAX, REST_S_MIN, SHARE_MAX, Looks
from angarium.console.visit import Visit

DEAR_S = 0.05
ADA, BOB = 1, 2


class Watcher:
    """A visit whose time passes when a stream rests; each look costs the loop `cost_s`."""

    def __init__(self, *contents: str, cost_s: float = 0.0, loses_rights_after_s: float = math.inf) -> None:
        self.rests: list[float] = []
        """From one look to the next."""
        self.naps: list[float] = []
        """Pieces of them: between two the rights are asked for."""
        self._loses_rights_after_s = loses_rights_after_s
        self._contents = list(contents)
        self._cost_s = cost_s
        self._spent_s = 0.0
        self.looks = Looks(spent=lambda: self._spent_s)

    async def look(self) -> tuple[str, bool]:
        """The next content; the last one stays, and an empty one ends the stream."""
        self._spent_s += self._cost_s
        self.rests.append(0.0)
        content = self._contents.pop(0) if len(self._contents) > 1 else self._contents[0]
        return content, bool(content)

    async def wait(self, rest_s: float) -> None:
        """Time passes."""
        self.rests[-1] += rest_s
        self.naps.append(rest_s)

    async def still_may(self) -> bool:
        """Until the rights are taken."""
        return sum(self.naps) < self._loses_rights_after_s

    def stream(self) -> list[str]:
        """All that a stream says until it ends."""
        who = SimpleNamespace(person=SimpleNamespace(person_id=ADA))
        visit = cast(Visit, SimpleNamespace(parts=self, who=who, still_may=self.still_may))

        async def read() -> list[str]:
            return [each async for each in live.events(visit, self.look)]

        return asyncio.run(read())


def test_news_are_said_once() -> None:
    """What has not changed is not sent again, and the end is said."""
    watcher = Watcher("<p>one</p>", "<p>one</p>", "<p>two</p>", "")
    assert watcher.stream() == [
        "event: content\ndata: <p>one</p>\n\n",
        "event: content\ndata: <p>two</p>\n\n",
        "event: content\ndata: \n\n",
        "event: end\ndata: \n\n",
    ]
    assert watcher.rests == [REST_S_MIN] * 3 + [0.0]


def test_a_quiet_stream_shows_that_it_lives_and_ends_in_time() -> None:
    """Comments tell whether the browser is there still; after its time the browser has to ask again."""
    watcher = Watcher("<p>still</p>")
    said = watcher.stream()
    assert said[1:-1] == [": still here\n\n"] * (len(said) - 2)
    assert said[-1] == "event: again\ndata: \n\n"
    assert len(said) > live.LASTS_S / (2 * live.QUIET_S_MAX)
    assert sum(watcher.rests) == live.LASTS_S


@pytest.mark.parametrize("streams", [1, 3, 100])
def test_all_streams_together_stay_within_their_share(streams: int) -> None:
    """However many pages are open and however dear their looks are, messages keep the processor."""
    watcher = Watcher("<p>dear</p>", cost_s=DEAR_S)
    others: list[Any] = [watcher.looks.opened(BOB) for _ in range(streams - 1)]
    for other in others:
        other.__enter__()
    watcher.stream()
    share_of_one = DEAR_S / watcher.rests[0]
    assert share_of_one * streams == pytest.approx(SHARE_MAX)
    for other in others:
        other.__exit__(None, None, None)
    assert watcher.looks.rest_s(DEAR_S) == REST_S_MIN


@pytest.mark.parametrize("cost_s", [0.0, DEAR_S])
def test_a_stream_ends_soon_after_the_right_to_see_it(cost_s: float) -> None:
    """However long it rests between two looks; the browser is told, and nothing is shown any more."""
    watcher = Watcher("<p>private</p>", cost_s=cost_s, loses_rights_after_s=10.0)
    others = [watcher.looks.opened(BOB) for _ in range(10)]
    for other in others:
        other.__enter__()
    said = watcher.stream()
    assert said == ["event: content\ndata: <p>private</p>\n\n", "event: gone\ndata: \n\n"]
    assert sum(watcher.naps) < 10.0 + live.ASKED_S
    for other in others:
        other.__exit__(None, None, None)


def test_one_person_opens_only_so_many_streams() -> None:
    """Each holds a connection; others have theirs, and what has ended makes room."""
    watcher = Watcher("<p>one</p>", "")
    mine = [watcher.looks.opened(ADA) for _ in range(OF_ONE_PERSON_MAX)]
    for each in mine:
        each.__enter__()
    assert not watcher.looks.has_room(ADA)
    assert watcher.looks.has_room(BOB)
    assert watcher.stream() == []
    mine.pop().__exit__(None, None, None)
    assert watcher.stream() != []
    for each in mine:
        each.__exit__(None, None, None)
