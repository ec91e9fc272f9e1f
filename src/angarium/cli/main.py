"""The entry: global options, the list of commands, and the one place where failures become words and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from angarium import __version__
from angarium.cli import (
    accounts,
    backup,
    blocks,
    carriers,
    countries,
    credit,
    customer,
    doubts,
    handset,
    inbound,
    journal,
    messages,
    notifications,
    numbers,
    operators,
    opt_outs,
    people,
    preview,
    queues,
    retention,
    routes,
    senders,
    serve,
    settings,
    tokens,
    unmatched,
    vouchers,
)
from angarium.cli.failures import DONE, INTERRUPTED, TROUBLE, CommandMistaken, explain
from angarium.cli.shell import Shell

GLOBAL_FLAGS: Final = frozenset({"--json"})
GLOBAL_VALUES: Final = frozenset({"--data-dir", "--config"})
"""These may stand anywhere on the line; they are read as if they stood first."""


def application() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="angarium",
        help="An SMS gateway: REST in, SMPP out, and no accepted message is ever lost.",
        epilog="--json, --data-dir and --config may stand anywhere on the line. Exit codes: 0 done, 1 could not be "
        "done, 2 mistake in command or settings, 3 trouble with disk, store, port or network, 130 stopped.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_global_options)
    serve.register(app)
    customer.register(app)
    handset.register(app)
    accounts.register(app)
    tokens.register(app)
    senders.register(app)
    blocks.register(app)
    carriers.register(app)
    messages.register(app)
    notifications.register(app)
    doubts.register(app)
    unmatched.register(app)
    routes.register(app)
    countries.register(app)
    queues.register(app)
    preview.register(app)
    numbers.register(app)
    inbound.register(app)
    opt_outs.register(app)
    credit.register(app)
    vouchers.register(app)
    people.register(app)
    journal.register(app)
    backup.register(app)
    retention.register(app)
    operators.register(app)
    settings.register(app)
    return app


def _global_options(
    context: typer.Context,
    data_dir: Annotated[
        str | None, typer.Option("--data-dir", help="Folder of the store (ANGARIUM_DATA_DIR).", metavar="FOLDER")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="Settings file (ANGARIUM_CONFIG).", metavar="FILE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
) -> None:
    if version:
        Shell(as_json=as_json).show({"version": __version__}, f"angarium {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise CommandMistaken("Say what to do; `angarium --help` lists the commands.")
    context.obj = Shell(data_dir=data_dir, config=config, as_json=as_json)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Failures are told on stderr, never raised."""
    shell = Shell(as_json="--json" in arguments)
    try:
        code = application()(args=hoisted(arguments), prog_name="angarium", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else DONE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # Typer makes the second one from the first
        return TROUBLE
    except Exception as error:  # noqa: BLE001 - the outermost floor: told in one sentence, whatever it is
        if os.environ.get("ANGARIUM_TRACEBACK"):
            traceback.print_exc()
        failure = explain(error)
        shell.fail(failure)
        return failure.exit_code


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The same arguments with the global options first. What follows `--` stays where it is."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest.extend([argument, *waiting])
        elif argument in GLOBAL_FLAGS or ("=" in argument and argument.partition("=")[0] in GLOBAL_VALUES):
            first.append(argument)
        elif argument in GLOBAL_VALUES:
            value = next(waiting, None)
            if value is None:
                raise CommandMistaken(f"{argument} needs a value.")
            first.extend([argument, value])
        else:
            rest.append(argument)
    return first + rest


def main() -> None:
    """The program `angarium`."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); Python would complain of what is left when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
