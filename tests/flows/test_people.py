"""People coming in, and being kept out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from angarium.core.account import AccountSettings
from angarium.core.clocktime import MINUTE_MS, SECOND_MS
from angarium.core.people import BadPerson, Role
from angarium.core.throttle import FREE_FAILURES
from angarium.flows import members
from angarium.flows.desk import Desk
from angarium.flows.members import TICKETS_LAST_MS
from angarium.flows.people import (
    SESSION_IDLE_MS,
    SESSION_LASTS_MS,
    TOTP_STEP_S,
    Gatehouse,
    Refused,
    Signed,
    Visitor,
    Wait,
)
from angarium.ports.people import TicketKind
from angarium.stores.sqlite.store import SqliteStore
from tests.gateway import NOON, SetClock

PASSWORD = "a horse in the sea"
SECRET = b"12345678901234567890"
HOME = {"address": "192.0.2.1", "agent": "Browser"}


class PlainPasswords:
    """Hashes that are quick, for tests."""

    def __init__(self) -> None:
        self.compared = 0

    async def hashed(self, password: str) -> str:
        """Itself, marked."""
        return f"hash of {password}"

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Counted, so that a test sees that nobody is told apart by time."""
        self.compared += 1
        await asyncio.sleep(0)  # no time passes: others get their turn, as they do while a hash is made
        return password_hash == f"hash of {password}"


class House:
    """A gatehouse with a person in it."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.clock = SetClock()
        self.passwords = PlainPasswords()
        self.numbers = count(1)
        store_: Any = store
        self.gate = Gatehouse(
            store=store_,
            clock=self.clock,
            passwords=self.passwords,
            new_secret=lambda: f"secret {next(self.numbers)}",
            seal=lambda secret: b"sealed " + secret,
            unseal=lambda sealed: sealed.removeprefix(b"sealed "),
        )

    @property
    def desk(self) -> Desk:
        """Where people are kept, at this moment."""
        anything: Any = self
        store: Any = self.store
        return Desk(store=store, checks=anything, mint=anything, author="cli:op", now=self.clock.at)

    def ticket(self) -> str:
        """What a link for one use ends in."""
        return f"ticket {next(self.numbers)}"

    async def sign_in(self, password: str = PASSWORD, *, login: str = "ada", code: str = "", **where: str) -> Any:
        """Ada tries to come in."""
        return await self.gate.sign_in(login, password, code, **{**HOME, **where})

    async def visitor(self) -> Visitor:
        """Ada, signed in."""
        signed = await self.sign_in()
        assert isinstance(signed, Signed)
        visitor = await self.gate.visitor(signed.secret, address=HOME["address"])
        assert visitor is not None
        return visitor

    def code(self, *, steps: int = 0) -> str:
        """What the authenticator shows now, or some steps from now."""
        totp = TOTP(SECRET, 6, SHA1(), TOTP_STEP_S)
        return totp.generate(self.clock.at // SECOND_MS + steps * TOTP_STEP_S).decode()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Ada was invited and has chosen her password."""
    store = SqliteStore(tmp_path / "angarium.db")
    house = House(store)
    account = await store.create_account("Acme", AccountSettings(), at=NOON)
    _, ticket = await members.invite(house.desk, " Ada ", "Ada", role=(account.account_id, Role.OWNER))
    assert isinstance(await house.gate.choose_password(ticket, PASSWORD, **HOME), Signed)
    yield house
    await store.close()


async def test_the_right_password_lets_in(house: House) -> None:
    """The session knows who it is, and which account its pages show first."""
    visitor = await house.visitor()

    assert visitor.person.login == "ada"
    assert visitor.role_in(visitor.session.account_id or 0) is Role.OWNER
    assert visitor.author == "person:ada"
    assert visitor.role_in(99) is None


@pytest.mark.parametrize("login", ["ada", "nobody"])
async def test_a_wrong_password_and_a_wrong_login_sound_the_same(house: House, login: str) -> None:
    """And take as long: a password is compared in both cases."""
    before = house.passwords.compared

    assert await house.sign_in("wrong", login=login) is Refused.WRONG

    assert house.passwords.compared == before + 1


