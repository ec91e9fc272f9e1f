"""The reference pages that are a table of the code's, row by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING
from enum import Enum
from typing import Any

import typer.main

from angarium.carriers import settings as carrier_settings
from angarium.cli.main import application
from angarium.config import settings as config_settings
from angarium.core import account
from angarium.core.states import FINAL, TRANSITIONS, Cause, State
from angarium.core.status_codes import status_code
from angarium.observe.metrics import METRICS
from angarium.rest.codes import EXPLANATIONS, SPELLINGS, STATUS_DESCRIPTIONS
from angarium.sim import settings as simulator_settings
from angarium.sim.fates import FATES
from angarium.sim.switches import SWITCHES, Parameter
from docs._generate.source import attribute_notes

MADE = "This page is made from the source by `make format`."


def document(title: str, introduction: str, *parts: str) -> str:
    """A whole page: its title, what it is about, then its parts."""
    return "\n".join((f"# {title}\n", f"{introduction}\n", f"{MADE}\n", *parts))


def section(title: str, introduction: str, content: str) -> str:
    """A part of a page."""
    return f"## {title}\n\n" + (f"{introduction}\n\n" if introduction else "") + content


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(text: object) -> str:
    """Literal text; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def settings() -> str:
    """The settings of the service."""
    rows = [
        (code(row.name), row.sentence, row.form, row.unit, code(row.default), code(row.variable))
        for row in config_settings.table()
    ]
    return document(
        "Settings",
        "In `angarium.toml`, in the environment, or as a flag where a command has one; the later one wins.\n"
        "`angarium config show` says which are in effect and why, `angarium config check` what is wrong with them.",
        table(("Name", "Meaning", "Form", "Unit", "Default", "Environment"), rows),
    )


def carriers() -> str:
    """The settings of a carrier."""
    rows = [
        (code(row.name), row.sentence, row.type, row.unit, _default(row.default)) for row in carrier_settings.describe()
    ]
    return document(
        "Settings of a carrier",
        "Each carrier has its own: `angarium carrier set NAME --set window=50`. `angarium carrier settings` prints\n"
        "this table, `angarium carrier show NAME --all` what one of them has.",
        table(("Name", "Meaning", "Form", "Unit", "Default"), rows),
        section(
            "What `statuses` can say",
            "A `command_status` of the carrier, as a number or a name, to its meaning:\n"
            '`--set \'statuses={"0x0B":"refused_recipient"}\'`.',
            table(("Meaning", "What follows"), ((code(name), what) for name, what in _MEANINGS.items())),
        ),
    )


def _default(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, Enum):
        return code(value.value)
    return code(f"{value:g}" if isinstance(value, float) else value)


_MEANINGS = {
    "busy": "The link slows down, and the message keeps its place; not an attempt.",
    "failed_for_now": "Another try, on the schedule of `submit_retry_pauses_s`.",
    "refused_content": "The message ends with status 005.",
    "refused_recipient": "The message ends with status 007.",
    "refused_sender": "The message ends with status 005.",
    "refused_route": "The message ends with status 009.",
}
assert list(_MEANINGS) == [str(meaning) for meaning in carrier_settings.StatusMeaning]


def statuses() -> str:
    """Status numbers, states, causes, and the table of transitions."""
    shown = statuses_given()
    numbers = [
        (f"{number:03}", words, ", ".join(shown.get(number, ["never given by this server"])))
        for number, words in STATUS_DESCRIPTIONS.items()
    ]
    moves = [
        (code(state.name.lower()), code(cause.name.lower()), code(after.name.lower()))
        for (state, cause), after in TRANSITIONS.items()
    ]
    final = ", ".join(f"`{state.name.lower()}`" for state in sorted(FINAL))
    return document(
        "Message statuses, states and causes",
        "A customer sees a number with its description; inside, a message has a state and the cause that led there.",
        section("What customers see", "", table(("Number", "Description", "When"), numbers)),
        section(
            "What moves a message",
            f"Final: {final}.\nWhatever is not in this table changes nothing. A message begins as `queued`, because "
            "it was `accepted` or `scheduled`.",
            table(("In state", "Cause", "Comes to"), moves),
        ),
    )


def statuses_given() -> dict[int, list[str]]:
    """Each status number that a message can come to, and when."""
    shown: dict[int, list[str]] = {}
    for state, cause in _reached():
        words = f"`{state.name.lower()}` because `{cause.name.lower()}`"
        shown.setdefault(status_code(state, cause, due_at=1, now=0), []).append(words)
        if state is State.QUEUED and cause is Cause.SCHEDULED:
            shown.setdefault(status_code(state, cause, due_at=0, now=0), []).append("a scheduled message that is due")
    return shown


def _reached() -> list[tuple[State, Cause]]:
    begun = [(State.QUEUED, Cause.ACCEPTED), (State.QUEUED, Cause.SCHEDULED)]
    reached = {(after, cause) for (_, cause), after in TRANSITIONS.items()}
    return [*begun, *sorted(reached)]


