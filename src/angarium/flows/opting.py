"""What STOP, START and HELP do, in the transaction that stores the message they came in (rest-api 9.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from angarium.core.account import Caller
from angarium.core.clocktime import UnixMs
from angarium.core.inbound_numbers import InboundNumber, OptOutScope
from angarium.core.message import SEGMENTS_MAX, SendRequest
from angarium.core.numbers import Msisdn
from angarium.core.optout import ANSWER_PAUSE_MS, ANY_SENDER, Command, OptOut, answer_to, asked, handset_of
from angarium.flows.intake import Call
from angarium.flows.tables import Tables
from angarium.ports.opt_outs import Pair
from angarium.ports.store import Tx
from angarium.text.segments import Content


class Heard(NamedTuple):
    """What a handset said, to which number, by which carrier."""

    carrier_id: int
    sender: str
    recipient: str
    text: str


class Opted(NamedTuple):
    """What came of it: accounts that must be looked up from now on, and answers to send when it is on disk."""

    accounts: set[int]
    answers: list[Call]


class Opting:
    """Reads commands and carries them out."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def apply(self, tx: Tx, heard: Sequence[Heard], *, now: UnixMs) -> Opted:
        """Opt handsets out and in, the last word of each counting."""
        wishes: dict[Pair, str | None] = {}
        answers: dict[Pair, tuple[InboundNumber, str]] = {}
        for each in heard:
            found = asked(self._tables.numbers, each.recipient, each.text, carrier_id=each.carrier_id)
            handset = handset_of(each.sender)
            if found is None or handset is None:
                continue
            for number in found.of:
                account_id = self._account_of(number)
                if account_id is None:
                    continue
                for sender in _senders(number, found.command):
                    wishes[Pair(account_id, sender, handset)] = found.word if found.command is Command.STOP else None
                text = answer_to(found.command, number.settings)
                # Numbers of ours are no handsets: two of them would answer each other.
                if text and not self._tables.numbers.on(each.sender, carrier_id=each.carrier_id):
                    answers[Pair(account_id, number.number, handset)] = (number, text)
        if not wishes and not answers:
            return Opted(set(), [])
        out = [OptOut(*pair, now, word) for pair, word in wishes.items() if word is not None]
        await tx.opt_out(out)
        await tx.opt_in([pair for pair, word in wishes.items() if word is None])
        allowed = await tx.may_answer(list(answers), now=now, pause_ms=ANSWER_PAUSE_MS)
        calls = [self._call(*answers[pair], pair.recipient) for pair in answers if pair in allowed]
        return Opted({each.account_id for each in out}, calls)

    def _account_of(self, number: InboundNumber) -> int | None:
        connection = self._tables.directory.connections.get(number.connection_id)
        return None if connection is None else connection.account_id

    def _call(self, number: InboundNumber, text: str, handset: Msisdn) -> Call:
        connection = self._tables.directory.connections[number.connection_id]
        caller = Caller(self._tables.directory.accounts[connection.account_id], connection)
        request = SendRequest(
            recipients=(str(handset),),
            content=Content.of_text(text),
            sender=number.number,
            segments_max=SEGMENTS_MAX,
            despite_opt_out=True,
        )
        return Call(caller, request)


def _senders(number: InboundNumber, command: Command) -> tuple[str, ...]:
    """The senders that a command is about."""
    if command is Command.HELP:
        return ()
    if number.settings.scope is OptOutScope.NUMBER:
        return (number.number,)
    # START also mends what was said while the number stood for itself alone.
    return (ANY_SENDER,) if command is Command.STOP else (ANY_SENDER, number.number)
