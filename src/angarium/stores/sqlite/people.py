"""People, over one connection."""

from __future__ import annotations

from typing import Any

import apsw

from angarium.core.clocktime import UnixMs
from angarium.core.people import Role
from angarium.ports.people import Membership, PersonRow, SessionRow, TicketKind, TicketRow
from angarium.ports.store import AlreadyExists
from angarium.stores.sqlite.reads import Reads
from angarium.stores.sqlite.verbs import Verbs


def person_of(row: tuple[Any, ...]) -> PersonRow:
    """A person from the columns."""
    return PersonRow._make((*row[:6], bool(row[6]), *row[7:]))


def membership_of(row: tuple[Any, ...]) -> Membership:
    """A role from the columns."""
    return Membership(row[0], row[1], Role(row[2]))


def session_of(row: tuple[Any, ...]) -> SessionRow:
    """A session from the columns."""
    return SessionRow._make((*row[:3], bool(row[3]), *row[4:]))


def ticket_of(row: tuple[Any, ...]) -> TicketRow:
    """A ticket from the columns."""
    return TicketRow._make((row[0], TicketKind(row[1]), *row[2:]))


class PeopleRecords(Reads):
    """The port's PeopleReads."""

    async def person(self, person_id: int) -> PersonRow | None:
        """One person."""
        return next((person_of(row) for row in self._rows("person", person_id)), None)

    async def person_of_login(self, login: str) -> PersonRow | None:
        """The person of this login."""
        return next((person_of(row) for row in self._rows("person_of_login", login)), None)

    async def people(self, account_id: int | None = None) -> list[PersonRow]:
        """Members of an account, or everybody."""
        return [person_of(row) for row in self._rows("people", account_id)]

    async def memberships(self, *, person_id: int | None = None, account_id: int | None = None) -> list[Membership]:
        """Roles, of one person or in one account."""
        return [membership_of(row) for row in self._rows("memberships", person_id, account_id)]

    async def session(self, session_hash: bytes, *, now: UnixMs) -> SessionRow | None:
        """The session of this digest."""
        return next((session_of(row) for row in self._rows("session", session_hash, now)), None)

    async def sessions(self, person_id: int, *, now: UnixMs) -> list[SessionRow]:
        """A person's sessions."""
        found = [session_of(row) for row in self._rows("sessions", person_id, now)]
        return sorted(found, key=lambda session: session.seen_at, reverse=True)

    async def ticket(self, ticket_hash: bytes, *, now: UnixMs) -> TicketRow | None:
        """The ticket of this digest."""
        return next((ticket_of(row) for row in self._rows("ticket", ticket_hash, now)), None)

    async def tickets(self, *, now: UnixMs) -> list[TicketRow]:
        """Tickets that can still be used."""
        return [ticket_of(row) for row in self._rows("tickets", now)]


class PeopleVerbs(Verbs):
    """The port's PeopleTx."""

    async def add_person(self, login: str, name: str, *, is_operator: bool, at: UnixMs) -> int:
        try:
            self._all("add_person", login, name, is_operator, at)
        except apsw.ConstraintError as error:
            raise AlreadyExists(f"there is a person with the login {login!r} already") from error
        return self._database.last_insert_rowid()

    async def change_person(self, person_id: int, *, name: str, is_operator: bool, disabled_at: UnixMs | None) -> None:
        self._all("change_person", name, is_operator, disabled_at, person_id)
        if disabled_at is not None:
            self._all("end_sessions", person_id, None, None)
            self._all("void_all_tickets", person_id)

    async def set_password(self, person_id: int, password_hash: str) -> None:
        self._all("set_password", password_hash, person_id)
        self._all("void_all_tickets", person_id)

    async def set_totp(self, person_id: int, sealed: bytes | None) -> None:
        self._all("set_totp", sealed, person_id)

    async def use_totp_step(self, person_id: int, step: int) -> bool:
        self._all("use_totp_step", step, person_id)
        return self._database.changes() > 0

    async def set_membership(self, person_id: int, account_id: int, role: Role | None) -> None:
        self._all("remove_membership", person_id, account_id)
        if role is not None:
            self._all("add_membership", person_id, account_id, role.value)

    async def owners(self, account_id: int) -> list[int]:
        return [row[0] for row in self._all("owners", account_id)]

    async def operators(self) -> list[int]:
        return [row[0] for row in self._all("operators")]

    async def add_session(self, session_hash: bytes, session: SessionRow) -> None:
        self._all("add_session", session_hash, *session[1:])

    async def see_session(self, session_hash: bytes, *, at: UnixMs, expires_at: UnixMs, address: str) -> None:
        self._all("see_session", at, expires_at, address, session_hash)

    async def turn_session(self, session_id: int, *, account_id: int | None, is_acting: bool) -> None:
        self._all("turn_session", account_id, is_acting, session_id)

    async def end_sessions(self, person_id: int, *, session_id: int | None = None, all_but: int | None = None) -> int:
        self._all("end_sessions", person_id, session_id, all_but)
        return self._database.changes()

    async def add_ticket(
        self, ticket_hash: bytes, *, kind: TicketKind, person_id: int, made_by: str, at: UnixMs, expires_at: UnixMs
    ) -> int:
        self._all("void_tickets", person_id, kind.value)
        self._all("add_ticket", ticket_hash, kind.value, person_id, made_by, at, expires_at)
        return self._database.last_insert_rowid()

    async def use_ticket(self, ticket_hash: bytes, *, at: UnixMs) -> TicketRow | None:
        for row in self._all("use_ticket", ticket_hash):
            ticket = ticket_of(row)
            return ticket if ticket.expires_at > at else None
        return None

    async def prune_people(self, *, now: UnixMs, limit: int) -> int:
        self._all("prune_tickets", now)
        pruned = self._database.changes()
        self._all("prune_sessions", now, limit)
        return pruned + self._database.changes()
