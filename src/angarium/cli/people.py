"""`person`: who may sign in to the console, and with which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.lookups import find_account
from angarium.cli.shell import OperatorStore, clock_text, shell_of
from angarium.core.people import BadPerson, Role, read_login
from angarium.ports.people import PersonRow, TicketKind
from angarium.ports.store import NotFound, Tx

if TYPE_CHECKING:
    from angarium.cli.shell import Shell
    from angarium.flows.people import Gatehouse

MADE_BY = "cli"
PASSWORD_PATH = "/console/password?ticket="

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="An e-mail address, or a name.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    person = typer.Typer(help="People: who may sign in to the console.", no_args_is_help=True)
    person.command("invite")(invite)
    person.command("list")(list_people)
    person.command("role")(give_role)
    person.command("reset")(reset)
    person.command("disable")(disable)
    person.command("enable")(enable)
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

    async def work(store: OperatorStore) -> dict[str, object]:
        gatehouse = _gatehouse(shell, store)
        membership = None if account is None else ((await find_account(store, account)).account_id, role)
        try:
            _, ticket = await gatehouse.add_person(login, name, is_operator=operator, made_by=MADE_BY, role=membership)
        except BadPerson as error:
            raise CommandMistaken(str(error)) from error
        return {"login": read_login(login), "operator": operator, "link": _link(shell, ticket)}

    shell.record(shell.in_store(work))


def list_people(context: typer.Context) -> None:
    """List everybody who may sign in."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        names = {account.account_id: account.name for account in await store.accounts()}
        roles: dict[int, list[str]] = {}
        for each in await store.memberships():
            roles.setdefault(each.person_id, []).append(f"{names[each.account_id]}: {each.role.value}")
        return [
            {
                "login": person.login,
                "name": person.name,
                "operator": person.is_operator,
                "roles": roles.get(person.person_id, []),
                "second_factor": person.totp_sealed is not None,
                "disabled_at": clock_text(person.disabled_at),
            }
            for person in await store.people()
        ]

    shell.rows(shell.in_store(work), empty="Nobody may sign in yet: `angarium person invite`.")


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

    async def work(store: OperatorStore) -> dict[str, object]:
        person, found = await _find(store, login), await find_account(store, account)

        async def give(tx: Tx) -> None:
            await tx.set_membership(person.person_id, found.account_id, None if role == "none" else Role(role))

        await store.write(give)
        return {"login": person.login, "account": found.name, "role": role}

    shell.record(shell.in_store(work))


def reset(
    context: typer.Context,
    login: Login,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Remove the second factor too: the authenticator is lost.")
    ] = False,
) -> None:
    """Make a link by which a person chooses another password (once, within two hours)."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> dict[str, object]:
        person, gatehouse = await _find(store, login), _gatehouse(shell, store)
        if second_factor:
            await gatehouse.remove_second_factor(person.person_id)
        ticket = await gatehouse.new_ticket(person.person_id, TicketKind.RESET, made_by=MADE_BY)
        return {"login": person.login, "link": _link(shell, ticket)}

    shell.record(shell.in_store(work))


def disable(context: typer.Context, login: Login) -> None:
    """Shut a person out at once; sessions end."""
    _set_disabled(shell_of(context), login, is_disabled=True)


def enable(context: typer.Context, login: Login) -> None:
    """Let a disabled person in again."""
    _set_disabled(shell_of(context), login, is_disabled=False)


def _set_disabled(shell: Shell, login: str, *, is_disabled: bool) -> None:
    from angarium.cli.shell import now

    async def work(store: OperatorStore) -> dict[str, object]:
        person = await _find(store, login)
        disabled_at = now() if is_disabled else None

        async def change(tx: Tx) -> None:
            await tx.change_person(
                person.person_id, name=person.name, is_operator=person.is_operator, disabled_at=disabled_at
            )

        await store.write(change)
        return {"login": person.login, "disabled_at": clock_text(disabled_at)}

    shell.record(shell.in_store(work))


async def _find(store: OperatorStore, login: str) -> PersonRow:
    person = await store.person_of_login(login.strip().lower())
    if person is None:
        logins = [each.login for each in await store.people()]
        known = f"There are: {', '.join(logins[:20])}." if logins else "There is none yet."
        raise NotFound(f"There is no person {login!r}. {known}")
    return person


def _gatehouse(shell: Shell, store: OperatorStore) -> Gatehouse:
    from angarium.lifecycle import SystemClock
    from angarium.reception import open_gatehouse

    return open_gatehouse(store, data_dir=shell.settings().data_dir, clock=SystemClock())


def _link(shell: Shell, ticket: str) -> str:
    settings = shell.settings()
    return f"{settings.console_url or f'http://{settings.http_listen}'}{PASSWORD_PATH}{ticket}"
