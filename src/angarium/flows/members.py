"""People as owners of an account and operators keep them: invited, given a role, helped back in, shut out.

Whatever is changed leaves its row in the audit log, in the transaction of the change itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from angarium.core.account import token_hash
from angarium.core.clocktime import DAY_MS, HOUR_MS, MINUTE_MS
from angarium.core.people import Role, read_login, read_person_name
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.people import PersonRow, TicketKind
from angarium.ports.store import NotFound, Tx

TICKETS_LAST_MS: Final[Mapping[TicketKind, int]] = {
    TicketKind.INVITATION: 7 * DAY_MS,
    TicketKind.RESET: 2 * HOUR_MS,
    TicketKind.ENTRY: 10 * MINUTE_MS,
}


PASSWORD_PATH: Final = "/console/password?ticket="
"""Where a ticket is used, below the console's address."""


class Invited(NamedTuple):
    """Somebody new, and the ticket by which they choose a password: shown this once."""

    person_id: int
    ticket: str


async def find_person(desk: Desk, person_id: int) -> PersonRow:
    """The person of this number. Raises NotFound."""
    person = await desk.store.person(person_id)
    if person is None:
        raise NotFound(f"there is no person {person_id}")
    return person


async def find_member(desk: Desk, account_id: int, person_id: int) -> PersonRow:
    """A member of an account; whoever is none is not there at all. Raises NotFound."""
    if all(each.account_id != account_id for each in await desk.store.memberships(person_id=person_id)):
        raise NotFound(f"there is no member {person_id}")
    return await find_person(desk, person_id)


async def invite(
    desk: Desk, login: str, name: str, *, is_operator: bool = False, role: tuple[int, Role] | None = None
) -> Invited:
    """Make a person, with a role in an account, and the invitation. Raises BadPerson and AlreadyExists."""
    login = read_login(login)
    name = read_person_name(name) or login
    ticket = desk.mint.ticket()

    async def work(tx: Tx) -> int:
        person_id = await tx.add_person(login, name, is_operator=is_operator, at=desk.now)
        after: dict[str, object] = {"login": login, "is_operator": is_operator}
        if role is not None:
            await tx.set_membership(person_id, role[0], role[1])
            after |= {"account_id": role[0], "role": role[1].value}
        await _add_ticket(tx, desk, person_id, TicketKind.INVITATION, ticket)
        await tx.record([desk.act("person.invite", "person", person_id, after=after)])
        return person_id

    return Invited(await desk.store.write(work), ticket)


async def new_ticket(desk: Desk, person: PersonRow, kind: TicketKind | None = None) -> str:
    """A link for one use; earlier ones of its kind are void. Without a kind it is what the person needs."""
    wanted = kind or (TicketKind.INVITATION if person.password_hash is None else TicketKind.RESET)
    ticket = desk.mint.ticket()

    async def work(tx: Tx) -> None:
        await _add_ticket(tx, desk, person.person_id, wanted, ticket)
        await tx.record([desk.act(f"person.{wanted.value}", "person", person.person_id)])

    await desk.store.write(work)
    return ticket


async def new_ticket_for_member(desk: Desk, account_id: int, person: PersonRow) -> str:
    """The same by an owner of an account. Raises Mistaken for whoever is more than a member of this one account.

    Whoever holds the link is that person from then on: an owner must not come into other accounts by it.
    """
    elsewhere = [
        each for each in await desk.store.memberships(person_id=person.person_id) if each.account_id != account_id
    ]
    if person.is_operator or elsewhere:
        raise Mistaken("", f"{person.login} belongs to more than this account: whoever runs this service can help.")
    return await new_ticket(desk, person)


async def give_role(
    desk: Desk, person: PersonRow, account_id: int, role: Role | None, *, may_be_ownerless: bool = False
) -> None:
    """Give a role in an account, or take it away. Raises Mistaken when no owner would be left, unless that may be."""

    async def work(tx: Tx) -> None:
        if role is not Role.OWNER and not may_be_ownerless and await tx.owners(account_id) == [person.person_id]:
            raise Mistaken("role", "An account needs an owner: make somebody else one first.")
        await tx.set_membership(person.person_id, account_id, role)
        after = {"account_id": account_id, "role": None if role is None else role.value}
        await tx.record([desk.act("person.role", "person", person.person_id, after=after)])

    await desk.store.write(work)


async def change(
    desk: Desk, person: PersonRow, *, is_operator: bool | None = None, is_disabled: bool | None = None
) -> PersonRow:
    """Let a person run the service, or no longer; shut them out at once, sessions included, or let them in again.

    What is not given stays. Raises Mistaken for the last operator.
    """
    after = person
    if is_operator is not None:
        after = after._replace(is_operator=is_operator)
    if is_disabled is not None and is_disabled is not (person.disabled_at is not None):
        after = after._replace(disabled_at=desk.now if is_disabled else None)
    is_left = after.is_operator and after.disabled_at is None

    async def work(tx: Tx) -> None:
        if not is_left and await tx.operators() == [person.person_id]:
            raise Mistaken("", "Somebody must run the service: make somebody else an operator first.")
        await tx.change_person(
            person.person_id, name=after.name, is_operator=after.is_operator, disabled_at=after.disabled_at
        )
        states = [{"is_operator": each.is_operator, "disabled_at": each.disabled_at} for each in (person, after)]
        await tx.record([desk.act("person.change", "person", person.person_id, before=states[0], after=states[1])])

    await desk.store.write(work)
    return after


async def end_sessions(desk: Desk, person: PersonRow, session_id: int | None = None) -> int:
    """End one session of a person, or all of them; how many. Raises NotFound for one that is not there."""

    async def work(tx: Tx) -> int:
        ended = await tx.end_sessions(person.person_id, session_id=session_id)
        if session_id is not None and not ended:
            raise NotFound(f"{person.login} has no session {session_id}")
        await tx.record([desk.act("person.end_sessions", "person", person.person_id, after={"ended": ended})])
        return ended

    return await desk.store.write(work)


async def remove_second_factor(desk: Desk, person: PersonRow) -> None:
    """Let a person whose authenticator is lost sign in by the password alone."""

    async def work(tx: Tx) -> None:
        await tx.set_totp(person.person_id, None)
        await tx.record([desk.act("person.remove_second_factor", "person", person.person_id)])

    await desk.store.write(work)


async def _add_ticket(tx: Tx, desk: Desk, person_id: int, kind: TicketKind, ticket: str) -> None:
    await tx.add_ticket(
        token_hash(ticket.encode()),
        kind=kind,
        person_id=person_id,
        made_by=desk.author,
        at=desk.now,
        expires_at=desk.now + TICKETS_LAST_MS[kind],
    )
