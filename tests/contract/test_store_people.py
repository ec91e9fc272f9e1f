"""What every store keeps of people."""

from __future__ import annotations

import pytest

from angarium.core.people import Role
from angarium.ports.people import Membership, SessionRow, TicketKind, TicketRow
from angarium.ports.store import AlreadyExists, Tx
from tests.contract.stage import NOON, Stage


async def ada(stage: Stage, login: str = "ada") -> int:
    """A person; the number."""
    return await stage.store.write(lambda tx: tx.add_person(login, "Ada", is_operator=False, at=NOON))


def session(person_id: int, *, seen_at: int = NOON, expires_at: int = NOON + 10) -> SessionRow:
    """A session that is over at NOON + 10."""
    return SessionRow(0, person_id, None, False, NOON, seen_at, expires_at, "::1", "Browser")


async def add_sessions(stage: Stage, *sessions: tuple[bytes, SessionRow]) -> None:
    """Keep sessions under their digests."""

    async def work(tx: Tx) -> None:
        for digest, row in sessions:
            await tx.add_session(digest, row)

    await stage.store.write(work)


async def test_a_person_is_found_by_number_and_login(stage: Stage) -> None:
    """What was given is what is kept; nobody has two logins of the same spelling."""
    person_id = await ada(stage)

    person = await stage.store.person_of_login("ada")

    assert person is not None
    assert person == await stage.store.person(person_id)
    assert (person.name, person.password_hash, person.totp_sealed, person.is_operator) == ("Ada", None, None, False)
    with pytest.raises(AlreadyExists, match="'ada'"):
        await ada(stage)
    assert await stage.store.person_of_login("bob") is None


async def test_what_is_changed_is_kept(stage: Stage) -> None:
    """Name, rights, password and second factor."""
    person_id = await ada(stage)

    async def work(tx: Tx) -> None:
        await tx.change_person(person_id, name="Ada L.", is_operator=True, disabled_at=None)
        await tx.set_password(person_id, "hash")
        await tx.set_totp(person_id, b"sealed")

    await stage.store.write(work)

    person = await stage.store.person(person_id)
    assert person is not None
    assert (person.name, person.is_operator, person.password_hash, person.totp_sealed) == (
        "Ada L.",
        True,
        "hash",
        b"sealed",
    )


async def test_a_code_is_taken_once_and_none_before_it(stage: Stage) -> None:
    """Whoever looked over the shoulder comes too late; a new secret begins anew."""
    person_id = await ada(stage)

    async def take(step: int) -> bool:
        return await stage.store.write(lambda tx: tx.use_totp_step(person_id, step))

    assert [await take(step) for step in (7, 7, 6, 8)] == [True, False, False, True]
    await stage.store.write(lambda tx: tx.set_totp(person_id, b"new"))
    assert await take(7)


async def test_roles_are_given_changed_and_taken_away(stage: Stage) -> None:
    """One role for each person and account."""
    person_id = await ada(stage)

    async def give(role: Role | None) -> list[Membership]:
        await stage.store.write(lambda tx: tx.set_membership(person_id, stage.account_id, role))
        return await stage.store.memberships(account_id=stage.account_id)

    assert await give(Role.OWNER) == [Membership(person_id, stage.account_id, Role.OWNER)]
    assert await give(Role.VIEWER) == await stage.store.memberships(person_id=person_id)
    assert [person.person_id for person in await stage.store.people(stage.account_id)] == [person_id]
    assert await give(None) == []
    assert await stage.store.people(stage.account_id) == []


async def test_a_session_is_found_until_it_ends(stage: Stage) -> None:
    """By its digest; being used puts its end off."""
    person_id = await ada(stage)
    await add_sessions(stage, (b"a", session(person_id)))

    found = await stage.store.session(b"a", now=NOON + 9)
    assert found is not None
    assert (found.person_id, found.address) == (person_id, "::1")
    assert await stage.store.session(b"a", now=NOON + 10) is None

    await stage.store.write(lambda tx: tx.see_session(b"a", at=NOON + 9, expires_at=NOON + 20, address="::2"))
    await stage.store.write(lambda tx: tx.turn_session(found.session_id, account_id=stage.account_id, is_acting=True))
    again = await stage.store.session(b"a", now=NOON + 10)
    assert again is not None
    assert (again.address, again.account_id, again.is_acting) == ("::2", stage.account_id, True)


