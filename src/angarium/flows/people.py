"""People coming in: by password and second factor, by a ticket, and out again.

Whoever may sign in is told no more than yes or no: a login that does not exist takes as long, and sounds the same, as a
wrong password.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, Protocol

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from angarium.core.account import token_hash
from angarium.core.clocktime import DAY_MS, HOUR_MS, SECOND_MS, UnixMs
from angarium.core.people import LOGIN_CHARACTERS_MAX, BadPerson, Role, check_password
from angarium.core.throttle import Throttle, home_of
from angarium.ports.audit import Act
from angarium.ports.clock import Clock
from angarium.ports.people import Membership, PersonRow, SessionRow, TicketKind, TicketRow
from angarium.ports.store import Store, Tx

SESSION_IDLE_MS: Final = 12 * HOUR_MS
"""A session that is not used for so long has ended."""
SESSION_LASTS_MS: Final = 30 * DAY_MS
"""However much it is used, after so long somebody signs in again: a cookie that was stolen is worth nothing then."""
SESSION_SEEN_MS: Final = 60 * SECOND_MS
"""How coarsely its use is noted: a write for each page would be too many."""
AGENT_CHARACTERS_MAX: Final = 200
TOTP_SECRET_OCTETS: Final = 20
TOTP_DIGITS: Final = 6
TOTP_STEP_S: Final = 30
TOTP_DRIFT_STEPS: Final = 1
"""A clock may be one step off, either way (RFC 6238, 5.2)."""


UNCONFIRMED: Final = "This is not your password, or there were too many wrong ones just now."
"""What whoever is asked for their own password is told when it was not taken."""


class Passwords(Protocol):
    """Hashes that are slow on purpose; both calls leave the loop alone."""

    async def hashed(self, password: str) -> str:
        """The password as it is stored."""
        ...

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is this one; takes as long when there is none to compare with, and says no."""
        ...


class Refused(Enum):
    """Why somebody does not come in. The value is what they are told."""

    WRONG = "Login, password or code is wrong."
    CODE_DUE = "Enter the code that your authenticator shows."
    TICKET_SPENT = "This link was used already, or is too old. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many wrong tries: the next one counts only after so long."""

    wait_ms: int


