"""docs/reference/commands.md: the command line, as Typer knows it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer.main

from angarium.cli.main import application
from docs._generate.tables import code, document, section, table


def page() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(application())
    parts = [section("Options that may stand anywhere", "", _parameters(root))]
    for path, command in commands(root, ()):
        words = " ".join(path)
        usage = " ".join(_usage(command))
        line = f"angarium {words} {usage}".rstrip()
        parts.append(
            section(f"angarium {words}", f"{command.help}\n\n```text\n{line}\n```", _parameters(command)),
        )
    return document("Commands", f"{root.help}\n\n{root.epilog}", *parts)


def commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below a group, by its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def _usage(command: Any) -> Iterator[str]:
    if any(_is_option(parameter) for parameter in command.params):
        yield "[OPTIONS]"
    for parameter in command.params:
        if not _is_option(parameter):
            name = _name(parameter)
            yield name if parameter.required else f"[{name}]"


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


def _name(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).removesuffix("...").upper()
    for opening, closing in ("[]", "{}"):
        inside = name.removeprefix(opening).removesuffix(closing)
        if len(inside) == len(name) - 2 and opening not in inside:
            name = inside
    return f"{name}..." if parameter.nargs == -1 else name


def _parameters(command: Any) -> str:
    rows = [
        (
            ", ".join(map(code, [*parameter.opts, *parameter.secondary_opts]))
            if _is_option(parameter)
            else code(_name(parameter)),
            _value(parameter),
            parameter.help or "",
        )
        for parameter in command.params
        if "--help" not in parameter.opts
    ]
    return table(("Word", "Value", "Meaning"), rows) if rows else ""


def _value(parameter: Any) -> str:
    """What stands behind an option: its choices, its limits, or the word that its help uses."""
    annotation = parameter.type_descriptor.annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " | ".join(str(each.value) for each in annotation)
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if low is not None and high is not None:
        return f"{low} to {high}"
    return str(parameter.metavar or "") if _is_option(parameter) else ""
