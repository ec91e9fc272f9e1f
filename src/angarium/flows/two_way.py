"""Inbound numbers, messages from handsets and opt-outs, as an operator keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from angarium.core.inbound import InboundState
from angarium.core.inbound_numbers import (
    ANSWER_CHARACTERS_MAX,
    BadInboundNumber,
    BadKeyword,
    InboundNumber,
    NumberSettings,
    OptOutScope,
    parse_inbound_number,
    parse_keyword,
)
from angarium.core.numbers import BadNumber, Msisdn, parse_recipient
from angarium.core.optout import ANY_SENDER, OptOut
from angarium.flows.desk import Desk, Mistaken, changed, read_sender, shown
from angarium.ports.admin import OperatorStore
from angarium.ports.inbound import InboundView
from angarium.ports.opt_outs import Pair
from angarium.ports.store import NotFound

WORDS_MAX: Final = 50
SEARCHED_CHARACTERS_MAX: Final = 21
"""No carrier's number is longer (SMPP 3.4, 4.6.1), plus sign included."""
WORD_CHARACTERS_MAX: Final = 50
REPLAY_MAX: Final = 1_000
"""Messages pushed again by one request."""


class NumberChanges(NamedTuple):
    """What is to be changed about an inbound number; None leaves it as it is."""

    connection_id: int | None = None
    reads_words: bool | None = None
    scope: OptOutScope | None = None
    stop_words: Sequence[str] | None = None
    start_words: Sequence[str] | None = None
    help_words: Sequence[str] | None = None
    stop_answer: str | None = None
    start_answer: str | None = None
    help_answer: str | None = None


# --- numbers


async def find_number(desk: Desk, number_id: int) -> InboundNumber:
    """The inbound number of this number. Raises NotFound."""
    for one in await desk.store.inbound_numbers():
        if one.number_id == number_id:
            return one
    raise NotFound(f"there is no inbound number {number_id}")


async def add_number(
    desk: Desk, number: str, connection_id: int, changes: NumberChanges, *, keyword: str, carrier_id: int | None
) -> InboundNumber:
    """Give a number, or a keyword on it, to an API connection. Raises Mistaken, AlreadyExists or NotFound."""
    digits, folded = read_number(number), read_keyword(keyword)
    settings = _settings(NumberSettings(), changes)
    after = {
        "number": digits,
        "keyword": folded,
        "carrier_id": carrier_id,
        "connection_id": connection_id,
        **shown(settings),
    }
    store = desk.by("number.add", "number", after=after)
    return await store.add_number(digits, connection_id, keyword=folded, carrier_id=carrier_id, settings=settings)


async def change_number(desk: Desk, number: InboundNumber, changes: NumberChanges) -> InboundNumber:
    """Change its owner or settings. Raises Mistaken or NotFound."""
    owner = number.connection_id if changes.connection_id is None else changes.connection_id
    settings = _settings(number.settings, changes)
    before, after = changed(
        {"connection_id": number.connection_id, **shown(number.settings)}, {"connection_id": owner, **shown(settings)}
    )
    store = desk.by("number.change", "number", number.number_id, before=before, after=after)
    await store.change_number(number.number_id, connection_id=owner, settings=settings)
    return replace(number, connection_id=owner, settings=settings)


async def remove_number(desk: Desk, number: InboundNumber) -> None:
    """Take it away from its connection. Raises NotFound."""
    before = {"number": number.number, "keyword": number.keyword, "connection_id": number.connection_id}
    await desk.by("number.remove", "number", number.number_id, before=before).remove_number(number.number_id)


def read_number(text: str) -> str:
    """A number that handsets write to, as it is stored."""
    try:
        return parse_inbound_number(text)
    except BadInboundNumber as error:
        raise Mistaken("number", f"{error}.") from error


def read_keyword(text: str) -> str:
    """A keyword as it is stored; empty for none."""
    try:
        return parse_keyword(text)
    except BadKeyword as error:
        raise Mistaken("keyword", f"{error}.") from error


def _settings(settings: NumberSettings, changes: NumberChanges) -> NumberSettings:
    given = {name: value for name, value in changes._asdict().items() if value is not None and name != "connection_id"}
    for name in ("stop_answer", "start_answer", "help_answer"):
        if len(given.get(name, "")) > ANSWER_CHARACTERS_MAX:
            raise Mistaken(name, f"An answer has at most {ANSWER_CHARACTERS_MAX} characters.")
    for name in ("stop_words", "start_words", "help_words"):
        if name in given:
            given[name] = _words(name, given[name])
    return replace(settings, **given)


