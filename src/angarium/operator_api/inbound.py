"""Two-way: the numbers that handsets write to, what they have sent, and who has opted out."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from angarium.core.inbound import InboundState
from angarium.core.inbound_numbers import ANSWER_CHARACTERS_MAX, InboundNumber, OptOutScope
from angarium.core.numbers import show_recipient
from angarium.flows import two_way as flow
from angarium.flows.desk import Mistaken
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    BAD_CURSOR,
    AccountPath,
    Body,
    Digits,
    Id,
    MessageId,
    Moment,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    Sender,
    certain_moment,
    cursor_of,
    given,
    moment,
    words_of,
)
from angarium.ports.bell import INBOUND
from angarium.ports.inbound import InboundAttempt, InboundView
from angarium.ports.store import NotFound

WAITING_MAX: Final = 1_000

Word = Annotated[str, Meta(min_length=1, max_length=flow.WORD_CHARACTERS_MAX)]
Words = Annotated[list[Word], Meta(max_length=flow.WORDS_MAX, description="Besides the words that mean it everywhere.")]
Answer = Annotated[str, Meta(max_length=ANSWER_CHARACTERS_MAX, description="Sent to the handset; empty sends nothing.")]
Keyword = Annotated[
    str, Meta(max_length=100, description="Only texts that begin with it, one to three words; empty: all others.")
]
AnyNumber = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=flow.SEARCHED_CHARACTERS_MAX,
        description="From this number or to it; without state and connection_id.",
    ),
]
OnlyState = Literal["owed", "delivered", "dead_letter", "unowned", "kept"]


class Number(Reply, frozen=True, kw_only=True):
    """A long number, a short code, or a keyword on one of them, and whose it is."""

    number_id: Id
    number: str
    keyword: str
    carrier_id: Id | None
    """Only what comes in by this carrier; null: by any."""
    connection_id: Id
    reads_words: bool
    """Whether STOP, START and HELP do anything here."""
    scope: OptOutScope
    """What STOP is about: this number, or the whole account."""
    stop_words: list[str]
    start_words: list[str]
    help_words: list[str]
    stop_answer: str
    start_answer: str
    help_answer: str


class NumberChanges(Body, frozen=True, kw_only=True):
    """What is to be changed; what is left out stays."""

    connection_id: Id | UnsetType = UNSET
    reads_words: bool | UnsetType = UNSET
    scope: OptOutScope | UnsetType = UNSET
    stop_words: Words | UnsetType = UNSET
    start_words: Words | UnsetType = UNSET
    help_words: Words | UnsetType = UNSET
    stop_answer: Answer | UnsetType = UNSET
    start_answer: Answer | UnsetType = UNSET
    help_answer: Answer | UnsetType = UNSET


class NewNumber(NumberChanges, frozen=True, kw_only=True):
    """A number to be given to an API connection."""

    number: Digits
    connection_id: Id
    keyword: Keyword = ""
    carrier_id: Id | None = None


class NumberPath(Parameters, frozen=True, kw_only=True):
    """One inbound number."""

    number_id: Id


class Inbound(Reply, frozen=True, kw_only=True):
    """A message from a handset."""

    inbound_id: MessageId
    connection_id: Id | None
    """Whose it is; null while nobody owns its number."""
    carrier_id: Id
    sender: str
    recipient: str
    text: str | None
    """Null once it is forgotten."""
    missing: int
    """Parts that never came."""
    received_at: Moment
    state: str
    attempts: int
    due_at: Moment | None
    """When it is pushed next; null when nothing is left to do."""


class InboundTry(Reply, frozen=True, kw_only=True):
    """One try to push it."""

    attempt_no: int
    at: Moment
    status: int
    elapsed_ms: int
    answer: str
    error: str


class InboundDetail(Inbound, frozen=True, kw_only=True):
    """One message from a handset, with each attempt to push it."""

    udh: str
    """User data header, in hex."""
    tried: list[InboundTry]


class InboundOf(Paged, frozen=True, kw_only=True):
    """Which messages: all that is given must hold."""

    connection_id: Id | None = None
    state: OnlyState | None = None
    number: AnyNumber | None = None


class InboundPath(Parameters, frozen=True, kw_only=True):
    """One message from a handset."""

    inbound_id: MessageId


class Owner(Body, frozen=True, kw_only=True):
    """Whose a message is to be."""

    connection_id: Id


class WaitingMessage(Reply, frozen=True, kw_only=True):
    """A message of which parts are missing still."""

    carrier_id: Id
    sender: str
    recipient: str
    received: int
    total: int
    first_at: Moment


class WaitingMessages(Reply, frozen=True, kw_only=True):
    """Longest waiting first; 1000 at the most."""

    data: list[WaitingMessage]


class OptOut(Reply, frozen=True, kw_only=True):
    """A handset that does not want to be written to."""

    recipient: str
    sender: str
    """Empty: of all the account's senders."""
    since: Moment
    word: str
    """What it said; empty when an operator entered it."""


