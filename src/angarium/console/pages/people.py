"""The members of an account, as its owners keep them."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from angarium.console.links import Shown, handed_over
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.people import BadPerson, Role
from angarium.flows import members
from angarium.flows.desk import Mistaken
from angarium.ports.store import AlreadyExists

ROLES: Final = (
    (Role.OWNER.value, "Owner: everything, people and credit included"),
    (Role.DEVELOPER.value, "Developer: send, and set up API connections"),
    (Role.VIEWER.value, "Viewer: look, and change nothing"),
)


async def show(visit: Visit) -> Response:
    """Who belongs to the account, with which role."""
    return await _show(visit)


async def invite(visit: Visit) -> Response:
    """Make a member, and show the link by which they come in."""
    form = await visit.form()
    role = read_role(visit, form.get("role", ""))
    if role is None:
        return await _show(visit)
    try:
        invited = await members.invite(
            visit.desk, form.get("login", ""), form.get("name", ""), role=(visit.of.account_id, role)
        )
    except BadPerson as error:
        visit.problem(error.field, str(error))
        return await _show(visit)
    except AlreadyExists:
        visit.problem(
            "login", "There is a person with this login already: whoever runs this service can make them a member."
        )
        return await _show(visit)
    person = await members.find_person(visit.desk, invited.person_id)
    shown = await handed_over(visit.parts, person, invited.ticket, by=visit.who.person)
    visit.typed = {}
    return await _show(visit, shown)


async def give_role(visit: Visit) -> Response:
    """Change what a member may do."""
    person = await members.find_member(visit.desk, visit.of.account_id, visit.number("person_id"))
    role = read_role(visit, (await visit.form()).get("role", ""))
    visit.typed = {}
    if role is None:
        return await _show(visit)
    try:
        await members.give_role(visit.desk, person, visit.of.account_id, role)
    except Mistaken as error:
        visit.problem("", str(error))
        return await _show(visit)
    if person.person_id == visit.who.person.person_id and role is not Role.OWNER and not visit.who.session.is_acting:
        return visit.go("./", f"From now on you are a {role.value} here.")
    return visit.go("./people", f"{person.name} is {role.value} now.")


async def remove(visit: Visit) -> Response:
    """Take a member out of the account."""
    person = await members.find_member(visit.desk, visit.of.account_id, visit.number("person_id"))
    try:
        await members.give_role(visit.desk, person, visit.of.account_id, None)
    except Mistaken as error:
        visit.problem("", str(error))
        return await _show(visit)
    if person.person_id == visit.who.person.person_id and not visit.who.session.is_acting:
        return visit.go("/", f"You have left {visit.of.name}.")
    return visit.go("./people", f"{person.name} is no member any more.")


async def new_link(visit: Visit) -> Response:
    """A new link for a member who was invited, or has forgotten the password."""
    person = await members.find_member(visit.desk, visit.of.account_id, visit.number("person_id"))
    try:
        ticket = await members.new_ticket_for_member(visit.desk, visit.of.account_id, person)
    except Mistaken as error:
        visit.problem("", str(error))
        return await _show(visit)
    return await _show(visit, await handed_over(visit.parts, person, ticket, by=visit.who.person))


def read_role(visit: Visit, text: str) -> Role | None:
    """A role that was chosen; None, and said so, when it is none."""
    try:
        return Role(text)
    except ValueError:
        visit.problem("role", "Choose one of these roles.")
        return None


async def _show(visit: Visit, shown: Shown | None = None) -> Response:
    account_id = visit.of.account_id
    roles = {each.person_id: each.role for each in await visit.parts.store.memberships(account_id=account_id)}
    people = [person for person in await visit.parts.store.people(account_id) if person.person_id in roles]
    return visit.show("people.html", people=people, roles=roles, choices=ROLES, shown=shown)


PAGES: Final = (
    Page("/accounts/{account_id:int}/people", show, Needs.OWNER),
    Page("/accounts/{account_id:int}/people", invite, Needs.OWNER, "POST"),
    Page("/accounts/{account_id:int}/people/{person_id:int}/role", give_role, Needs.OWNER, "POST"),
    Page("/accounts/{account_id:int}/people/{person_id:int}/remove", remove, Needs.OWNER, "POST"),
    Page("/accounts/{account_id:int}/people/{person_id:int}/link", new_link, Needs.OWNER, "POST"),
)