async def test_sessions_are_ended_one_by_one_or_together(stage: Stage) -> None:
    """And all of them when a person is disabled; nobody ends somebody else's."""
    person_id, other_id = await ada(stage), await ada(stage, "bob")
    await add_sessions(stage, *((digest, session(person_id)) for digest in (b"a", b"b", b"c")))
    await add_sessions(stage, (b"other", session(other_id)))

    async def ids() -> list[int]:
        return sorted(each.session_id for each in await stage.store.sessions(person_id, now=NOON))

    first, second, third = await ids()
    (others,) = await stage.store.sessions(other_id, now=NOON)
    assert await stage.store.write(lambda tx: tx.end_sessions(person_id, session_id=others.session_id)) == 0
    assert await stage.store.write(lambda tx: tx.end_sessions(person_id, session_id=first)) == 1
    assert await stage.store.write(lambda tx: tx.end_sessions(person_id, all_but=third)) == 1
    assert await ids() == [third]

    await stage.store.write(lambda tx: tx.change_person(person_id, name="", is_operator=False, disabled_at=NOON))
    assert await ids() == []
    assert await stage.store.sessions(other_id, now=NOON) == [others]
    assert second not in await ids()


async def test_a_ticket_works_once_and_the_newest_only(stage: Stage) -> None:
    """An older one of its kind is void, and so is one that is too old."""
    person_id = await ada(stage)

    async def add(digest: bytes, kind: TicketKind = TicketKind.RESET, expires_at: int = NOON + 10) -> None:
        await stage.store.write(
            lambda tx: tx.add_ticket(
                digest, kind=kind, person_id=person_id, made_by="x", at=NOON, expires_at=expires_at
            )
        )

    async def use(digest: bytes, at: int = NOON) -> TicketRow | None:
        return await stage.store.write(lambda tx: tx.use_ticket(digest, at=at))

    await add(b"old")
    await add(b"new")
    await add(b"invitation", TicketKind.INVITATION)

    assert await use(b"old") is None
    assert await stage.store.ticket(b"new", now=NOON + 10) is None
    assert await use(b"new") is not None
    assert await use(b"new") is None
    assert [each.kind for each in await stage.store.tickets(now=NOON)] == [TicketKind.INVITATION]
    assert await use(b"invitation", at=NOON + 10) is None


async def test_what_is_over_is_pruned(stage: Stage) -> None:
    """In steps; what is not over stays."""
    person_id = await ada(stage)
    await add_sessions(
        stage, (b"a", session(person_id)), (b"b", session(person_id)), (b"c", session(person_id, expires_at=NOON + 99))
    )

    async def prune() -> int:
        return await stage.store.write(lambda tx: tx.prune_people(now=NOON + 10, limit=1))

    assert [await prune(), await prune(), await prune()] == [1, 1, 0]
    assert len(await stage.store.sessions(person_id, now=NOON)) == 1


async def test_who_holds_the_keys_is_known_within_a_transaction(stage: Stage) -> None:
    """Owners of an account and operators of the service, without those who are shut out."""
    owner_id, viewer_id, out_id = await ada(stage), await ada(stage, "bob"), await ada(stage, "out")

    async def work(tx: Tx) -> tuple[list[int], list[int]]:
        await tx.set_membership(owner_id, stage.account_id, Role.OWNER)
        await tx.set_membership(viewer_id, stage.account_id, Role.VIEWER)
        await tx.set_membership(out_id, stage.account_id, Role.OWNER)
        await tx.change_person(out_id, name="", is_operator=True, disabled_at=NOON)
        await tx.change_person(viewer_id, name="", is_operator=True, disabled_at=None)
        return await tx.owners(stage.account_id), await tx.operators()

    assert await stage.store.write(work) == ([owner_id], [viewer_id])


async def test_a_new_password_and_shutting_out_void_every_ticket(stage: Stage) -> None:
    """A link that was asked for before chooses no further password; those of others stay."""
    tickets: dict[str, int] = {}

    async def invite(tx: Tx) -> None:
        for login in ("ada", "bob", "eve"):
            tickets[login] = await tx.add_person(login, "", is_operator=False, at=NOON)
            for kind in (TicketKind.INVITATION, TicketKind.RESET):
                digest = f"{login} {kind}".encode()
                await tx.add_ticket(
                    digest, kind=kind, person_id=tickets[login], made_by="cli:op", at=NOON, expires_at=NOON + 10
                )

    await stage.store.write(invite)
    await stage.store.write(lambda tx: tx.set_password(tickets["ada"], "hash"))
    await stage.store.write(lambda tx: tx.change_person(tickets["eve"], name="", is_operator=False, disabled_at=NOON))

    left = await stage.store.tickets(now=NOON)
    assert {each.person_id for each in left} == {tickets["bob"]}