class NewOptOut(Body, frozen=True, kw_only=True):
    """An opt-out to be entered."""

    recipient: Digits
    sender: Sender = ""


class OptOutAdded(Reply, frozen=True, kw_only=True):
    """Whether it is new."""

    is_new: bool


class OptOutsOf(Paged, frozen=True, kw_only=True):
    """Of an account."""

    account_id: Id


class OptOutPath(Parameters, frozen=True, kw_only=True):
    """One opt-out."""

    account_id: Id
    recipient: Digits
    sender: Sender = ""


# --- numbers


@operation("GET", "/v1/numbers", Scope.ACCOUNTS_READ, "List the numbers that handsets write to, and whose they are")
async def list_numbers(call: Call[Paged, NoBody]) -> Page[Number]:
    """In the order of their ids."""
    rows = sorted(await call.desk.store.inbound_numbers(), key=lambda row: row.number_id)
    return call.parameters.page_of_all(rows, _number, key=lambda row: row.number_id)


@operation(
    "POST",
    "/v1/numbers",
    Scope.ACCOUNTS_WRITE,
    "Give a number, or a keyword on it, to an API connection",
    status=201,
    problems=(Code.UNKNOWN, Code.CONFLICT),
)
async def add_number(call: Call[NoParameters, NewNumber]) -> Number:
    """To a connection."""
    body = call.body
    changes = flow.NumberChanges(**given(body, but={"number", "connection_id", "keyword", "carrier_id"}))
    added = await flow.add_number(
        call.desk, body.number, body.connection_id, changes, keyword=body.keyword, carrier_id=body.carrier_id
    )
    return _number(added)


@operation("PATCH", "/v1/numbers/{number_id}", Scope.ACCOUNTS_WRITE, "Change whose a number is, or its settings")
async def change_number(call: Call[NumberPath, NumberChanges]) -> Number:
    """Owner or settings."""
    number = await flow.find_number(call.desk, call.parameters.number_id)
    return _number(await flow.change_number(call.desk, number, flow.NumberChanges(**given(call.body))))


@operation(
    "DELETE",
    "/v1/numbers/{number_id}",
    Scope.ACCOUNTS_WRITE,
    "Take a number away from its connection; what has come stays whose it is",
    status=204,
)
async def remove_number(call: Call[NumberPath, NoBody]) -> NoReply:
    """From its connection."""
    await flow.remove_number(call.desk, await flow.find_number(call.desk, call.parameters.number_id))
    return NoReply()


def _number(row: InboundNumber) -> Number:
    settings = row.settings
    return Number(
        number_id=row.number_id,
        number=row.number,
        keyword=row.keyword,
        carrier_id=row.carrier_id,
        connection_id=row.connection_id,
        reads_words=settings.reads_words,
        scope=settings.scope,
        stop_words=list(settings.stop_words),
        start_words=list(settings.start_words),
        help_words=list(settings.help_words),
        stop_answer=settings.stop_answer,
        start_answer=settings.start_answer,
        help_answer=settings.help_answer,
    )


# --- messages from handsets


@operation("GET", "/v1/inbound", Scope.MESSAGES_READ, "List messages from handsets, newest first")
async def list_inbound(call: Call[InboundOf, NoBody]) -> Page[Inbound]:
    """Newest first."""
    asked = call.parameters
    rows = await flow.look(
        call.desk.store,
        state=None if asked.state is None else InboundState[asked.state.upper()],
        connection_id=asked.connection_id,
        number=asked.number or "",
        before_id=asked.key,
        limit=asked.rows_max,
    )
    return asked.page(rows, lambda row: Inbound(**_members(call, row)), key=lambda row: row.inbound_id)


@operation(
    "GET",
    "/v1/inbound/{inbound_id}",
    Scope.MESSAGES_READ,
    "Show a message from a handset, with each attempt to push it",
)
async def show_inbound(call: Call[InboundPath, NoBody]) -> InboundDetail:
    """With its attempts."""
    view = await call.desk.store.inbound_message(_key(call))
    tried = await call.desk.store.inbound_attempts(view.inbound_id)
    udh = "" if view.content is None else view.content.udh.hex()
    return InboundDetail(**_members(call, view), udh=udh, tried=[_try(each) for each in tried])


@operation(
    "POST",
    "/v1/inbound/{inbound_id}/assign",
    Scope.MESSAGES_WRITE,
    "Give a message from a handset to an API connection",
)
async def assign_inbound(call: Call[InboundPath, Owner]) -> Inbound:
    """To a connection."""
    view = await flow.assign(call.desk, _key(call), call.body.connection_id)
    call.surroundings.ring(INBOUND)
    return Inbound(**_members(call, view))


