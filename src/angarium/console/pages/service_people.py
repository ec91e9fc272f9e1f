"""Everybody who may sign in, as operators keep them."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from starlette.responses import Response

from angarium.console.links import Shown, handed_over
from angarium.console.pages.people import ROLES, read_role
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.core.people import BadPerson, Role, read_login
from angarium.flows import members
from angarium.flows.desk import Mistaken
from angarium.flows.operators import left_behind
from angarium.ports.people import PersonRow

PEOPLE_SHOWN_MAX: Final = 200
OPERATOR: Final = "operator"


async def show(visit: Visit) -> Response:
    """Everybody, or those whose login or name has some letters in it."""
    return await _show(visit)


async def invite(visit: Visit) -> Response:
    """Make a person, or give a known one another role; somebody new is shown the link of."""
    form = await visit.form()
    chosen = form.get("account_id", "")
    account = visit.parts.tables.directory.accounts.get(read_key(chosen) or 0)
    is_operator = chosen == OPERATOR
    role = None if is_operator else read_role(visit, form.get("role", ""))
    if account is None and not is_operator:
        visit.problem("account_id", "Choose what they belong to.")
    if visit.problems:
        return await _show(visit)
    membership = None if account is None or role is None else (account.account_id, role)
    try:
        person = await visit.parts.store.person_of_login(read_login(form.get("login", "")))
        if person is not None:
            return await _give_more(visit, person, membership)
        invited = await members.invite(
            visit.desk, form.get("login", ""), form.get("name", ""), is_operator=is_operator, role=membership
        )
    except BadPerson as error:
        visit.problem(error.field, str(error))
        return await _show(visit)
    person = await members.find_person(visit.desk, invited.person_id)
    shown = await handed_over(visit.parts, person, invited.ticket, by=visit.who.person)
    visit.typed = {}
    return await _show(visit, shown)


async def new_link(visit: Visit) -> Response:
    """A link by which somebody chooses a password."""
    person = await _person(visit)
    ticket = await members.new_ticket(visit.desk, person)
    return await _show(visit, await handed_over(visit.parts, person, ticket, by=visit.who.person))


async def remove_second_factor(visit: Visit) -> Response:
    """For somebody whose authenticator is lost."""
    person = await _person(visit)
    await members.remove_second_factor(visit.desk, person)
    return visit.go("/service/people", f"{person.name} signs in by the password alone now.")


async def disable(visit: Visit) -> Response:
    """Shut somebody out at once."""
    return await _set(visit, is_disabled=True)


async def enable(visit: Visit) -> Response:
    """Let somebody in again."""
    return await _set(visit, is_disabled=False)


async def sign_out(visit: Visit) -> Response:
    """End all of somebody's sessions: a machine was lost, say."""
    person = await _person(visit)
    ended = await members.end_sessions(visit.desk, person)
    said = "One session has ended." if ended == 1 else f"{ended} sessions have ended."
    return visit.go("/service/people", f"{person.name}: {said}")


async def set_operator(visit: Visit) -> Response:
    """Let somebody run the service, or no longer."""
    person = await _person(visit)
    is_operator = (await visit.form()).get("is_operator") == "1"
    try:
        await members.change(visit.desk, person, is_operator=is_operator)
    except Mistaken as error:
        visit.problem("", str(error))
        return await _show(visit)
    if person.person_id == visit.who.person.person_id and not is_operator:
        return visit.go("/", "You are no operator any more.")
    more = "" if is_operator else await left_behind(visit.desk, person.login)
    return visit.go(
        "/service/people", f"{person.name} is {'an' if is_operator else 'no'} operator now. {more}".rstrip()
    )


async def _set(visit: Visit, *, is_disabled: bool) -> Response:
    person = await _person(visit)
    try:
        await members.change(visit.desk, person, is_disabled=is_disabled)
    except Mistaken as error:
        visit.problem("", str(error))
        return await _show(visit)
    outcome = "is shut out, and every session has ended" if is_disabled else "may sign in again"
    more = await left_behind(visit.desk, person.login) if is_disabled else ""
    return visit.go("/service/people", f"{person.name} {outcome}. {more}".rstrip())


async def _give_more(visit: Visit, person: PersonRow, membership: tuple[int, Role] | None) -> Response:
    if membership is None:
        await members.change(visit.desk, person, is_operator=True)
        return visit.go("/service/people", f"{person.name} is an operator now, and signs in as before.")
    await members.give_role(visit.desk, person, *membership, may_be_ownerless=True)
    return visit.go("/service/people", f"{person.name} is {membership[1].value} there now, and signs in as before.")


async def _person(visit: Visit) -> PersonRow:
    return await members.find_person(visit.desk, visit.number("person_id"))


async def _show(visit: Visit, shown: Shown | None = None) -> Response:
    store, accounts = visit.parts.store, visit.parts.tables.directory.accounts
    wanted = visit.asked("q").strip().lower()
    found = [each for each in await store.people() if wanted in each.login or wanted in each.name.lower()]
    roles: defaultdict[int, list[str]] = defaultdict(list)
    for each in await store.memberships():
        if each.account_id in accounts:
            roles[each.person_id].append(f"{accounts[each.account_id].name}: {each.role.value}")
    by_id = {each.person_id: each for each in found}
    tickets = [(each, by_id[each.person_id]) for each in await store.tickets(now=visit.now) if each.person_id in by_id]
    return visit.show(
        "service_people.html",
        people=found[:PEOPLE_SHOWN_MAX],
        more=max(0, len(found) - PEOPLE_SHOWN_MAX),
        roles=roles,
        tickets=tickets,
        choices=ROLES,
        belongs=[(OPERATOR, "The service itself, as an operator")]
        + [(each.account_id, each.name) for each in accounts.values()],
        wanted=wanted,
        shown=shown,
    )


PAGES: Final = (
    Page("/service/people", show, Needs.OPERATOR),
    Page("/service/people", invite, Needs.OPERATOR, "POST"),
    Page("/service/people/{person_id:int}/link", new_link, Needs.OPERATOR, "POST"),
    Page("/service/people/{person_id:int}/second-factor/remove", remove_second_factor, Needs.OPERATOR, "POST"),
    Page("/service/people/{person_id:int}/sign-out", sign_out, Needs.OPERATOR, "POST"),
    Page("/service/people/{person_id:int}/disable", disable, Needs.OPERATOR, "POST"),
    Page("/service/people/{person_id:int}/enable", enable, Needs.OPERATOR, "POST"),
    Page("/service/people/{person_id:int}/operator", set_operator, Needs.OPERATOR, "POST"),
)
