"""`person`: who may sign in to the console, and with which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account
from angarium.cli.shell import OperatorStore, clock_text, now, shell_of
from angarium.core.people import BadPerson, Role, read_login
from angarium.flows import members
from angarium.flows.desk import Desk
from angarium.flows.operators import left_behind
from angarium.ports.people import PersonRow, TicketKind
from angarium.ports.store import NotFound

if TYPE_CHECKING:
    from angarium.cli.shell import Shell

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="An e-mail address, or a name.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    person = typer.Typer(help="People: who may sign in to the console.", no_args_is_help=True)
    person.command("invite")(invite)
    person.command("list")(list_people)
    person.command("show")(show)
    person.command("role")(give_role)
    person.command("reset")(reset)
    person.command("disable")(disable)
    person.command("enable")(enable)
    person.command("operator")(set_operator)
    person.command("sign-out")(sign_out)
    app.add_typer(person, name="person")


def invite(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option("--name", help="How pages call them.")] = "",
    operator: Annotated[bool, typer.Option("--operator", help="They run the service and see everything.")] = False,
    account: Annotated[str | None, typer.Option("--account", help="They become a member of this account.")] = None,
    role: Annotated[Role, typer.Option("--role", help="What they may do there.")] = Role.DEVELOPER,
) -> None:
    """Make a person, and the link by which they choose a password (once, within a week)."""
    shell = shell_of(context)
    if not operator and account is None:
        raise CommandMistaken("Say what they may do: --operator, or --account with --role.")

    async def work(desk: Desk) -> dict[str, object]:
        membership = None if account is None else ((await find_account(desk.store, account)).account_id, role)
        try:
            invited = await members.invite(desk, login, name, is_operator=operator, role=membership)
        except BadPerson as error:
            raise CommandMistaken(str(error)) from error
        return {"login": read_login(login), "operator": operator, "link": _link(shell, invited.ticket)}

    shell.record(shell.at_desk(work))


def list_people(
    context: typer.Context,
    account: Annotated[str | None, typer.Option("--account", help="Only members of this one.")] = None,
) -> None:
    """List everybody who may sign in."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        account_id = None if account is None else (await find_account(store, account)).account_id
        names = {account.account_id: account.name for account in await store.accounts()}
        roles: dict[int, list[str]] = {}
        for each in await store.memberships():
            roles.setdefault(each.person_id, []).append(f"{names[each.account_id]}: {each.role.value}")
        return [_record(person, roles.get(person.person_id, [])) for person in await store.people(account_id)]

    shell.rows(shell.in_store(work), empty="Nobody may sign in yet: `angarium person invite`.")


def show(context: typer.Context, login: Login) -> None:
    """Show a person, where they are signed in, and the links that they can still use."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> dict[str, object]:
        person, at = await _find(store, login), now()
        names = {account.account_id: account.name for account in await store.accounts()}
        roles = [
            f"{names[each.account_id]}: {each.role.value}"
            for each in await store.memberships(person_id=person.person_id)
        ]
        return {
            **_record(person, roles),
            "sessions": [
                {"session_id": each.session_id, "seen_at": clock_text(each.seen_at), "address": each.address}
                for each in await store.sessions(person.person_id, now=at)
            ],
            "links": [
                {"kind": each.kind.value, "made_by": each.made_by, "expires_at": clock_text(each.expires_at)}
                for each in await store.tickets(now=at)
                if each.person_id == person.person_id
            ],
        }

    shell.record(shell.in_store(work))


def _record(person: PersonRow, roles: list[str]) -> dict[str, object]:
    return {
        "login": person.login,
        "name": person.name,
        "operator": person.is_operator,
        "roles": roles,
        "second_factor": person.totp_sealed is not None,
        "disabled_at": clock_text(person.disabled_at),
    }


def give_role(
    context: typer.Context,
    login: Login,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or number.")],
    role: Annotated[str, typer.Argument(help="owner, developer, viewer, or none to take it away.")],
) -> None:
    """Give a person a role in an account, or take it away."""
    shell = shell_of(context)
    if role not in {*Role, "none"}:
        raise CommandMistaken(f"A role is one of {', '.join(Role)}, or none; not {role!r}.")

    async def work(desk: Desk) -> dict[str, object]:
        person, found = await _find(desk.store, login), await find_account(desk.store, account)
        given = None if role == "none" else Role(role)
        await members.give_role(desk, person, found.account_id, given, may_be_ownerless=True)
        return {"login": person.login, "account": found.name, "role": role}

    shell.record(shell.at_desk(work))


def reset(
    context: typer.Context,
    login: Login,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Remove the second factor too: the authenticator is lost.")
    ] = False,
) -> None:
    """Make a link by which a person chooses another password (once, within two hours)."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        person = await _find(desk.store, login)
        if second_factor:
            await members.remove_second_factor(desk, person)
        ticket = await members.new_ticket(desk, person, TicketKind.RESET)
        return {"login": person.login, "link": _link(shell, ticket)}

    shell.record(shell.at_desk(work))


def set_operator(
    context: typer.Context,
    login: Login,
    no_longer: Annotated[bool, typer.Option("--no-longer", help="They run the service no longer.")] = False,
) -> None:
    """Let a person run the service and see everything, or no longer."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        person = await members.change(desk, await _find(desk.store, login), is_operator=not no_longer)
        left.append(await left_behind(desk, person.login) if no_longer else "")
        return {"login": person.login, "operator": person.is_operator}

    left: list[str] = []
    shell.record(shell.at_desk(work))
    _note(shell, left)


def sign_out(
    context: typer.Context,
    login: Login,
    session: Annotated[int | None, typer.Option("--session", help="Only this one: `person show`.")] = None,
) -> None:
    """End a person's sessions at once; they may sign in again."""
    shell = shell_of(context)

    async def work(desk: Desk) -> dict[str, object]:
        person = await _find(desk.store, login)
        return {"login": person.login, "ended": await members.end_sessions(desk, person, session)}

    shell.record(shell.at_desk(work))


def disable(context: typer.Context, login: Login) -> None:
    """Shut a person out at once; sessions end."""
    _set_disabled(shell_of(context), login, is_disabled=True)


def enable(context: typer.Context, login: Login) -> None:
    """Let a disabled person in again."""
    _set_disabled(shell_of(context), login, is_disabled=False)


def _set_disabled(shell: Shell, login: str, *, is_disabled: bool) -> None:
    async def work(desk: Desk) -> dict[str, object]:
        person = await _find(desk.store, login)
        await members.change(desk, person, is_disabled=is_disabled)
        left.append(await left_behind(desk, person.login) if is_disabled else "")
        return {"login": person.login, "disabled_at": clock_text(desk.now if is_disabled else None)}

    left: list[str] = []
    shell.record(shell.at_desk(work))
    _note(shell, left)


def _note(shell: Shell, left: list[str]) -> None:
    for sentence in filter(None, left):
        shell.note(sentence)


async def _find(store: OperatorStore, login: str) -> PersonRow:
    person = await store.person_of_login(login.strip().lower())
    if person is None:
        logins = [each.login for each in await store.people()]
        known = f"There are: {', '.join(logins[:20])}." if logins else "There is none yet."
        raise NotFound(f"There is no person {login!r}. {known}")
    return person


def _link(shell: Shell, ticket: str) -> str:
    settings = shell.settings()
    listen = settings.console_listen or settings.http_listen
    return f"{settings.console_url or f'http://{listen}'}{members.PASSWORD_PATH}{ticket}"