@operation(
    "POST",
    "/v1/inbound/{inbound_id}/replay",
    Scope.MESSAGES_WRITE,
    "Push a message from a handset once more, as if never tried",
)
async def replay_inbound(call: Call[InboundPath, NoBody]) -> Inbound:
    """Once more."""
    inbound_id = _key(call)
    await call.desk.store.inbound_message(inbound_id)
    if not await flow.replay(call.desk, [inbound_id]):
        raise Mistaken("inbound_id", "It has no owner with a reply URL, is forgotten, or is under way.")
    call.surroundings.ring(INBOUND)
    return Inbound(**_members(call, await call.desk.store.inbound_message(inbound_id)))


@operation(
    "GET", "/v1/inbound-waiting", Scope.MESSAGES_READ, "List messages from handsets of which parts are missing still"
)
async def list_waiting(call: Call[NoParameters, NoBody]) -> WaitingMessages:
    """Of which parts are missing."""
    return WaitingMessages(
        data=[
            WaitingMessage(
                carrier_id=each.key.carrier_id,
                sender=each.key.sender,
                recipient=each.key.recipient,
                received=each.received,
                total=each.key.total,
                first_at=certain_moment(each.first_at),
            )
            for each in await call.desk.store.waiting_parts(limit=WAITING_MAX)
        ]
    )


def _key(call: Call[InboundPath, Any]) -> int:
    inbound_id = call.surroundings.public_ids.read(call.parameters.inbound_id)
    if inbound_id is None:
        raise NotFound("there is no message from a handset of this id")
    return inbound_id


def _members(call: Call[Any, Any], view: InboundView) -> dict[str, Any]:
    return {
        "inbound_id": call.surroundings.public_ids.show(view.inbound_id),
        "connection_id": view.connection_id,
        "carrier_id": view.carrier_id,
        "sender": view.sender,
        "recipient": view.recipient,
        "text": None if view.content is None else view.content.text(),
        "missing": view.missing,
        "received_at": certain_moment(view.received_at),
        "state": view.state.name.lower(),
        "attempts": view.attempts,
        "due_at": moment(view.due_at),
    }


def _try(attempt: InboundAttempt) -> InboundTry:
    return InboundTry(
        attempt_no=attempt.attempt_no,
        at=certain_moment(attempt.at),
        status=attempt.status,
        elapsed_ms=attempt.elapsed_ms,
        answer=attempt.answer.decode("utf-8", "replace"),
        error=attempt.error,
    )


# --- opt-outs


@operation(
    "GET",
    "/v1/accounts/{account_id}/opt-outs",
    Scope.ACCOUNTS_READ,
    "List the handsets that have opted out of an account's senders",
)
async def list_opt_outs(call: Call[OptOutsOf, NoBody]) -> Page[OptOut]:
    """By handset."""
    asked = call.parameters
    after: tuple[int, str] | None = None
    if asked.cursor is not None:
        recipient, colon, sender = words_of(asked.cursor).partition(":")
        digits = recipient.removeprefix("-")
        if not (colon and digits.isascii() and digits.isdigit() and len(recipient) <= 16):
            raise Mistaken("cursor", BAD_CURSOR)
        after = (int(recipient), sender)
    rows = await call.desk.store.opt_outs(asked.account_id, after=after, limit=asked.rows_max)
    shown = rows[: asked.limit]
    more = cursor_of(f"{shown[-1].recipient}:{shown[-1].sender}") if len(rows) > asked.limit else None
    return Page(
        data=[
            OptOut(
                recipient=show_recipient(row.recipient),
                sender=row.sender,
                since=certain_moment(row.since),
                word=row.word,
            )
            for row in shown
        ],
        next=more,
    )


@operation(
    "POST",
    "/v1/accounts/{account_id}/opt-outs",
    Scope.ACCOUNTS_WRITE,
    "Opt a handset out: later sends to it are refused",
)
async def add_opt_out(call: Call[AccountPath, NewOptOut]) -> OptOutAdded:
    """For a handset."""
    handset = flow.read_handset(call.body.recipient)
    sender = flow.read_opted_sender(call.body.sender)
    added = await flow.opt_out(call.desk, call.parameters.account_id, [(handset, sender, "")])
    return OptOutAdded(is_new=added > 0)


@operation(
    "DELETE",
    "/v1/accounts/{account_id}/opt-outs/{recipient}",
    Scope.ACCOUNTS_WRITE,
    "Take an opt-out away: only when the handset's owner has asked for it",
    status=204,
)
async def remove_opt_out(call: Call[OptOutPath, NoBody]) -> NoReply:
    """For a handset."""
    asked = call.parameters
    handset = flow.read_handset(asked.recipient)
    await flow.opt_in(call.desk, asked.account_id, handset, flow.read_opted_sender(asked.sender))
    return NoReply()


OPERATIONS: Final[Table] = (
    list_numbers,
    add_number,
    change_number,
    remove_number,
    list_inbound,
    list_waiting,
    show_inbound,
    assign_inbound,
    replay_inbound,
    list_opt_outs,
    add_opt_out,
    remove_opt_out,
)
