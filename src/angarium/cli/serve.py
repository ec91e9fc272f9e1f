"""`run` and `sim`: the commands that stay until they are stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from angarium.cli import banner
from angarium.cli.failures import DONE
from angarium.cli.shell import Shell, shell_of
from angarium.config import Listen, Settings
from angarium.lifecycle import SystemClock

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    app.command("sim")(sim)


def run(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Prepare account, token, simulated carrier and route at the first start.")
    ] = False,
    http_listen: Annotated[
        str | None, typer.Option("--http-listen", help="Plain HTTP; port 0: any free one.", metavar="HOST:PORT")
    ] = None,
    https_listen: Annotated[
        str | None, typer.Option("--https-listen", help="HTTPS; port 0: any free one.", metavar="HOST:PORT")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option("--log-level", help="debug, info, warning, error.", metavar="LEVEL")
    ] = None,
    log_format: Annotated[str | None, typer.Option("--log-format", help="auto, console, json.", metavar="FORM")] = None,
) -> None:
    """Serve everything in one process, until Ctrl-C or SIGTERM."""
    shell = shell_of(context)
    flags = {
        "http_listen": http_listen,
        "https_listen": https_listen,
        "log_level": log_level,
        "log_format": log_format,
    }
    settings = shell.load(flags, demo=demo).settings
    # After the settings: what is wrong with them is told without waiting for every part to load.
    from angarium.app import Ready, serve

    def on_ready(info: Ready) -> None:
        data = {
            "url": info.url,
            "https_url": info.https_url,
            "operator_url": info.operator_url,
            "token": info.token,
            "api_id": info.api_id,
            "data_dir": str(info.data_dir),
            "demo_env": None if info.demo_env is None else str(info.demo_env),
            "smsc": info.smsc,
            "handsets_url": info.handsets_url,
            "entry_url": info.entry_url,
        }
        shell.show(data, banner.ready(info))
        sys.stdout.flush()

    raise typer.Exit(run_loop(serve(settings, demo=demo, on_ready=on_ready)))


def sim(
    context: typer.Context,
    listen: Annotated[str | None, typer.Option("--listen", help="SMPP.", metavar="HOST:PORT")] = None,
    control: Annotated[str | None, typer.Option("--control", help="Handsets, over HTTP.", metavar="HOST:PORT")] = None,
    fates: Annotated[bool, typer.Option("--fates", help="Print what the last digits of a number decide.")] = False,
) -> None:
    """Run the simulated carrier alone, until Ctrl-C or SIGTERM; any system_id and password may bind."""
    shell = shell_of(context)
    if fates:
        print_fates(shell)
        return
    settings = shell.load({"sim_listen": listen, "sim_handsets_listen": control}).settings
    raise typer.Exit(run_loop(_simulate(settings, shell)))


def print_fates(shell: Shell) -> None:
    """Print the table of fates, from the one that the simulator goes by."""
    from angarium.sim.fates import FATES

    shell.rows(
        [
            {"number_ends_in": fate.suffix or "anything else", "fate": fate.name, "what_happens": fate.sentence}
            for fate in (*FATES[1:], FATES[0])
        ],
        empty="",
    )


async def _simulate(settings: Settings, shell: Shell) -> int:
    from angarium.sim.control import Control
    from angarium.sim.settings import SimulatorSettings
    from angarium.sim.smsc import Simulator

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    smsc, handsets = settings.sim_listen, settings.sim_handsets_listen
    simulator = Simulator(
        SimulatorSettings(
            smsc_host=smsc.host, smsc_port=smsc.port, control_host=handsets.host, control_port=handsets.port
        ),
        clock=SystemClock(),
    )
    control = Control(simulator)
    try:
        smsc = Listen(*await simulator.start())
        address = await control.start()
        handsets_url = None if address is None else f"http://{Listen(*address)}"
        shell.show(
            {"smsc": str(smsc), "handsets_url": handsets_url},
            f"The simulated carrier takes SMPP binds on {smsc}.\n"
            f"Its handsets: {banner.program_name()} handset --url {handsets_url}",
        )
        sys.stdout.flush()
        await stop.wait()
    finally:
        await control.stop()
        await simulator.stop()
    return DONE


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine under uvloop where there is one: the standard loop costs 1.13 times as much, end to end."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