class Signed(NamedTuple):
    """Somebody has come in: the secret for their cookie, shown this once."""

    secret: str
    person: PersonRow


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a session belongs to, and what they may see."""

    person: PersonRow
    session: SessionRow
    roles: dict[int, Role]

    def role_in(self, account_id: int) -> Role | None:
        """The role in an account; an operator who acts for it is as good as its owner."""
        if self.person.is_operator and self.session.is_acting and self.session.account_id == account_id:
            return Role.OWNER
        return self.roles.get(account_id)

    @property
    def author(self) -> str:
        """Who, as the audit log says it."""
        acting = f" for account/{self.session.account_id}" if self.session.is_acting else ""
        return f"person:{self.person.login}{acting}"


class Gatehouse:
    """Lets people in and out."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        passwords: Passwords,
        new_secret: Callable[[], str],
        seal: Callable[[bytes], bytes],
        unseal: Callable[[bytes], bytes],
    ) -> None:
        """`new_secret` makes unguessable texts; `seal` and `unseal` keep second factors safe at rest."""
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._new_secret = new_secret
        self._seal = seal
        self._unseal = unseal
        self._throttle = Throttle()

    # --- in and out

    async def sign_in(
        self, login: str, password: str, code: str, *, address: str, agent: str
    ) -> Signed | Refused | Wait:
        """Come in by password, and by code where a second factor is set."""
        now = self._clock.now()
        login = _login_key(login)
        keys = (f"login:{login}", f"address:{home_of(address)}")
        wait_ms = self._throttle.begin(*keys, now=now)
        if wait_ms:
            return Wait(wait_ms)
        person = await self._store.person_of_login(login)
        known = person if person is not None and person.disabled_at is None else None
        refused = await self._judge(known, password, code, now=now)
        if refused is not Refused.WRONG:
            self._throttle.taken_back(*keys)
        if refused is not None or known is None:
            return refused or Refused.WRONG
        self._throttle.succeeded(keys[0])
        return await self._let_in(known, address=address, agent=agent, now=now)

    async def enter(self, ticket: str, *, address: str, agent: str) -> Signed | Refused:
        """Come in by an entry ticket, once."""
        now = self._clock.now()
        used = await self._use_ticket(ticket, TicketKind.ENTRY, now=now)
        person = None if used is None else await self._store.person(used.person_id)
        if person is None or person.disabled_at is not None:
            return Refused.TICKET_SPENT
        return await self._let_in(person, address=address, agent=agent, now=now)

    async def present(self, secret: str) -> Visitor | None:
        """Whose session this is, as things stand now; None when it has ended. That it is used is not noted."""
        session = await self._store.session(token_hash(secret.encode()), now=self._clock.now())
        person = None if session is None else await self._store.person(session.person_id)
        if session is None or person is None or person.disabled_at is not None:
            return None
        roles = {each.account_id: each.role for each in await self._store.memberships(person_id=person.person_id)}
        return Visitor(person, session, roles)

    async def visitor(self, secret: str, *, address: str) -> Visitor | None:
        """Whose session this is; None when it has ended. Its use is noted, coarsely."""
        found, now = await self.present(secret), self._clock.now()
        if found is None:
            return None
        session, digest = found.session, token_hash(secret.encode())
        if now - session.seen_at >= SESSION_SEEN_MS or address != session.address:
            expires_at = min(now + SESSION_IDLE_MS, session.created_at + SESSION_LASTS_MS)

            async def see(tx: Tx) -> None:
                await tx.see_session(digest, at=now, expires_at=expires_at, address=address)

            await self._store.write(see)
        return found

    async def sign_out(self, visitor: Visitor) -> None:
        """End this session."""
        await self.end_sessions(visitor.person.person_id, session_id=visitor.session.session_id)

    async def end_sessions(self, person_id: int, *, session_id: int | None = None, all_but: int | None = None) -> int:
        """End one session of a person, all of them, or all but one; returns how many."""

        async def work(tx: Tx) -> int:
            return await tx.end_sessions(person_id, session_id=session_id, all_but=all_but)

        return await self._store.write(work)

    async def turn(self, visitor: Visitor, account_id: int | None, *, is_acting: bool, act: Act | None = None) -> None:
        """Let the session's pages show another account; `act` goes into the audit log with it."""

        async def work(tx: Tx) -> None:
            await tx.turn_session(visitor.session.session_id, account_id=account_id, is_acting=is_acting)
            if act is not None:
                await tx.record([act])

        await self._store.write(work)

    # --- tickets and passwords

    async def holder(self, ticket: str) -> PersonRow | None:
        """Who may choose a password by this ticket; None when it is no such ticket any more."""
        row = await self._store.ticket(token_hash(ticket.encode()), now=self._clock.now())
        if row is None or row.kind is TicketKind.ENTRY:
            return None
        return await self._store.person(row.person_id)

    async def choose_password(self, ticket: str, password: str, *, address: str, agent: str) -> Signed | Refused:
        """Set a password by invitation or reset, and come in; every earlier session ends. Raises BadPerson.

        CODE_DUE: it is set, but whoever has a second factor comes in by that alone, however they came by the link.
        """
        person = await self.holder(ticket)
        if person is None or person.disabled_at is not None:
            return Refused.TICKET_SPENT
        hashed = await self._passwords.hashed(check_password(password, login=person.login))
        now = self._clock.now()

        async def work(tx: Tx) -> bool:
            if await tx.use_ticket(token_hash(ticket.encode()), at=now) is None:
                return False
            await tx.set_password(person.person_id, hashed)
            await tx.end_sessions(person.person_id)
            await tx.record([_own_act("person.choose_password", person, now)])
            return True

        if not await self._store.write(work):
            return Refused.TICKET_SPENT
        if person.totp_sealed is not None:
            return Refused.CODE_DUE
        return await self._let_in(person, address=address, agent=agent, now=now)

    async def change_password(self, visitor: Visitor, old: str, new: str) -> None:
        """Replace one's own password; other sessions end. Raises BadPerson."""
        person, now = visitor.person, self._clock.now()
        if not await self.confirms(visitor, old):
            raise BadPerson("old", UNCONFIRMED)
        hashed = await self._passwords.hashed(check_password(new, login=person.login))

        async def work(tx: Tx) -> None:
            await tx.set_password(person.person_id, hashed)
            await tx.end_sessions(person.person_id, all_but=visitor.session.session_id)
            await tx.record([_own_act("person.change_password", person, now)])

        await self._store.write(work)

    def asks_again(self, login: str, *, address: str) -> Wait | None:
        """Count that somebody asks for another password; Wait when that was too often, for whatever login."""
        now = self._clock.now()
        wait_ms = self._throttle.begin(f"forgotten:{_login_key(login)}", f"forgotten from:{home_of(address)}", now=now)
        return Wait(wait_ms) if wait_ms else None

    async def confirms(self, visitor: Visitor, password: str) -> bool:
        """Whether this is the visitor's own password: asked before a secret is shown. Wrong ones are throttled."""
        now = self._clock.now()
        key = f"login:{visitor.person.login}"
        if self._throttle.begin(key, now=now):
            return False
        if not await self._passwords.matches(password, visitor.person.password_hash):
            return False
        self._throttle.taken_back(key)
        return True

    async def proves(self, visitor: Visitor, password: str, code: str) -> Refused | Wait | None:
        """Whether this is the visitor in person: by password, and by code where a second factor is set; None says yes.

        Asked before something is made that goes on when the session has ended. Wrong ones are throttled.
        """
        now = self._clock.now()
        key = f"login:{visitor.person.login}"
        wait_ms = self._throttle.begin(key, now=now)
        if wait_ms:
            return Wait(wait_ms)
        refused = await self._judge(visitor.person, password, code, now=now)
        if refused is not Refused.WRONG:
            self._throttle.taken_back(key)
        return refused

    # --- second factor

    async def set_second_factor(self, person: PersonRow, secret: bytes, code: str) -> bool:
        """Set it once a code shows that the authenticator has the secret."""
        now = self._clock.now()
        step = _step_of(secret, code, now=now)
        if step is None:
            return False

        async def work(tx: Tx) -> None:
            await tx.set_totp(person.person_id, self._seal(secret))
            await tx.use_totp_step(person.person_id, step)
            await tx.record([_own_act("person.set_second_factor", person, now)])

        await self._store.write(work)
        return True

    async def remove_second_factor(self, person: PersonRow) -> None:
        """Go back to the password alone, by one's own choice."""
        now = self._clock.now()

        async def work(tx: Tx) -> None:
            await tx.set_totp(person.person_id, None)
            await tx.record([_own_act("person.remove_second_factor", person, now)])

        await self._store.write(work)

    async def prune(self) -> int:
        """Drop ended sessions and old tickets."""
        now = self._clock.now()

        async def work(tx: Tx) -> int:
            return await tx.prune_people(now=now, limit=1_000)

        return await self._store.write(work)

    async def _judge(self, person: PersonRow | None, password: str, code: str, *, now: UnixMs) -> Refused | None:
        """What is wrong with a password, and with a code where one is due; as slow for nobody as for somebody."""
        if not await self._passwords.matches(password, None if person is None else person.password_hash):
            return Refused.WRONG
        if person is None or person.totp_sealed is None:
            return None
        if not code.strip():
            return Refused.CODE_DUE
        return None if await self._take_code(person, code, now=now) else Refused.WRONG

    async def _take_code(self, person: PersonRow, code: str, *, now: UnixMs) -> bool:
        assert person.totp_sealed is not None
        step = _step_of(self._unseal(person.totp_sealed), code, now=now)
        if step is None:
            return False
        taken = step

        async def work(tx: Tx) -> bool:
            return await tx.use_totp_step(person.person_id, taken)

        return await self._store.write(work)

    async def _let_in(self, person: PersonRow, *, address: str, agent: str, now: UnixMs) -> Signed:
        secret = self._new_secret()
        memberships = sorted(await self._store.memberships(person_id=person.person_id), key=_by_account)
        session = SessionRow(
            session_id=0,
            person_id=person.person_id,
            account_id=memberships[0].account_id if memberships else None,
            is_acting=False,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_IDLE_MS,
            address=address,
            agent=agent[:AGENT_CHARACTERS_MAX],
        )

        async def work(tx: Tx) -> None:
            await tx.add_session(token_hash(secret.encode()), session)

        await self._store.write(work)
        return Signed(secret, person)

    async def _use_ticket(self, ticket: str, kind: TicketKind, *, now: UnixMs) -> TicketRow | None:
        async def work(tx: Tx) -> TicketRow | None:
            return await tx.use_ticket(token_hash(ticket.encode()), at=now)

        used = await self._store.write(work)
        return used if used is not None and used.kind is kind else None


def _own_act(action: str, person: PersonRow, now: UnixMs) -> Act:
    """What somebody did to their own way in."""
    return Act(now, f"person:{person.login}", action, "person", person.person_id)


def _login_key(login: str) -> str:
    """A login as it is looked up; what is too long for one is no longer than it must be to be none."""
    return login.strip().lower()[: LOGIN_CHARACTERS_MAX + 1]


def _by_account(membership: Membership) -> int:
    return membership.account_id


def _step_of(secret: bytes, code: str, *, now: UnixMs) -> int | None:
    """The time step whose code this is, within the drift that is allowed; None for a wrong one."""
    digits = code.replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == TOTP_DIGITS):
        return None
    generator = TOTP(secret, TOTP_DIGITS, SHA1(), TOTP_STEP_S, enforce_key_length=False)  # noqa: S303
    now_step = now // (TOTP_STEP_S * SECOND_MS)
    for step in range(now_step - TOTP_DRIFT_STEPS, now_step + TOTP_DRIFT_STEPS + 1):
        if hmac.compare_digest(generator.generate(step * TOTP_STEP_S), digits.encode()):
            return step
    return None
