"""The time line of a message, told to a person: each step as a sentence, with what the carrier said in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from angarium.console import carrier_words, words
from angarium.core.clocktime import UnixMs
from angarium.core.credit import format_credits
from angarium.core.states import Cause
from angarium.flows.timeline import Step

_Detail = Mapping[str, str | int]


class Told(NamedTuple):
    """One step as the page shows it."""

    at: UnixMs
    after_ms: int
    """Since the step before it."""
    tone: str
    """good, bad, busy, doubt or plain."""
    sentence: str
    more: tuple[str, ...]
    """What else is known of it, a short line each."""
    later_at: tuple[str, UnixMs] | None
    """A moment that it names, with the words before it."""


class _Said(NamedTuple):
    tone: str
    sentence: str
    more: tuple[str, ...] = ()
    later: tuple[str, str] | None = None
    """Words, and the detail that holds the moment."""


def tell(steps: Sequence[Step], *, segments: int, with_carriers: bool) -> list[Told]:
    """The steps in words. `with_carriers`: the reader may know which carriers and links there are."""
    told: list[Told] = []
    before = steps[0].at if steps else 0
    for step in steps:
        teller = _TELLERS.get(str(step.kind))
        said = _Said("plain", str(step.kind).capitalize() + ".") if teller is None else teller(step.detail)
        part = _part(step.detail, segments)
        where = _where(step.detail) if with_carriers else ()
        later_at = None
        if said.later is not None and (at := _number(step.detail, said.later[1])):
            later_at = (said.later[0], at)
        told.append(
            Told(step.at, max(0, step.at - before), said.tone, part + said.sentence, (*said.more, *where), later_at)
        )
        before = step.at
    return told


def _part(detail: _Detail, segments: int) -> str:
    segment = detail.get("segment")
    if segments < 2 or not isinstance(segment, int):
        return ""
    copy_no = detail.get("copy")
    again = ", sent again" if isinstance(copy_no, int) and copy_no else ""
    return f"Part {segment + 1} of {segments}{again}: "


def _where(detail: _Detail) -> tuple[str, ...]:
    carrier, link, number = detail.get("carrier"), detail.get("link"), detail.get("sequence_number")
    found = [f"carrier {carrier}"] if carrier else []
    if {"from", "to"} <= detail.keys():
        found.append(f"from {detail['from']} to {detail['to']}")
    found += [f"link {link}"] if link else []
    found += [f"sequence number {number}"] if number else []
    if detail.get("carrier_message_id"):
        found.append(f"its id for it: {detail['carrier_message_id']}")
    return (", ".join(found),) if found else ()


def _number(detail: _Detail, name: str) -> int:
    value = detail.get(name, 0)
    return value if isinstance(value, int) else 0


def _accepted(detail: _Detail) -> _Said:
    count = _number(detail, "segments")
    parts = "one part" if count == 1 else f"{count} parts"
    return _Said("busy", f"Accepted and safely stored, {parts}.", later=("It is given up after", "expires_at"))


def _routed(detail: _Detail) -> _Said:
    return _Said("busy", f"A route was found at {format_credits(_number(detail, 'rate'), 3)} credits for each part.")


_WHY_RE_ROUTED: Final = {
    "operator": "an operator wanted it so",
    "failed for now": "the one before could not take it",
    "slow": "the one before was down, held or slow",
}


def _re_routed(detail: _Detail) -> _Said:
    reason = _WHY_RE_ROUTED.get(str(detail.get("why")))
    return _Said("busy", "Given to another carrier" + (f": {reason}." if reason else "."))


def _submitted(_: _Detail) -> _Said:
    return _Said("busy", "Sent to the carrier.")


def _response(detail: _Detail) -> _Said:
    answer, status = str(detail.get("answer", "")), str(detail.get("status", ""))
    waited = _number(detail, "waited_ms")
    more = (f"answered after {words.duration(waited)}",) if waited else ()
    if answer == "accepted":
        return _Said("busy", "The carrier took it.", more)
    if answer == "in doubt":
        lost = "the link was lost" if detail.get("link_lost") else "no answer came in time"
        return _Said("doubt", f"Nobody knows whether the carrier took it: {lost}.", more)
    if answer == "unsent":
        return _Said("doubt", "The link went away before it was sent.", more)
    meaning = carrier_words.answer(status)
    said = f": {meaning}" if meaning else ""
    more = (*more, *([f"its answer: {carrier_words.name(status)}"] if status else []))
    if answer == "rejected":
        return _Said("bad", f"The carrier refused it{said}.", more)
    return _Said("doubt", f"The carrier could not take it for now{said}.", more)


def _busy(detail: _Detail) -> _Said:
    meaning = carrier_words.answer(str(detail.get("status", "")))
    said = f": {meaning}" if meaning else ""
    return _Said("busy", f"The carrier is busy{said}. It keeps its place and is tried again.")


def _in_doubt(detail: _Detail) -> _Said:
    sentence = {
        "resent": "It is sent again, since it may not have left; it may arrive twice.",
        "parked": "It took the link down twice, and waits for an operator.",
        "given up": "It is not sent again: it may have left, and nobody can say.",
    }.get(str(detail.get("outcome")), "It is in doubt.")
    return _Said("doubt", sentence, _because(detail), ("Due at", "due_at"))


def _retry(detail: _Detail) -> _Said:
    attempts = _number(detail, "attempts")
    tries = f" after {attempts} {'try' if attempts == 1 else 'tries'}" if attempts else ""
    return _Said("doubt", f"It waits to be tried again{tries}.", _because(detail), ("Next try at", "due_at"))


_RECEIPT_TONES: Final = {"receipt_delivered": "good", "receipt_unknown": "doubt"}
_EFFECTS: Final = {
    "intermediate": "This is not its last word.",
    "repeated": "It had said so before; nothing changes.",
    "contradicting": "It had said something else before, and that stands.",
    "no last word": "More may come.",
    "early": "This came before its answer to the submission.",
    "late": "This came after we had given the message up; it is better knowledge.",
}


def _receipt(detail: _Detail) -> _Said:
    stat, cause = str(detail.get("stat", "")), str(detail.get("cause", ""))
    known = next((each for each in Cause if each.name.lower() == cause), None)
    meaning = carrier_words.stat(stat)
    if known is not None:
        sentence = words.cause(known)
    else:
        sentence = f"The carrier says: {meaning}." if meaning else "The carrier sent word of it."
    effect = str(detail.get("effect", ""))
    error = str(detail.get("error", ""))
    more = [_EFFECTS.get(effect, effect)] if effect else []
    if stat:
        more.append(f"its word: {stat}" + (f", error {error}" if error.strip("0") else ""))
    tone = _RECEIPT_TONES.get(cause, "bad") if known is not None and effect not in _UNHEEDED else "plain"
    return _Said(tone, sentence, tuple(more))


_UNHEEDED: Final = {"intermediate", "repeated", "contradicting", "no last word"}


def _ended(detail: _Detail) -> _Said:
    return _Said("doubt", "Given up as unknown: the carrier never said what became of it.", _because(detail))


def _because(detail: _Detail) -> tuple[str, ...]:
    reason = detail.get("reason")
    return (str(reason),) if reason and reason != "no receipt" else ()


def _stopped(_: _Detail) -> _Said:
    return _Said("plain", "Stopped before it left. Its price was given back.")


def _expired(_: _Detail) -> _Said:
    return _Said("bad", "Its time was over while it waited here.")


def _refused(detail: _Detail) -> _Said:
    known = next((each for each in Cause if each.name.lower() == detail.get("cause")), None)
    return _Said("bad", "It was refused." if known is None else words.cause(known))


def _owed(detail: _Detail) -> _Said:
    return _Said("plain", f"A callback is due: status {_status(detail)}.")


def _callback(detail: _Detail) -> _Said:
    http, attempt = _number(detail, "http_status"), _number(detail, "attempt")
    said = f"the endpoint answered {http}" if http else "no answer"
    is_good = 200 <= http < 300
    sentence = f"Callback with status {_status(detail)}, try {attempt}: {said}."
    error = str(detail.get("error") or "")
    more = [*([error] if error and not http else []), f"took {words.duration(_number(detail, 'elapsed_ms'))}"]
    if detail.get("outcome") == "exhausted":
        more.append("That was the last try: it is a dead letter now, and can be sent again.")
    return _Said("good" if is_good else "bad", sentence, tuple(more), ("Next try at", "next_at"))


def _status(detail: _Detail) -> str:
    status = str(detail.get("status", ""))
    return f"{status} ({words.status(int(status)).label.lower()})" if status.isdigit() else status


_TELLERS: Final[Mapping[str, Callable[[_Detail], _Said]]] = {
    "accepted": _accepted,
    "routed": _routed,
    "re-routed": _re_routed,
    "submitted": _submitted,
    "response": _response,
    "busy": _busy,
    "in doubt": _in_doubt,
    "retry": _retry,
    "receipt": _receipt,
    "ended": _ended,
    "stopped": _stopped,
    "expired": _expired,
    "refused": _refused,
    "callback owed": _owed,
    "callback": _callback,
}