def _words(field: str, phrases: Sequence[str]) -> tuple[str, ...]:
    if len(phrases) > WORDS_MAX or any(len(phrase) > WORD_CHARACTERS_MAX for phrase in phrases):
        raise Mistaken(field, f"There are at most {WORDS_MAX} such words, of {WORD_CHARACTERS_MAX} characters.")
    for phrase in phrases:
        if not read_keyword(phrase):
            raise Mistaken(field, "A word cannot be empty.")
    return tuple(dict.fromkeys(phrases))


# --- messages from handsets


async def assign(desk: Desk, inbound_id: int, connection_id: int) -> InboundView:
    """Give a message to an API connection; it is pushed if that has a reply URL. Raises NotFound."""
    before = await desk.store.inbound_message(inbound_id)
    store = desk.by(
        "inbound.assign",
        "inbound",
        inbound_id,
        before={"connection_id": before.connection_id},
        after={"connection_id": connection_id},
    )
    return await store.assign_inbound(inbound_id, connection_id, at=desk.now)


async def replay(desk: Desk, inbound_ids: Sequence[int]) -> list[int]:
    """Push these messages once more, as if never tried; those that could be. Raises Mistaken for too many."""
    if len(inbound_ids) > REPLAY_MAX:
        raise Mistaken("ids", f"At most {REPLAY_MAX} messages are pushed again at a time.")
    key = inbound_ids[0] if len(inbound_ids) == 1 else None
    store = desk.by("inbound.replay", "inbound", key, after={"count": len(inbound_ids)})
    return await store.replay_inbound(inbound_ids, at=desk.now)


async def look(
    store: OperatorStore,
    *,
    state: InboundState | None = None,
    connection_id: int | None = None,
    number: str = "",
    before_id: int | None = None,
    limit: int,
) -> list[InboundView]:
    """Messages from handsets, newest first: by state and connection, or from a number and to it. Raises Mistaken."""
    if not number:
        return await store.inbound_messages(state=state, connection_id=connection_id, before_id=before_id, limit=limit)
    if connection_id is not None or state is not None:
        raise Mistaken("number", "Look for a number, or by state and connection, not for both.")
    searched = number.replace(" ", "").removeprefix("+")
    if not searched.isprintable() or not 0 < len(searched) <= SEARCHED_CHARACTERS_MAX:
        raise Mistaken("number", "Give a number as it is shown: its digits, country code first.")
    return await store.inbound_messages_of_number(searched, before_id=before_id, limit=limit)


async def in_state(desk: Desk, state: InboundState, connection_id: int | None) -> list[int]:
    """Up to REPLAY_MAX messages in a state, newest first. Raises Mistaken for those that nobody owns."""
    if state is InboundState.UNOWNED:
        raise Mistaken("state", "Nobody owns these: give them to a connection first.")
    views = await desk.store.inbound_messages(state=state, connection_id=connection_id, limit=REPLAY_MAX)
    return [view.inbound_id for view in views]


# --- opt-outs


async def opt_out(desk: Desk, account_id: int, entries: Sequence[tuple[Msisdn, str, str]]) -> int:
    """Enter opt-outs: handset, sender and word of each; returns how many are new. Raises NotFound."""
    rows = [OptOut(account_id, sender, handset, desk.now, word) for handset, sender, word in entries]
    store = desk.by("optout.add", "account", account_id, after={"count": len(rows)})
    return await store.add_opt_outs(rows)


async def opt_in(desk: Desk, account_id: int, handset: Msisdn, sender: str) -> None:
    """Take one opt-out away. Raises NotFound."""
    store = desk.by("optout.remove", "account", account_id, before={"recipient": handset, "sender": sender})
    if not await store.remove_opt_outs([Pair(account_id, sender, handset)]):
        raise NotFound(f"{handset} has not opted out of that")


def read_handset(text: str) -> Msisdn:
    """A handset's number."""
    try:
        return parse_recipient(text)
    except BadNumber as error:
        raise Mistaken("recipient", f"{text[:40]!r} is no phone number: give it in international form.") from error


def read_opted_sender(text: str) -> str:
    """The sender that an opt-out is about; empty for all of the account's."""
    return read_sender(text, field="sender") if text else ANY_SENDER