async def test_too_many_wrong_tries_have_to_wait(house: House) -> None:
    """By login and by address; the right password waits too, and then works."""
    for _ in range(FREE_FAILURES):
        assert await house.sign_in("wrong") is Refused.WRONG

    waits = await house.sign_in()
    assert isinstance(waits, Wait)
    elsewhere = await house.sign_in(address="192.0.2.2")
    another = await house.sign_in("wrong", login="bob")
    assert isinstance(elsewhere, Wait)
    assert isinstance(another, Wait)

    house.clock.at += waits.wait_ms
    assert isinstance(await house.sign_in(), Signed)


async def test_tries_at_once_are_no_more_than_one_after_another(house: House) -> None:
    """Whoever sends a thousand passwords in one moment has as many compared as somebody who waits for each."""
    outcomes = await asyncio.gather(*(house.sign_in(f"guess {number}") for number in range(50)))

    assert house.passwords.compared == FREE_FAILURES
    assert sum(isinstance(each, Wait) for each in outcomes) == 50 - FREE_FAILURES


async def test_one_home_in_ipv6_is_one_address(house: House) -> None:
    """A subscriber has 2**64 of them; neighbours are not held up."""
    for number in range(FREE_FAILURES):
        await house.sign_in("wrong", login=f"ada{number}", address=f"2001:db8::{number:x}")

    assert isinstance(await house.sign_in("wrong", login="bob", address="2001:db8::ffff"), Wait)
    assert await house.sign_in("wrong", login="bob", address="2001:db8:0:1::1") is Refused.WRONG


async def test_a_right_password_without_its_code_is_no_failure(house: House) -> None:
    """But neither does it make up for wrong codes."""
    visitor = await house.visitor()
    assert await house.gate.set_second_factor(visitor.person, SECRET, house.code())

    for _ in range(FREE_FAILURES * 2):
        assert await house.sign_in() is Refused.CODE_DUE
    for _ in range(FREE_FAILURES):
        assert await house.sign_in() is Refused.CODE_DUE
        assert await house.sign_in(code="000000") is Refused.WRONG

    assert isinstance(await house.sign_in(), Wait)


async def test_one_s_own_password_cannot_be_guessed_on_a_found_screen(house: House) -> None:
    """Neither where it is changed nor where it is asked for before a secret is shown."""
    visitor = await house.visitor()
    for _ in range(FREE_FAILURES):
        with pytest.raises(BadPerson, match="not your password"):
            await house.gate.change_password(visitor, "wrong", "another long sentence")
    compared = house.passwords.compared

    with pytest.raises(BadPerson, match="too many wrong ones"):
        await house.gate.change_password(visitor, PASSWORD, "another long sentence")
    assert not await house.gate.confirms(visitor, PASSWORD)
    assert house.passwords.compared == compared


async def test_a_reset_does_not_make_up_for_a_second_factor(house: House) -> None:
    """Whoever reads somebody's mail, or owns their account, comes in by the code alone."""
    visitor = await house.visitor()
    assert await house.gate.set_second_factor(visitor.person, SECRET, house.code())
    ticket = await members.new_ticket(house.desk, visitor.person, TicketKind.RESET)

    assert await house.gate.choose_password(ticket, "quite another one", **HOME) is Refused.CODE_DUE

    assert await house.store.sessions(visitor.person.person_id, now=house.clock.at) == []
    assert await house.sign_in("quite another one") is Refused.CODE_DUE
    house.clock.at += TOTP_STEP_S * SECOND_MS
    assert isinstance(await house.sign_in("quite another one", code=house.code()), Signed)


async def test_a_ticket_chooses_one_password_however_often_it_is_used_at_once(house: House) -> None:
    """Both browsers that hold it show the form; one of them is let in."""
    ticket = await members.new_ticket(house.desk, (await house.visitor()).person, TicketKind.RESET)

    outcomes = await asyncio.gather(
        *(house.gate.choose_password(ticket, f"sentence number {number}", **HOME) for number in range(5))
    )

    assert [isinstance(each, Signed) for each in outcomes].count(True) == 1
    assert outcomes.count(Refused.TICKET_SPENT) == 4


