"""`run` and `sim`: the commands that stay until they are stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import typer

from angarium.cli import banner
from angarium.cli.failures import DONE, CommandMistaken
from angarium.cli.shell import Shell, shell_of
from angarium.config import Listen, Settings
from angarium.lifecycle import SystemClock

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("run")(run)
    simulator = typer.Typer()
    simulator.callback(invoke_without_command=True)(sim)
    simulator.command("switch")(switch)
    app.add_typer(simulator, name="sim")


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
    switches: Annotated[bool, typer.Option("--switches", help="Print the traps that can be switched on.")] = False,
    hostile: Annotated[
        list[str] | None,
        typer.Option(
            "--hostile",
            help="Switch a trap on, as often as wanted: its name, its rate, its parameters.",
            metavar="NAME[=RATE][,PARAMETER=VALUE]",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Decides whom the traps strike.")] = 0,
) -> None:
    """Run the simulated carrier alone, until Ctrl-C or SIGTERM; any system_id and password may bind."""
    if context.invoked_subcommand is not None:
        return
    shell = shell_of(context)
    if fates:
        print_fates(shell)
        return
    if switches:
        print_switches(shell)
        return
    traps = _switches(hostile or [])
    settings = shell.load({"sim_listen": listen, "sim_handsets_listen": control}).settings
    raise typer.Exit(run_loop(_simulate(settings, shell, traps, seed=seed)))


def switch(
    context: typer.Context,
    on: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME[=RATE][,PARAMETER=VALUE]]...", help="Traps to switch on.")
    ] = None,
    off: Annotated[list[str] | None, typer.Option("--off", help="Switch this one off.", metavar="NAME")] = None,
    none: Annotated[bool, typer.Option("--none", help="Switch all of them off first.")] = False,
    seed: Annotated[int | None, typer.Option("--seed", help="Decides whom the traps strike.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", help="The simulator's control (ANGARIUM_HANDSETS_URL, or the demo's).")
    ] = None,
) -> None:
    """Switch traps of a running simulator on and off, and show which are on."""
    from angarium.cli.handset import ask, control_url
    from angarium.cli.json_http import JsonHttp

    shell = shell_of(context)
    wanted = _switches(on or [])
    with JsonHttp(url or control_url(shell)) as control:
        state = ask(control, "GET", "/hostile")
        now_on = {} if none else dict(state["on"])
        for name in off or []:
            if name not in now_on:
                raise CommandMistaken(f"{name} is not on; on are: {', '.join(now_on) or 'none'}.")
            del now_on[name]
        if on or off or none or seed is not None:
            body = {"seed": state["seed"] if seed is None else seed, "switches": {**now_on, **wanted}}
            state = ask(control, "PUT", "/hostile", body)
    rows = [{"switch": name, "struck": state["struck"].get(name, 0), **values} for name, values in state["on"].items()]
    if shell.as_json:
        shell.json({"seed": state["seed"], "on": rows})
        return
    shell.rows(
        [
            {"switch": row.pop("switch"), "rate": row.pop("rate"), "struck": row.pop("struck"), "more": _words(row)}
            for row in rows
        ],
        empty="No trap is set.",
    )


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={'null' if value is None else value}" for name, value in values.items())


def _switches(words: Sequence[str]) -> dict[str, dict[str, Any]]:
    from angarium.sim.switches import BadSwitch, read_words

    try:
        return dict(map(read_words, words))
    except BadSwitch as error:
        raise CommandMistaken(str(error)) from error


def print_switches(shell: Shell) -> None:
    """Print the table of switches, from the one that the simulator goes by."""
    from angarium.sim.switches import SWITCHES

    shell.rows(
        [
            {
                "switch": row.name,
                "stands_for": row.trap,
                "what_happens": row.sentence,
                "parameters": _words({each.name: each.default for each in row.parameters}),
            }
            for row in SWITCHES
        ],
        empty="",
    )


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


async def _simulate(settings: Settings, shell: Shell, traps: Mapping[str, Mapping[str, Any]], *, seed: int) -> int:
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
    simulator.hostility.seed = seed
    simulator.hostility.switch(traps)
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
