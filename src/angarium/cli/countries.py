"""`country`: countries, and whose a number is."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.failures import CommandMistaken
from angarium.cli.shell import shell_of
from angarium.core.countries import Country
from angarium.core.numbers import BadNumber, parse_recipient

PREFIXES_SHOWN_MAX = 8


def register(app: typer.Typer) -> None:
    """Add these commands."""
    country = typer.Typer(help="Countries and the prefixes of their numbers.", no_args_is_help=True)
    country.command("list")(list_countries)
    country.command("of")(country_of)
    app.add_typer(country, name="country")


def list_countries(context: typer.Context) -> None:
    """List the countries with the prefixes of their numbers; `route add --country` takes their codes."""
    from angarium.core.countries import Countries

    shell = shell_of(context)
    countries = Countries.load().all()
    if shell.as_json:
        shell.json([country._asdict() for country in countries])
        return
    shell.rows(
        [{"code": country.code, "name": country.name, "prefixes": _short(country)} for country in countries], empty=""
    )


def _short(country: Country) -> str:
    shown = ", ".join(country.prefixes[:PREFIXES_SHOWN_MAX])
    more = len(country.prefixes) - PREFIXES_SHOWN_MAX
    return f"{shown} and {more} more (--json shows all)" if more > 0 else shown


def country_of(context: typer.Context, number: Annotated[str, typer.Argument(help="Country code first.")]) -> None:
    """Say which country a number belongs to."""
    from angarium.core.countries import Countries

    shell = shell_of(context)
    countries = Countries.load()
    try:
        code = countries.of(parse_recipient(number))
    except BadNumber:
        raise CommandMistaken(f"{number!r} is no number: give its digits, country code first.") from None
    name = countries.name(code) if code else ""
    shell.show({"number": number, "code": code, "name": name}, f"{code} {name}" if code else "None that we know of.")
