"""What all operations share: the bases of their Structs, and how moments, credits, numbers and pages are spelled."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta

from angarium.core.clocktime import NEVER, UnixMs
from angarium.core.credit import Credits, format_credits
from angarium.flows.desk import Mistaken

T = TypeVar("T")
R = TypeVar("R")

ID_MAX: Final = 2**53 - 1
"""The highest number that every JSON reader keeps exactly."""
LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 500
"""Entries of one page."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT_MAX: Final[UnixMs] = 253_402_300_799_000
"""The last second that RFC 3339 can say."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the path and the query; those that the path template names are of the path."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request says. Unknown members are refused: a mistyped name must not be lost."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says. Readers must expect further members in later versions."""


class NoParameters(Parameters, frozen=True, kw_only=True):
    """Nothing in path or query."""


class NoBody(Body, frozen=True, kw_only=True):
    """No body is read."""


class Streamed(Reply, frozen=True, kw_only=True):
    """An answer that is no JSON, and is written piece by piece."""

    content_type: str
    chunks: Any
    """An asynchronous generator of octets."""


class NoReply(Reply, frozen=True, kw_only=True):
    """204: it is done."""


Id = Annotated[int, Meta(ge=1, le=ID_MAX)]
Limit = Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many entries a page may have.")]
Cursor = Annotated[
    str,
    Meta(pattern="^[A-Za-z0-9_-]{1,64}$", description="Where the page begins: `next` of the one before. Opaque."),
]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, such as 2026-01-31T12:00:00Z.")]
Money = Annotated[
    str,
    Meta(
        pattern="^-?[0-9]{1,12}(\\.[0-9]{1,6})?$",
        description="Credits, as a string so that no reader rounds them; answers have six decimals.",
    ),
]
MessageId = Annotated[
    str, Meta(pattern="^[0-9a-fA-F]{32}$", description="The message's id as its customer knows it: 32 hex digits.")
]
Digits = Annotated[str, Meta(pattern="^[0-9]{1,15}$", description="A number in international digits.")]
Sender = Annotated[str, Meta(max_length=17, description="Up to 16 digits, or up to 11 letters, digits and spaces.")]
Name = Annotated[str, Meta(min_length=1, max_length=100, description="A name of the operator's choice, without /.")]
Prefix = Annotated[
    str, Meta(pattern="^([1-9][0-9]{0,14})?$", description="The first digits of numbers; empty for all of them.")
]


class Page(Reply, Generic[T], frozen=True, kw_only=True):
    """A page of a list."""

    data: list[T]
    next: str | None
    """The cursor of the page after this one; null when there is none."""


class Paged(Parameters, frozen=True, kw_only=True):
    """A list is read page by page."""

    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor | None = None

    @property
    def key(self) -> int | None:
        """Where the page begins: the key of the last row of the page before; None at the beginning. Raises Mistaken."""
        return key_of(self.cursor)

    @property
    def rows_max(self) -> int:
        """How many rows to read: one more than the page shows says that there is another page."""
        return self.limit + 1

    def page(self, rows: Sequence[T], show: Callable[[T], R], *, key: Callable[[T], int]) -> Page[R]:
        """The page, of rows that were read from `key` on and with `rows_max`."""
        shown = rows[: self.limit]
        more = cursor_of(key(shown[-1])) if len(rows) > self.limit else None
        return Page(data=[show(row) for row in shown], next=more)

    def page_of_all(self, rows: Sequence[T], show: Callable[[T], R], *, key: Callable[[T], int]) -> Page[R]:
        """The page, of a whole list that is in the order of its keys."""
        after = self.key
        return self.page([row for row in rows if after is None or key(row) > after], show, key=key)


class AccountPath(Parameters, frozen=True, kw_only=True):
    """One account."""

    account_id: Id


class ConnectionPath(Parameters, frozen=True, kw_only=True):
    """One API connection."""

    connection_id: Id


def given(body: Body, *, but: set[str] | None = None) -> dict[str, Any]:
    """What a body says, without what it leaves out."""
    names = set(body.__struct_fields__) - (but or set())
    return {name: getattr(body, name) for name in names if getattr(body, name) is not UNSET}


# --- moments and credits


def moment(at: UnixMs | None) -> datetime | None:
    """A moment as it is written; None for none, and for one that never comes."""
    return None if at is None or at >= NEVER or at > _MOMENT_MAX else certain_moment(at)


def certain_moment(at: UnixMs) -> datetime:
    """The same for a moment that there is."""
    return _EPOCH + timedelta(milliseconds=min(max(at, 0), _MOMENT_MAX))


def unix_ms(at: datetime) -> UnixMs:
    """A moment that was given."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def money(amount: Credits) -> str:
    """Credits as they are written."""
    return format_credits(amount, 6)


# --- cursors


def cursor_of(key: int | str) -> str:
    """The cursor of whatever comes after this key."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def words_of(cursor: str) -> str:
    """What a cursor was made of. Raises Mistaken."""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Mistaken("cursor", BAD_CURSOR) from error


def cursor_to(key: int | None) -> str | None:
    """The cursor that goes on before this key; None when everything has been looked at."""
    return None if key is None else cursor_of(key)


def key_of(cursor: str | None) -> int | None:
    """The key that a cursor stands for. Raises Mistaken."""
    if cursor is None:
        return None
    text = words_of(cursor)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Mistaken("cursor", BAD_CURSOR)
    return int(text)


BAD_CURSOR: Final = "This is no cursor of this list: give `next` of an earlier page, or leave it out to begin anew."
