"""What a send would come to, before anybody sends it: nothing is stored, and nothing is reserved.

The checks and the spelling are intake's own, so what is shown is what would be charged. Credit is not looked at: that
there was enough a moment ago says little.
"""

from __future__ import annotations

from typing import NamedTuple

from angarium.core.account import Caller
from angarium.core.credit import Credits
from angarium.core.message import Refused, SendRequest
from angarium.core.refusals import Reason, Refusal
from angarium.flows.intake import Checks, Plan
from angarium.flows.tables import Tables
from angarium.text import gsm7
from angarium.text import segments as kernel
from angarium.text.alphabet import Alphabet
from angarium.text.lookalikes import Replacement, liken
from angarium.text.national import Shifts
from angarium.text.segments import SEGMENTS_MAX, Content, segment

_NOBODY = ("",)
"""Stands for the recipients of a text that has none yet: it is refused, and not shown."""


class SegmentPreview(NamedTuple):
    """One segment as it would be cut."""

    text: str
    """What it says by itself; binary in hex."""
    used: int
    """How many septets, units or octets it takes, the header not counted."""


class Costly(NamedTuple):
    """A character that no 7 bits hold, so that the whole text takes 16."""

    character: str
    at: tuple[int, ...]
    """Everywhere it stands in the text as it was given."""


class RecipientPreview(NamedTuple):
    """What a message to one recipient would cost, or why it would be refused."""

    recipient: str
    """As normalised; as it was given when it is no number."""
    price: Credits
    """0 when it would be refused."""
    refusal: Refusal | None


class Preview(NamedTuple):
    """What a send would come to."""

    alphabet: Alphabet
    shifts: Shifts
    """The national tables that it would be written in."""
    unit: str
    """`septets`, `units` or `octets`: what lengths and room are counted in."""
    segments: tuple[SegmentPreview, ...]
    remaining: int
    """How many more of `unit` the last segment takes."""
    replaced: tuple[Replacement, ...]
    """What smart encoding would replace, by its place in the text as it was given."""
    costly: tuple[Costly, ...]
    """The characters that forced UCS-2, in the order of their first place; none when the customer spelled the units."""
    recipients: tuple[RecipientPreview, ...]
    """In the order given."""

    @property
    def price(self) -> Credits:
        """What all of it would cost."""
        return sum(each.price for each in self.recipients)


def preview(tables: Tables, caller: Caller, request: SendRequest) -> Preview | Refusal:
    """What this send would come to, or why the whole of it would be refused; recipients may be missing (rest-api 4).

    Too many segments is not a refusal of the whole here: each recipient has it, and the segments can be seen.
    """
    checks = Checks(tables)
    plan = checks.check(caller, request._replace(recipients=request.recipients or _NOBODY, segments_max=SEGMENTS_MAX))
    if isinstance(plan, Refusal):
        return plan
    measured = kernel.preview(plan.content)
    return Preview(
        alphabet=plan.content.alphabet,
        shifts=plan.content.shifts,
        unit=measured.unit,
        segments=_segments(plan.content),
        remaining=measured.remaining,
        replaced=plan.replaced,
        costly=_costly(plan),
        recipients=_recipients(plan, segments_max=request.segments_max) if request.recipients else (),
    )


def _segments(content: Content) -> tuple[SegmentPreview, ...]:
    octets_each = 2 if content.alphabet is Alphabet.UCS2 else 1
    return tuple(
        SegmentPreview(part.text(), len(part.payload) // octets_each) for part in segment(content, reference=0)
    )


def _costly(plan: Plan) -> tuple[Costly, ...]:
    if plan.content.alphabet is not Alphabet.UCS2 or plan.request.alphabet_given:
        return ()
    text = plan.request.content.text()
    has_look: set[int] = set()
    if plan.caller.connection.settings.smart_encoding:
        for at, before, _ in liken(text)[1]:
            has_look.update(range(at, at + len(before)))
    places: dict[str, list[int]] = {}
    for at, character in gsm7.misfits(text):
        if at not in has_look:
            places.setdefault(character, []).append(at)
    return tuple(Costly(character, tuple(at)) for character, at in places.items())


def _recipients(plan: Plan, *, segments_max: int | None) -> tuple[RecipientPreview, ...]:
    is_too_long = plan.segments > (segments_max or plan.caller.connection.settings.segments_max)
    candidates = iter(plan.candidates)
    shown: list[RecipientPreview] = []
    for result in plan.results:
        if isinstance(result, Refused):
            shown.append(RecipientPreview(result.recipient, 0, result.refusal))
            continue
        recipient, route = next(candidates)
        if is_too_long:
            shown.append(RecipientPreview(str(recipient), 0, Refusal(Reason.TOO_MANY_SEGMENTS)))
        else:
            shown.append(RecipientPreview(str(recipient), route.rate * plan.segments, None))
    return tuple(shown)
