"""`handset`: a simulated handset as its owner sees it, read over the simulator's control HTTP."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer
from rich.panel import Panel
from rich.text import Text

from angarium.cli.access import known_access
from angarium.cli.failures import CommandFailed, CommandMistaken
from angarium.cli.json_http import JsonHttp
from angarium.cli.shell import Shell, clock_text, console, shell_of

WATCH_EVERY_S: Final = 0.5
SCREEN_COLUMNS: Final = 48
LAST_CHARACTERS_MAX: Final = 60


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("handset")(handset)


def handset(
    context: typer.Context,
    number: Annotated[str | None, typer.Argument(metavar="[NUMBER]", help="Whose; none lists them all.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and show what arrives, until Ctrl-C.")] = False,
    reply: Annotated[str | None, typer.Option("--reply", help="Type this and send it.", metavar="TEXT")] = None,
    to: Annotated[str | None, typer.Option("--to", help="To whom; else to the sender of the last message.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="The simulator's control (ANGARIUM_HANDSETS_URL, or the demo's).")
    ] = None,
) -> None:
    """Show what arrived on a simulated handset, or type a reply on it."""
    shell = shell_of(context)
    if number is None and (watch or reply is not None or to is not None):
        raise CommandMistaken("Say on which handset: give its number.")
    if reply is not None and watch:
        raise CommandMistaken("Give --reply or --watch, not both.")
    with JsonHttp(url or control_url(shell)) as control:
        if number is None:
            _list(shell, control)
        elif reply is not None:
            body = {"text": reply} if to is None else {"text": reply, "to": to}
            sent = ask(control, "POST", f"/handsets/{_part(number)}/replies", body)
            shell.show(sent, f"{number} has sent it.")
        else:
            _read(shell, control, number, watch=watch)


def control_url(shell: Shell) -> str:
    """Where the simulator is: environment, demo.env, or where `angarium sim` listens by default."""
    return known_access(shell).get("ANGARIUM_HANDSETS_URL") or f"http://{shell.settings().sim_handsets_listen}"


def _list(shell: Shell, control: JsonHttp) -> None:
    handsets = ask(control, "GET", "/handsets")["handsets"]
    if shell.as_json:
        shell.json(handsets)
        return
    shell.rows(
        [
            {
                "number": one["number"],
                "messages": one["messages"],
                "last_at": clock_text(one["last"]["at"]),
                "from": one["last"]["sender"],
                "text": _shortened(one["last"]["text"]),
            }
            for one in handsets
        ],
        empty="Nothing has arrived on any handset yet.",
    )


def _read(shell: Shell, control: JsonHttp, number: str, *, watch: bool) -> None:
    seen = 0
    is_first = True
    while True:
        messages = ask(control, "GET", f"/handsets/{_part(number)}?after={seen}")["messages"]
        if messages:
            seen = messages[-1]["no"]
        if shell.as_json and not watch:
            shell.json(messages)
        elif shell.as_json:
            for message in messages:
                shell.json(message)
        else:
            _show(shell, number, messages)
        if is_first and not messages:
            shell.note(f"Nothing has arrived on {number} yet.")
        if not watch:
            return
        is_first = False
        sys.stdout.flush()
        _pause(WATCH_EVERY_S)


def _show(shell: Shell, number: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Each message as a screen shows it at a terminal, as lines elsewhere."""
    for message in messages:
        kind = [clock_text(message["at"])]
        if message["segments"] > 1:
            kind.append(f"{message['segments']} segments")
        if message["flash"]:
            kind.append("flash")
        sender = message["sender"] or "(no sender)"
        if sys.stdout.isatty():
            screen = Panel(
                Text(message["text"]),
                title=Text(f"{number}  from {sender}"),
                subtitle=Text(", ".join(kind)),
                width=SCREEN_COLUMNS,
            )
            console(sys.stdout).print(screen)
        else:
            shell.show(None, f"{', '.join(kind)}, from {sender}: {message['text']}")


def ask(control: JsonHttp, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Ask the simulator; CommandFailed with its sentence if it will not."""
    answer = control.call(method, path, body, headers={"Content-Type": "application/json"})
    if answer.status >= 400:
        raise CommandFailed(str(answer.content.get("error") or f"The simulator answered {answer.status}."))
    return answer.content


def _part(number: str) -> str:
    return quote(number.removeprefix("+"), safe="")


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LAST_CHARACTERS_MAX else line[: LAST_CHARACTERS_MAX - 3] + "..."


def _pause(seconds: float) -> None:
    """Wait, and let Ctrl-C through at once."""
    threading.Event().wait(seconds)
