"""People as owners and operators keep them: each change leaves its row, and somebody always holds the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from angarium.core.account import AccountSettings
from angarium.core.people import BadPerson, Role
from angarium.flows import members
from angarium.flows.desk import Desk, Mistaken
from angarium.ports.people import PersonRow, TicketKind
from angarium.ports.store import AlreadyExists, NotFound
from angarium.stores.sqlite.store import SqliteStore
from tests.gateway import NOON


class Office:
    """A desk with two accounts."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self._numbers = count(1)
        anything: Any = self
        desk_store: Any = store
        self.desk = Desk(store=desk_store, checks=anything, mint=anything, author="person:boss", now=NOON)

    def ticket(self) -> str:
        """What a link ends in."""
        return f"ticket {next(self._numbers)}"

    async def member(self, login: str, role: Role = Role.OWNER, *, account_id: int = 1) -> PersonRow:
        """Somebody new with a role."""
        invited = await members.invite(self.desk, login, "", role=(account_id, role))
        return await members.find_person(self.desk, invited.person_id)

    async def operator(self, login: str) -> PersonRow:
        """Somebody new who runs the service."""
        invited = await members.invite(self.desk, login, "", is_operator=True)
        return await members.find_person(self.desk, invited.person_id)

    async def roles(self, account_id: int = 1) -> dict[int, Role]:
        """Who has which role."""
        return {each.person_id: each.role for each in await self.store.memberships(account_id=account_id)}

    async def log(self) -> list[tuple[str, str]]:
        """What the audit log says, oldest first."""
        rows = await self.store.audit(before_id=None, limit=100)
        return [(row.action, row.subject) for row in reversed(rows)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Two accounts, and nobody yet."""
    store = SqliteStore(tmp_path / "angarium.db")
    for name in ("Acme", "Other"):
        await store.create_account(name, AccountSettings(), at=NOON)
    yield Office(store)
    await store.close()


async def test_an_invitation_is_known_to_the_log_and_its_ticket_to_nobody(office: Office) -> None:
    """The row says who was invited to what; a login is given once."""
    ada = await office.member("ada@example.com", Role.VIEWER)

    (row,) = await office.store.audit(before_id=None, limit=10)
    assert (row.author, row.action, row.subject) == ("person:boss", "person.invite", f"person/{ada.person_id}")
    assert row.after == {"login": "ada@example.com", "is_operator": False, "account_id": 1, "role": "viewer"}
    with pytest.raises(AlreadyExists):
        await office.member("ADA@example.com")
    with pytest.raises(BadPerson):
        await members.invite(office.desk, "bob", "x" * 101)
    assert len(await office.log()) == 1


async def test_the_last_owner_stays_one(office: Office) -> None:
    """Neither removed nor made less, until somebody else owns the account; a disabled one does not count."""
    ada, bob = await office.member("ada"), await office.member("bob")
    await members.give_role(office.desk, bob, 1, Role.DEVELOPER)
    for role in (Role.VIEWER, None):
        with pytest.raises(Mistaken, match="needs an owner"):
            await members.give_role(office.desk, ada, 1, role)
    assert await office.roles() == {ada.person_id: Role.OWNER, bob.person_id: Role.DEVELOPER}

    await members.give_role(office.desk, bob, 1, Role.OWNER)
    await members.change(office.desk, bob, is_disabled=True)
    with pytest.raises(Mistaken):
        await members.give_role(office.desk, ada, 1, None)
    await members.change(office.desk, bob, is_disabled=False)
    await members.give_role(office.desk, ada, 1, None)
    await members.give_role(office.desk, bob, 1, None, may_be_ownerless=True)
    assert await office.roles() == {}


async def test_somebody_always_runs_the_service(office: Office) -> None:
    """The last operator is neither shut out nor made less."""
    ada, bob = await office.operator("ada"), await office.operator("bob")
    await members.change(office.desk, ada, is_operator=False)
    with pytest.raises(Mistaken, match="run the service"):
        await members.change(office.desk, bob, is_operator=False)
    with pytest.raises(Mistaken):
        await members.change(office.desk, bob, is_disabled=True)
    await members.change(office.desk, ada, is_disabled=True)

    assert [action for action, _ in await office.log()][2:] == ["person.change", "person.change"]


async def test_an_owner_gives_no_link_to_somebody_who_is_more_than_a_member(office: Office) -> None:
    """Whoever holds a link is that person: by it an owner would come into another account, or the service."""
    ada, both, operator = await office.member("ada"), await office.member("both"), await office.member("op")
    await members.give_role(office.desk, both, 2, Role.VIEWER)
    await members.change(office.desk, operator, is_operator=True)
    operator = await members.find_person(office.desk, operator.person_id)

    assert await members.new_ticket_for_member(office.desk, 1, ada)
    for person in (both, operator):
        with pytest.raises(Mistaken, match="more than this account"):
            await members.new_ticket_for_member(office.desk, 1, person)


async def test_a_member_of_another_account_is_not_there(office: Office) -> None:
    """Just as somebody who never was."""
    ada = await office.member("ada", account_id=2)

    assert await members.find_member(office.desk, 2, ada.person_id) == ada
    for account_id, person_id in ((1, ada.person_id), (1, 99)):
        with pytest.raises(NotFound):
            await members.find_member(office.desk, account_id, person_id)


async def test_help_back_in_is_written_down(office: Office) -> None:
    """A link is an invitation until there is a password, and a reset from then on."""
    ada = await office.member("ada")
    await members.new_ticket(office.desk, ada)
    await members.new_ticket(office.desk, ada._replace(password_hash="hash"))
    await members.remove_second_factor(office.desk, ada)

    assert [action for action, _ in await office.log()] == [
        "person.invite",
        "person.invitation",
        "person.reset",
        "person.remove_second_factor",
    ]
    kinds = {each.kind for each in await office.store.tickets(now=NOON)}
    assert kinds == {TicketKind.INVITATION, TicketKind.RESET}
