"""People, their sessions, and the tickets by which they come in without a password."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from angarium.core.clocktime import UnixMs
from angarium.core.people import Role


class PersonRow(NamedTuple):
    """Somebody who may sign in."""

    person_id: int
    login: str
    name: str
    password_hash: str | None
    """Argon2id, as the library writes it; None until a ticket was used."""
    totp_sealed: bytes | None
    """The secret of the second factor under the vault's seal; None without one."""
    totp_step: int
    """The time step of the last code that was used: none is taken twice."""
    is_operator: bool
    created_at: UnixMs
    disabled_at: UnixMs | None


class Membership(NamedTuple):
    """A person's role in an account."""

    person_id: int
    account_id: int
    role: Role


class SessionRow(NamedTuple):
    """A signed-in browser."""

    session_id: int
    person_id: int
    account_id: int | None
    """The account that its pages show; None for those of the service."""
    is_acting: bool
    """An operator looks at the account as if a member; every change says so in the audit log."""
    created_at: UnixMs
    seen_at: UnixMs
    expires_at: UnixMs
    address: str
    agent: str


class TicketKind(StrEnum):
    """What a ticket is for."""

    INVITATION = "invitation"
    """Choose a password, and become a member or an operator."""
    RESET = "reset"
    """Choose another password."""
    ENTRY = "entry"
    """Come in at once: printed by the demo on its own terminal."""


class TicketRow(NamedTuple):
    """A link that works once."""

    ticket_id: int
    kind: TicketKind
    person_id: int
    made_by: str
    created_at: UnixMs
    expires_at: UnixMs


class PeopleReads(Protocol):
    """What was committed last."""

    async def person(self, person_id: int) -> PersonRow | None:
        """One person."""
        ...

    async def person_of_login(self, login: str) -> PersonRow | None:
        """The person of this login, in its stored form."""
        ...

    async def people(self, account_id: int | None = None) -> list[PersonRow]:
        """Members of an account, or everybody, by login."""
        ...

    async def memberships(self, *, person_id: int | None = None, account_id: int | None = None) -> list[Membership]:
        """Roles, of one person or in one account."""
        ...

    async def session(self, session_hash: bytes, *, now: UnixMs) -> SessionRow | None:
        """The session of this digest, unless it has ended."""
        ...

    async def sessions(self, person_id: int, *, now: UnixMs) -> list[SessionRow]:
        """A person's sessions, last seen first."""
        ...

    async def ticket(self, ticket_hash: bytes, *, now: UnixMs) -> TicketRow | None:
        """The ticket of this digest, unless it was used or is too old."""
        ...

    async def tickets(self, *, now: UnixMs) -> list[TicketRow]:
        """Tickets that can still be used."""
        ...


class PeopleTx(Protocol):
    """The verbs of people, within a transaction."""

    async def add_person(self, login: str, name: str, *, is_operator: bool, at: UnixMs) -> int:
        """Make a person without a password; the number. Raises AlreadyExists."""
        ...

    async def change_person(self, person_id: int, *, name: str, is_operator: bool, disabled_at: UnixMs | None) -> None:
        """Replace what is said of a person; a disabled one loses every session and every ticket."""
        ...

    async def set_password(self, person_id: int, password_hash: str) -> None:
        """Replace the password; every ticket by which another could be chosen is void."""
        ...

    async def set_totp(self, person_id: int, sealed: bytes | None) -> None:
        """Set or remove the second factor."""
        ...

    async def use_totp_step(self, person_id: int, step: int) -> bool:
        """Take a time step's code; False when it, or a later one, was used before."""
        ...

    async def set_membership(self, person_id: int, account_id: int, role: Role | None) -> None:
        """Give a role in an account, or take it away."""
        ...

    async def owners(self, account_id: int) -> list[int]:
        """Who own an account and are not disabled, as this transaction sees it."""
        ...

    async def operators(self) -> list[int]:
        """Who run the service and are not disabled, as this transaction sees it."""
        ...

    async def add_session(self, session_hash: bytes, session: SessionRow) -> None:
        """Keep a new session; its number is made here."""
        ...

    async def see_session(self, session_hash: bytes, *, at: UnixMs, expires_at: UnixMs, address: str) -> None:
        """Note that a session is used."""
        ...

    async def turn_session(self, session_id: int, *, account_id: int | None, is_acting: bool) -> None:
        """Let a session's pages show another account."""
        ...

    async def end_sessions(self, person_id: int, *, session_id: int | None = None, all_but: int | None = None) -> int:
        """End one session of a person, or all of them, or all but one; returns how many."""
        ...

    async def add_ticket(
        self, ticket_hash: bytes, *, kind: TicketKind, person_id: int, made_by: str, at: UnixMs, expires_at: UnixMs
    ) -> int:
        """Keep a ticket; earlier ones of that kind for that person are void. The number."""
        ...

    async def use_ticket(self, ticket_hash: bytes, *, at: UnixMs) -> TicketRow | None:
        """Take a ticket; None when it was used, is too old, or never was."""
        ...

    async def prune_people(self, *, now: UnixMs, limit: int) -> int:
        """Drop ended sessions and used-up tickets; returns how many."""
        ...