async def test_a_second_factor_is_asked_for_and_taken_once(house: House) -> None:
    """A code that was seen once is worth nothing; a clock may be one step off."""
    visitor = await house.visitor()
    assert not await house.gate.set_second_factor(visitor.person, SECRET, "000000")
    assert await house.gate.set_second_factor(visitor.person, SECRET, house.code())

    assert await house.sign_in() is Refused.CODE_DUE
    assert await house.sign_in(code=house.code()) is Refused.WRONG
    house.clock.at += TOTP_STEP_S * SECOND_MS
    assert isinstance(await house.sign_in(code=house.code(steps=1)), Signed)
    assert await house.sign_in(code=house.code()) is Refused.WRONG
    assert await house.sign_in(code="12 34") is Refused.WRONG

    await house.gate.remove_second_factor(visitor.person)
    assert isinstance(await house.sign_in(), Signed)


async def test_somebody_who_has_come_in_proves_once_more_who_they_are(house: House) -> None:
    """By password, and by code once a second factor is set; too many wrong tries have to wait here too."""
    visitor = await house.visitor()
    assert await house.gate.proves(visitor, "wrong", "") is Refused.WRONG
    assert await house.gate.proves(visitor, PASSWORD, "") is None

    await house.gate.set_second_factor(visitor.person, SECRET, house.code())
    signed = await house.sign_in(code=house.code(steps=1))
    visitor = await house.gate.visitor(signed.secret, address=HOME["address"]) or visitor
    house.clock.at += TOTP_STEP_S * SECOND_MS

    assert await house.gate.proves(visitor, PASSWORD, " ") is Refused.CODE_DUE
    assert await house.gate.proves(visitor, PASSWORD, house.code()) is Refused.WRONG
    assert await house.gate.proves(visitor, PASSWORD, house.code(steps=1)) is None
    for _ in range(FREE_FAILURES):
        await house.gate.proves(visitor, "wrong", house.code())
    assert isinstance(await house.gate.proves(visitor, PASSWORD, house.code(steps=1)), Wait)


async def test_a_session_ends_when_nobody_uses_it(house: House) -> None:
    """Use puts its end off, and is noted coarsely."""
    signed = await house.sign_in()
    for _ in range(3):
        house.clock.at += SESSION_IDLE_MS - MINUTE_MS
        assert await house.gate.visitor(signed.secret, address="192.0.2.9") is not None

    house.clock.at += SESSION_IDLE_MS

    assert await house.gate.visitor(signed.secret, address="192.0.2.9") is None
    assert await house.gate.visitor("made up", address="192.0.2.9") is None
    assert await house.gate.prune() > 0


async def test_a_session_ends_however_much_it_is_used(house: House) -> None:
    """Whoever has its cookie uses it every hour, for a month at the most."""
    signed = await house.sign_in()
    began = house.clock.at
    while await house.gate.visitor(signed.secret, address=HOME["address"]) is not None:
        house.clock.at += SESSION_IDLE_MS - MINUTE_MS

    assert SESSION_LASTS_MS <= house.clock.at - began < SESSION_LASTS_MS + SESSION_IDLE_MS


async def test_a_code_lets_in_once_however_often_it_is_sent_at_once(house: House) -> None:
    """Whoever looks over somebody's shoulder is too late, also by a millisecond."""
    visitor = await house.visitor()
    assert await house.gate.set_second_factor(visitor.person, SECRET, house.code())
    house.clock.at += TOTP_STEP_S * SECOND_MS

    outcomes = await asyncio.gather(*(house.sign_in(code=house.code()) for _ in range(3)))

    assert sorted(isinstance(each, Signed) for each in outcomes) == [False, False, True]


