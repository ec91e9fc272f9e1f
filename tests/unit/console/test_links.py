"""Links that leave the console by mail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from angarium.console.links import handed_over
from angarium.console.parts import LETTERS_PER_HOUR_MAX
from angarium.core.clocktime import HOUR_MS
from angarium.core.throttle import Ration
from angarium.ports.mail import Letter
from angarium.ports.people import PersonRow

NOON = 1_790_000_000_000


def person(person_id: int, login: str) -> PersonRow:
    """Somebody without a password yet."""
    return PersonRow(person_id, login, login, None, None, 0, False, NOON, None)


async def test_one_person_has_only_so_many_letters_sent() -> None:
    """The link is shown all the same, and others have theirs; after an hour there are more."""
    sent: list[Letter] = []

    async def send(letter: Letter) -> None:
        sent.append(letter)

    clock: Any = SimpleNamespace(at=NOON)
    clock.now = lambda: clock.at
    parts: Any = SimpleNamespace(
        mail=SimpleNamespace(send=send),
        letters=Ration(LETTERS_PER_HOUR_MAX, within_ms=HOUR_MS),
        clock=clock,
        address=lambda: "https://console.example",
        service_name="Angarium",
    )
    eve, bob = person(1, "eve"), person(2, "bob")
    victim = person(3, "victim@example.com")

    for _ in range(LETTERS_PER_HOUR_MAX):
        assert (await handed_over(parts, victim, "ticket", by=eve)).is_sent
    refused = await handed_over(parts, victim, "ticket", by=eve)

    assert not refused.is_sent
    assert "letters sent an hour" in refused.trouble
    assert refused.link == "https://console.example/console/password?ticket=ticket"
    assert (await handed_over(parts, victim, "ticket", by=bob)).is_sent
    clock.at += HOUR_MS
    assert (await handed_over(parts, victim, "ticket", by=eve)).is_sent
    assert len(sent) == LETTERS_PER_HOUR_MAX + 2
