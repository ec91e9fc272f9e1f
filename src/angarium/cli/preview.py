"""`preview`: what a text would come to, before anybody sends it."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from angarium.cli.failures import CommandFailed, CommandMistaken
from angarium.cli.lookups import find_connection, tables_of
from angarium.cli.shell import OperatorStore, Shell, shell_of
from angarium.core.account import ApiConnection
from angarium.core.credit import format_credits
from angarium.core.message import SEGMENTS_MAX, SendRequest, content_of
from angarium.core.refusals import Refusal
from angarium.flows.preview import Preview, preview
from angarium.operator_api.previews import spelled
from angarium.ports.store import NotFound
from angarium.text import udh
from angarium.text.errors import TextError
from angarium.text.segments import ENCODING_NAMES

PLACES_SHOWN_MAX = 5
"""How many places of one character are printed; --json has them all."""


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("preview")(show)


def show(
    context: typer.Context,
    text: Annotated[str, typer.Option("--text", help="What to say.")],
    to: Annotated[list[str] | None, typer.Option("--to", help="A recipient; repeat for more.")] = None,
    sender: Annotated[str | None, typer.Option("--from", help="The sender shown on the handset.")] = None,
    connection: Annotated[
        str | None, typer.Option("--connection", help="Whose choices count: account/name or number. The only one.")
    ] = None,
    is_unicode: Annotated[bool, typer.Option("--unicode", help="The text is UCS-2 in hex.")] = False,
    is_binary: Annotated[bool, typer.Option("--binary", help="The text is octets in hex.")] = False,
    header: Annotated[str, typer.Option("--udh", help="A user data header in hex.", metavar="HEX")] = "",
    segments_max: Annotated[
        int | None, typer.Option("--segments-max", min=1, max=SEGMENTS_MAX, help="Instead of the connection's.")
    ] = None,
) -> None:
    """Show how a text would be written, cut and priced. Nothing is sent."""
    shell = shell_of(context)
    try:
        content = content_of(
            text, is_unicode=is_unicode, is_binary=is_binary, header=udh.parse_hex(header) if header else b""
        )
    except TextError as error:
        raise CommandMistaken(f"--udh: {error}.") from error
    except Refusal as refusal:
        raise _mistake(refusal) from refusal
    request = SendRequest(
        recipients=tuple(to or ()),
        content=content,
        sender=sender,
        segments_max=segments_max,
        alphabet_given=is_unicode or is_binary,
    )

    async def work(store: OperatorStore) -> Preview | Refusal:
        found = await (_only_connection(store) if connection is None else find_connection(store, connection))
        tables = await tables_of(store)
        return preview(tables, tables.directory.caller_of(found), request)

    found = shell.in_store(work)
    if isinstance(found, Refusal):
        raise _mistake(found)
    if shell.as_json:
        shell.json(msgspec.to_builtins(spelled(found)))
    else:
        _print(shell, found)


async def _only_connection(store: OperatorStore) -> ApiConnection:
    connections = await store.connections()
    if len(connections) == 1:
        return connections[0]
    raise NotFound(f"There are {len(connections)} connections: say whose choices count, with --connection.")


def _mistake(refusal: Refusal) -> CommandFailed:
    named = f" ({refusal.parameter})" if refusal.parameter else ""
    return CommandFailed(f"This would be refused{named}: {refusal.reason.value}")


def _print(shell: Shell, found: Preview) -> None:
    tables = [f"{each.word} {kind}" for each, kind in zip(found.shifts, ("locking", "single"), strict=True) if each]
    shown: dict[str, object] = {
        "alphabet": ENCODING_NAMES[found.alphabet],
        "segments": f"{len(found.segments)} ({' + '.join(str(each.used) for each in found.segments)} {found.unit})",
        "room left": f"{found.remaining} {found.unit}",
    }
    if tables:
        shown["tables"] = tables
    if found.replaced:
        shown["replaced"] = [f"{each.before!r} by {each.after!r} at {each.at}" for each in found.replaced]
    if found.costly:
        shown["costly"] = [f"{each.character!r} at {_places(each.at)}" for each in found.costly]
    if found.recipients:
        shown["price"] = format_credits(found.price, 6)
    shell.record(shown)
    if found.recipients:
        shell.rows(
            [
                {
                    "recipient": each.recipient,
                    "price": format_credits(each.price, 6),
                    "refusal": each.refusal.reason.value if each.refusal else "",
                }
                for each in found.recipients
            ],
            empty="",
        )


def _places(at: tuple[int, ...]) -> str:
    more = f" and {len(at) - PLACES_SHOWN_MAX} more" if len(at) > PLACES_SHOWN_MAX else ""
    return ", ".join(map(str, at[:PLACES_SHOWN_MAX])) + more