async def test_a_new_password_ends_the_other_sessions(house: House) -> None:
    """Whoever had the old one is out."""
    other, visitor = await house.visitor(), await house.visitor()
    with pytest.raises(BadPerson, match="not your password"):
        await house.gate.change_password(visitor, "wrong", "another long sentence")
    with pytest.raises(BadPerson, match="at least"):
        await house.gate.change_password(visitor, PASSWORD, "short")

    await house.gate.change_password(visitor, PASSWORD, "another long sentence")

    left = await house.store.sessions(visitor.person.person_id, now=house.clock.at)
    assert [each.session_id for each in left] == [visitor.session.session_id]
    assert other.session.session_id != visitor.session.session_id
    assert await house.sign_in() is Refused.WRONG
    assert isinstance(await house.sign_in("another long sentence"), Signed)


async def test_a_reset_works_once_and_not_for_long(house: House) -> None:
    """It ends every session, and a bad password does not use it up."""
    visitor = await house.visitor()
    ticket = await members.new_ticket(house.desk, visitor.person, TicketKind.RESET)
    with pytest.raises(BadPerson):
        await house.gate.choose_password(ticket, "ada", **HOME)

    assert isinstance(await house.gate.choose_password(ticket, "quite another one", **HOME), Signed)

    assert await house.gate.choose_password(ticket, "quite another one", **HOME) is Refused.TICKET_SPENT
    assert len(await house.store.sessions(visitor.person.person_id, now=house.clock.at)) == 1
    late = await members.new_ticket(house.desk, visitor.person, TicketKind.RESET)
    house.clock.at += TICKETS_LAST_MS[TicketKind.RESET]
    assert await house.gate.holder(late) is None


async def test_an_entry_ticket_lets_in_without_a_password_once(house: House) -> None:
    """It chooses no password, and a reset is no entry."""
    person = (await house.visitor()).person
    ticket = await members.new_ticket(house.desk, person, TicketKind.ENTRY)
    reset = await members.new_ticket(house.desk, person, TicketKind.RESET)

    assert await house.gate.holder(ticket) is None
    assert isinstance(await house.gate.enter(ticket, **HOME), Signed)
    assert await house.gate.enter(ticket, **HOME) is Refused.TICKET_SPENT
    assert await house.gate.enter(reset, **HOME) is Refused.TICKET_SPENT


async def test_a_disabled_person_is_out_at_once(house: House) -> None:
    """Sessions, password and tickets: none of them opens anything."""
    signed = await house.sign_in()
    person_id = signed.person.person_id
    ticket = await members.new_ticket(house.desk, signed.person, TicketKind.INVITATION)
    await house.store.write(
        lambda tx: tx.change_person(person_id, name="Ada", is_operator=False, disabled_at=house.clock.at)
    )

    assert await house.gate.visitor(signed.secret, address=HOME["address"]) is None
    assert await house.sign_in() is Refused.WRONG
    assert await house.gate.choose_password(ticket, PASSWORD, **HOME) is Refused.TICKET_SPENT


async def test_an_invitation_waits_a_week(house: House) -> None:
    """After that the operator invites again."""
    _, ticket = await members.invite(house.desk, "bob@example.com", "", is_operator=True)
    house.clock.at += TICKETS_LAST_MS[TicketKind.INVITATION] - 1
    holder = await house.gate.holder(ticket)
    assert holder is not None
    assert (holder.login, holder.name, holder.is_operator) == ("bob@example.com", "bob@example.com", True)

    house.clock.at += 1

    assert await house.gate.holder(ticket) is None


async def test_an_operator_who_acts_for_an_account_is_as_good_as_its_owner(house: House) -> None:
    """For that account, while it lasts; and the audit log will say so."""
    _, ticket = await members.invite(house.desk, "op", "", is_operator=True)
    signed = await house.gate.choose_password(ticket, PASSWORD, **HOME)
    assert isinstance(signed, Signed)
    visitor = await house.gate.visitor(signed.secret, address="::1")
    assert visitor is not None
    assert visitor.role_in(1) is None

    await house.gate.turn(visitor, 1, is_acting=True)

    acting = await house.gate.visitor(signed.secret, address="::1")
    assert acting is not None
    assert (acting.role_in(1), acting.role_in(2)) == (Role.OWNER, None)
    assert acting.author == "person:op for account/1"
