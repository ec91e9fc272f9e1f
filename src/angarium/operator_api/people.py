"""People: who may sign in to the console, with which role, and from where they are signed in now."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType

from angarium.core.people import LOGIN_CHARACTERS_MAX, NAME_CHARACTERS_MAX, BadPerson, Role
from angarium.flows import members as flow
from angarium.flows.accounts import find_account
from angarium.flows.desk import Mistaken
from angarium.flows.operators import Scope
from angarium.operator_api.operations import Call, Table, operation
from angarium.operator_api.problems import Code
from angarium.operator_api.values import (
    Body,
    Id,
    Moment,
    NoBody,
    NoParameters,
    NoReply,
    Page,
    Paged,
    Parameters,
    Reply,
    certain_moment,
    moment,
)
from angarium.ports.people import Membership, PersonRow, SessionRow, TicketKind, TicketRow

Login = Annotated[str, Meta(min_length=1, max_length=LOGIN_CHARACTERS_MAX, description="An e-mail address, or a name.")]
PersonName = Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX, description="How pages call them; empty: the login.")]


class PersonRole(Reply, frozen=True, kw_only=True):
    """What somebody may do in an account."""

    account_id: Id
    role: Role


class Person(Reply, frozen=True, kw_only=True):
    """Somebody who may sign in."""

    person_id: Id
    login: str
    name: str
    is_operator: bool
    """Runs the service, and sees everything."""
    roles: list[PersonRole]
    has_password: bool
    """False until an invitation was used."""
    has_second_factor: bool
    created_at: Moment
    disabled_at: Moment | None


class Session(Reply, frozen=True, kw_only=True):
    """A browser that is signed in."""

    session_id: Id
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    address: str
    agent: str
    acts_for_account_id: Id | None
    """The account in whose pages an operator works."""


class Link(Reply, frozen=True, kw_only=True):
    """A link that can still be used, without the secret in it."""

    kind: TicketKind
    made_by: str
    created_at: Moment
    expires_at: Moment


class PersonDetail(Person, frozen=True, kw_only=True):
    """Somebody, with their sessions and links."""

    sessions: list[Session]
    """Last seen first."""
    links: list[Link]


class NewLink(Reply, frozen=True, kw_only=True):
    """A link by which somebody chooses a password: it works once, is shown in this answer only, and is not mailed."""

    person: Person
    link: str


class Invitation(Body, frozen=True, kw_only=True):
    """Somebody new: an operator, or a member of an account, or both."""

    login: Login
    name: PersonName = ""
    is_operator: bool = False
    account_id: Id | None = None
    role: Annotated[Role, Meta(description="In that account.")] = Role.DEVELOPER


class PersonChanges(Body, frozen=True, kw_only=True):
    """What is to be changed; what is left out stays. Somebody must run the service."""

    is_operator: bool | UnsetType = UNSET
    is_disabled: Annotated[bool, Meta(description="Shut out at once: every session ends.")] | UnsetType = UNSET


class GivenRole(Body, frozen=True, kw_only=True):
    """What somebody may do in an account."""

    role: Role


class PeopleOf(Paged, frozen=True, kw_only=True):
    """Everybody, or the members of one account."""

    account_id: Id | None = None


class PersonPath(Parameters, frozen=True, kw_only=True):
    """One person."""

    person_id: Id


class RolePath(Parameters, frozen=True, kw_only=True):
    """A person in an account."""

    person_id: Id
    account_id: Id


class SessionPath(Parameters, frozen=True, kw_only=True):
    """One session of a person."""

    person_id: Id
    session_id: Id


@operation("GET", "/v1/people", Scope.ADMIN, "List the people who may sign in to the console", problems=(Code.UNKNOWN,))
async def list_people(call: Call[PeopleOf, NoBody]) -> Page[Person]:
    """In the order of their numbers."""
    store, given = call.desk.store, call.parameters
    if given.account_id is not None:
        await find_account(call.desk, given.account_id)
    roles: dict[int, list[Membership]] = {}
    for each in await store.memberships():
        roles.setdefault(each.person_id, []).append(each)
    rows = sorted(await store.people(given.account_id), key=lambda row: row.person_id)
    return given.page_of_all(
        rows, lambda row: Person(**_members(row, roles.get(row.person_id, []))), key=lambda row: row.person_id
    )


@operation(
    "POST",
    "/v1/people",
    Scope.ADMIN,
    "Invite somebody; the link by which they choose a password is in this answer only",
    status=201,
    problems=(Code.UNKNOWN, Code.CONFLICT),
)
async def invite_person(call: Call[NoParameters, Invitation]) -> NewLink:
    """With the link of the invitation."""
    body = call.body
    if not body.is_operator and body.account_id is None:
        raise Mistaken("account_id", "Say what they may do: give is_operator, or account_id and role.")
    if body.account_id is not None:
        await find_account(call.desk, body.account_id)
    role = None if body.account_id is None else (body.account_id, body.role)
    try:
        invited = await flow.invite(call.desk, body.login, body.name, is_operator=body.is_operator, role=role)
    except BadPerson as error:
        raise Mistaken(error.field, str(error)) from error
    return await _handed_over(call, invited.person_id, invited.ticket)


@operation(
    "GET",
    "/v1/people/{person_id}",
    Scope.ADMIN,
    "Show a person with their sessions, and the links that can still be used",
)
async def show_person(call: Call[PersonPath, NoBody]) -> PersonDetail:
    """With sessions and links."""
    store, now = call.desk.store, call.desk.now
    row = await flow.find_person(call.desk, call.parameters.person_id)
    return PersonDetail(
        **_members(row, await store.memberships(person_id=row.person_id)),
        sessions=[_session(each) for each in await store.sessions(row.person_id, now=now)],
        links=[_link(each) for each in await store.tickets(now=now) if each.person_id == row.person_id],
    )


@operation(
    "PATCH",
    "/v1/people/{person_id}",
    Scope.ADMIN,
    "Make a person an operator or not, shut them out or let them in again",
)
async def change_person(call: Call[PersonPath, PersonChanges]) -> Person:
    """Operator or not, shut out or not."""
    row = await flow.find_person(call.desk, call.parameters.person_id)
    operator, disabled = call.body.is_operator, call.body.is_disabled
    await flow.change(
        call.desk,
        row,
        is_operator=None if operator is UNSET else operator,
        is_disabled=None if disabled is UNSET else disabled,
    )
    return await _person(call, row.person_id)


@operation(
    "POST",
    "/v1/people/{person_id}/link",
    Scope.ADMIN,
    "Make a link by which a person chooses a password; earlier ones are void",
    status=201,
)
async def make_link(call: Call[PersonPath, NoBody]) -> NewLink:
    """For whoever was invited, or has forgotten the password."""
    row = await flow.find_person(call.desk, call.parameters.person_id)
    return await _handed_over(call, row.person_id, await flow.new_ticket(call.desk, row))


@operation(
    "DELETE",
    "/v1/people/{person_id}/second-factor",
    Scope.ADMIN,
    "Let a person whose authenticator is lost sign in by the password alone",
    status=204,
)
async def remove_second_factor(call: Call[PersonPath, NoBody]) -> NoReply:
    """The authenticator is lost."""
    await flow.remove_second_factor(call.desk, await flow.find_person(call.desk, call.parameters.person_id))
    return NoReply()


@operation("PUT", "/v1/people/{person_id}/roles/{account_id}", Scope.ADMIN, "Give a person a role in an account")
async def give_role(call: Call[RolePath, GivenRole]) -> Person:
    """In an account."""
    return await _set_role(call, call.body.role)


@operation(
    "DELETE", "/v1/people/{person_id}/roles/{account_id}", Scope.ADMIN, "Take a person out of an account", status=204
)
async def take_role(call: Call[RolePath, NoBody]) -> NoReply:
    """Out of an account."""
    await _set_role(call, None)
    return NoReply()


@operation("DELETE", "/v1/people/{person_id}/sessions", Scope.ADMIN, "End all sessions of a person at once", status=204)
async def end_sessions(call: Call[PersonPath, NoBody]) -> NoReply:
    """All of them."""
    await flow.end_sessions(call.desk, await flow.find_person(call.desk, call.parameters.person_id))
    return NoReply()


@operation(
    "DELETE", "/v1/people/{person_id}/sessions/{session_id}", Scope.ADMIN, "End one session of a person", status=204
)
async def end_session(call: Call[SessionPath, NoBody]) -> NoReply:
    """One."""
    row = await flow.find_person(call.desk, call.parameters.person_id)
    await flow.end_sessions(call.desk, row, call.parameters.session_id)
    return NoReply()


async def _set_role(call: Call[RolePath, Any], role: Role | None) -> Person:
    account = await find_account(call.desk, call.parameters.account_id)
    row = await flow.find_person(call.desk, call.parameters.person_id)
    await flow.give_role(call.desk, row, account.account_id, role, may_be_ownerless=True)
    return await _person(call, row.person_id)


async def _handed_over(call: Call[Any, Any], person_id: int, ticket: str) -> NewLink:
    link = f"{call.surroundings.console_address()}{flow.PASSWORD_PATH}{ticket}"
    return NewLink(person=await _person(call, person_id), link=link)


async def _person(call: Call[Any, Any], person_id: int) -> Person:
    row = await flow.find_person(call.desk, person_id)
    return Person(**_members(row, await call.desk.store.memberships(person_id=person_id)))


def _members(row: PersonRow, roles: list[Membership]) -> dict[str, Any]:
    return {
        "person_id": row.person_id,
        "login": row.login,
        "name": row.name,
        "is_operator": row.is_operator,
        "roles": [PersonRole(account_id=each.account_id, role=each.role) for each in roles],
        "has_password": row.password_hash is not None,
        "has_second_factor": row.totp_sealed is not None,
        "created_at": certain_moment(row.created_at),
        "disabled_at": moment(row.disabled_at),
    }


def _session(row: SessionRow) -> Session:
    return Session(
        session_id=row.session_id,
        created_at=certain_moment(row.created_at),
        seen_at=certain_moment(row.seen_at),
        expires_at=certain_moment(row.expires_at),
        address=row.address,
        agent=row.agent,
        acts_for_account_id=row.account_id if row.is_acting else None,
    )


def _link(row: TicketRow) -> Link:
    return Link(
        kind=row.kind,
        made_by=row.made_by,
        created_at=certain_moment(row.created_at),
        expires_at=certain_moment(row.expires_at),
    )


OPERATIONS: Final[Table] = (
    list_people,
    invite_person,
    show_person,
    change_person,
    make_link,
    remove_second_factor,
    give_role,
    take_role,
    end_sessions,
    end_session,
)