def errors() -> str:
    """Error codes with their cures: the same words as the pages behind `documentation` links."""
    statuses_of: dict[str, set[int]] = {}
    for said in SPELLINGS.values():
        statuses_of.setdefault(said.code, set()).add(said.http_status)
    rows = [
        (
            each.code,
            each.description,
            ", ".join(map(str, sorted(statuses_of.get(each.code, ())))),
            each.meaning,
            each.cure,
        )
        for each in EXPLANATIONS.values()
    ]
    return document(
        "Error codes",
        "The server itself answers at the `documentation` link of an error, in the words of this table. A code\n"
        "without an HTTP status is on the published list, and this server never gives it.",
        table(("Code", "Description", "HTTP", "What it means", "What to do"), rows),
    )


def metrics() -> str:
    """What `/metrics` shows."""
    suffix = {"counter": "_total"}
    rows = [
        (code(row.name + suffix.get(row.type, "")), row.type, ", ".join(map(code, row.labels)), row.sentence)
        for row in METRICS
    ]
    return document(
        "Metrics",
        "`/metrics` answers in the text format of Prometheus. Beside these stand the `process_` metrics of the Python\n"
        "client (memory, CPU, open files).",
        table(("Name", "Type", "Labels", "Meaning"), rows),
    )


def simulator() -> str:
    """Fates, traps and settings of the simulated carrier."""
    fates = [(code(fate.suffix) or "anything else", fate.name, fate.sentence) for fate in FATES]
    notes = attribute_notes(simulator_settings)
    traps = [
        (code(switch.name), switch.trap, switch.sentence, ", ".join(map(_parameter, switch.parameters)))
        for switch in SWITCHES
    ]
    choices = [
        (code(name), notes["SimulatorSettings"].get(name, ""), _default(default))
        for name, default in _defaults(simulator_settings.SimulatorSettings).items()
    ]
    return document(
        "The simulated carrier",
        "`angarium sim` runs it alone, `angarium run --demo` beside the service. The last four digits of a recipient\n"
        "decide what becomes of a message; `angarium sim --fates` prints the same table.",
        section("Fates", "", table(("Number ends in", "Fate", "What happens"), fates)),
        section(
            "Traps",
            "Each can be switched on, alone and together: `angarium sim --hostile NAME=RATE,PARAMETER=VALUE` when it\n"
            "starts, `angarium sim switch NAME=RATE` and `--off NAME` while it runs, or `PUT /hostile` on its control\n"
            "(`angarium sim --switches` prints the table). The rate is the share of messages, writes, links or binds\n"
            "that is struck, all by default; `--seed` decides which, so that a run can be repeated. Each stands\n"
            "for a row of the tables in [delivery](../spec/delivery.md).",
            table(("Switch", "Stands for", "What happens", "Parameters"), traps),
        ),
        section(
            "Settings",
            "`sim_listen` and `sim_handsets_listen` are [settings](settings.md); programs that start the simulator\n"
            "themselves (tests, benches) may choose all of these.",
            table(("Name", "Meaning", "Default"), choices),
        ),
    )


def _parameter(parameter: Parameter) -> str:
    """One parameter of a trap, with its default and what else it can be."""
    default = "null" if parameter.default is None else str(parameter.default)
    words = f" ({', '.join(parameter.words)})" if parameter.words else ""
    return code(f"{parameter.name}={default}") + words


def accounts() -> str:
    """What is set for an account and for an API connection."""
    notes = attribute_notes(account)
    flags = option_notes()
    parts = [
        (account.AccountSettings, "An account", "`angarium account set NAME ...`: who pays."),
        (account.ConnectionSettings, "An API connection", "`angarium connection set ACCOUNT/NAME ...`: a way in."),
        (account.CallbackTarget, "Its callback", "Part of the API connection: where status changes are pushed."),
    ]
    sections = []
    for settings_class, title, sentence in parts:
        rows = [
            (code(name), notes[settings_class.__name__].get(name) or flags.get(name, ""), _default(default))
            for name, default in _defaults(settings_class).items()
        ]
        sections.append(section(title, sentence, table(("Name", "Meaning", "Default"), rows)))
    return document(
        "Settings of accounts and connections",
        "They live in the store, and a running server notices a change within a second or two. The flags that set\n"
        "them are in [Commands](commands.md).",
        *sections,
    )


def option_notes() -> dict[str, str]:
    """What flags of the command line say of settings whose attributes say nothing, by the name of the setting."""
    found = {
        option.removeprefix("--").replace("-", "_"): str(parameter.help)
        for command in ("account set", "connection set")
        for parameter in command_at(command).params
        for option in parameter.opts
    }
    return {
        **found,
        "callback": "Where status changes are pushed: below.",
        "url": found["callback_url"],
        "method": found["callback_method"],
        "user_name": found["callback_user"],
        "password": "Its password.",
        "verify_tls": "Whether the certificate of an https URL is checked.",
    }


def command_at(words: str) -> Any:
    """A command of our command line."""
    command: Any = typer.main.get_command(application())
    for word in words.split():
        command = command.commands[word]
    return command


def _defaults(settings_class: Any) -> Mapping[str, object]:
    """The default of each field; nothing for those that have none."""
    return {
        field.name: () if field.default is MISSING else field.default for field in dataclasses.fields(settings_class)
    }
