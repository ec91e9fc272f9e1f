"""What a send would come to, before anybody sends it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from angarium.core.account import RECIPIENTS_MAX_LIMIT
from angarium.core.message import SEGMENTS_MAX, SendRequest, content_of
from angarium.core.refusals import Refusal
from angarium.flows import preview as flow
from angarium.flows.desk import Mistaken
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import Body, Id, Money, NoParameters, Reply, money
from angarium.ports.store import NotFound
from angarium.text import udh
from angarium.text.errors import TextError

TEXT_CHARACTERS_MAX: Final = 100_000
"""More than the 255 segments that can be numbered, also in hex."""
RECIPIENT_CHARACTERS_MAX: Final = 50
HEADER_DIGITS_MAX: Final = 280

AlphabetName = Literal["gsm7", "binary", "ucs2"]
UnitName = Literal["septets", "octets", "units"]
At = Annotated[int, Meta(ge=0, description="Counted in characters (code points) from the beginning of the text.")]


class Draft(Body, frozen=True, kw_only=True):
    """A send that nobody has sent yet."""

    connection_id: Annotated[Id, Meta(description="Whose choices count: sender, parts, smart encoding.")]
    text: Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]
    to: Annotated[
        list[Annotated[str, Meta(max_length=RECIPIENT_CHARACTERS_MAX)]],
        Meta(max_length=RECIPIENTS_MAX_LIMIT, description="Recipients; without any, the text alone is shown."),
    ] = msgspec.field(default_factory=list)
    sender: Annotated[str, Meta(max_length=RECIPIENT_CHARACTERS_MAX, description="Empty: the connection's.")] = ""
    is_unicode: Annotated[bool, Meta(description="The text is UCS-2 in hex.")] = False
    is_binary: Annotated[bool, Meta(description="The text is octets in hex.")] = False
    udh: Annotated[str, Meta(max_length=HEADER_DIGITS_MAX, description="A user data header in hex.")] = ""
    segments_max: Annotated[int, Meta(ge=1, le=SEGMENTS_MAX)] | None = None


class SegmentPreview(Reply, frozen=True, kw_only=True):
    """One segment as it would be cut."""

    text: str
    used: int


class Replaced(Reply, frozen=True, kw_only=True):
    """A sign and the look-alike that would go instead."""

    at: At
    before: str
    after: str


class Costly(Reply, frozen=True, kw_only=True):
    """A character that no 7 bits hold, so that the whole text takes 16."""

    character: str
    at: list[At]


class RefusalPreview(Reply, frozen=True, kw_only=True):
    """Why a recipient would be refused."""

    reason: str
    cure: str


class RecipientPreview(Reply, frozen=True, kw_only=True):
    """What a message to one recipient would cost, or why it would be refused."""

    recipient: str
    price: Money
    refusal: RefusalPreview | None


class Preview(Reply, frozen=True, kw_only=True):
    """What a send would come to."""

    alphabet: AlphabetName
    locking_table: str | None
    """The language whose locking shift table it would be written by."""
    single_table: str | None
    """The language whose single shift table it would be written by."""
    unit: UnitName
    """What lengths and room are counted in."""
    segments: list[SegmentPreview]
    remaining: int
    """How much more the last segment takes."""
    replaced: list[Replaced]
    """What smart encoding would replace."""
    costly: list[Costly]
    """The characters that forced UCS-2."""
    recipients: list[RecipientPreview]
    price: Money
    """What all of it would cost."""


_ALPHABETS: Final[tuple[AlphabetName, ...]] = ("gsm7", "binary", "ucs2")
_UNITS: Final[tuple[UnitName, ...]] = ("septets", "octets", "units")


@operation(
    "POST",
    "/v1/preview",
    Scope.MESSAGES_READ,
    "Show how a text would be written, cut and priced; nothing is sent",
    description="The checks and the spelling are those of a send, so segments and prices are what would be "
    "charged. Credit is not looked at. Without recipients no carrier's national tables can be used.",
    only_asks=True,
    problems=(Code.UNKNOWN,),
)
async def preview(call: Call[NoParameters, Draft]) -> Preview:
    """By what is set at this moment: an operator who has just changed something sees it."""
    draft, tables = call.body, call.surroundings.tables
    await tables.refresh(call.desk.store)
    connection = tables.directory.connections.get(draft.connection_id)
    if connection is None:
        raise NotFound(f"there is no API connection {draft.connection_id}")
    if draft.is_unicode and draft.is_binary:
        raise Mistaken("is_binary", "a text is units or octets, not both")
    try:
        header = udh.parse_hex(draft.udh) if draft.udh else b""
    except TextError as error:
        raise Mistaken("udh", str(error)) from error
    request = SendRequest(
        recipients=tuple(draft.to),
        content=content_of(draft.text, is_unicode=draft.is_unicode, is_binary=draft.is_binary, header=header),
        sender=draft.sender or None,
        segments_max=draft.segments_max,
        alphabet_given=draft.is_unicode or draft.is_binary,
    )
    found = flow.preview(tables, tables.directory.caller_of(connection), request)
    if isinstance(found, Refusal):
        raise found
    return spelled(found)


def spelled(found: flow.Preview) -> Preview:
    """A preview as it is answered; the command line prints the same under --json."""
    return Preview(
        alphabet=_ALPHABETS[found.alphabet],
        locking_table=found.shifts.locking.word if found.shifts.locking else None,
        single_table=found.shifts.single.word if found.shifts.single else None,
        unit=_UNITS[found.alphabet],
        segments=[SegmentPreview(text=each.text, used=each.used) for each in found.segments],
        remaining=found.remaining,
        replaced=[Replaced(at=each.at, before=each.before, after=each.after) for each in found.replaced],
        costly=[Costly(character=each.character, at=list(each.at)) for each in found.costly],
        recipients=[
            RecipientPreview(
                recipient=each.recipient,
                price=money(each.price),
                refusal=RefusalPreview(reason=each.refusal.reason.name.lower(), cure=each.refusal.reason.value)
                if each.refusal
                else None,
            )
            for each in found.recipients
        ],
        price=money(found.price),
    )


OPERATIONS: Final[Table] = (preview,)
