"""`route explain`: what would happen to a message to a number."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.lookups import find_account, find_connection, tables_of
from angarium.cli.prices import ForAccount, read_price, read_sender, shown
from angarium.cli.shell import now, shell_of
from angarium.core.features import ALL_FEATURES
from angarium.flows.at_door import DoorCheck
from angarium.flows.explain import Asked, Candidate, Explanation, Where, explain
from angarium.flows.protection import Protection
from angarium.ports.admin import OperatorStore
from angarium.text.segments import Content


def explain_route(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="As a customer would write it.")],
    account: ForAccount = None,
    connection: Annotated[
        str | None, typer.Option("--connection", help="The API connection that sends it; else the account's first.")
    ] = None,
    sender: Annotated[str | None, typer.Option("--sender", help="The sender of the message.")] = None,
    text: Annotated[str, typer.Option("--text", help="Its text: alphabet and length matter.")] = "Hello",
    flash: Annotated[bool, typer.Option("--flash", help="Shown at once.")] = False,
    features: Annotated[
        int, typer.Option("--features", min=0, max=ALL_FEATURES, help="requiredFeatures of the call.")
    ] = 0,
    max_credits: Annotated[str | None, typer.Option("--max-credits", help="maxCredits of the call.")] = None,
    country_prefix: Annotated[str, typer.Option("--country-prefix", help="What replaces a leading 0.")] = "",
) -> None:
    """Say what would happen to a message to this number, check by check and route by route. Nothing is sent."""
    from angarium.core.countries import Countries

    shell = shell_of(context)
    its_sender = read_sender(sender)
    ceiling = None if max_credits is None else read_price(max_credits, name="ceiling")

    async def work(store: OperatorStore) -> Explanation:
        tables = await tables_of(store)
        asked = Asked(
            number=number,
            content=Content.of_text(text),
            account=None if account is None else await find_account(store, account),
            connection=None if connection is None else await find_connection(store, connection),
            sender=its_sender or None,
            country_prefix=country_prefix,
            flash=flash,
            features=features,
            credits_max=ceiling,
        )
        if asked.connection is not None:
            asked = asked._replace(account=tables.directory.accounts[asked.connection.account_id])
        protection = Protection(tables, policy=shell.settings().policy)
        return await explain(asked, Where(store, tables, protection, Countries.load(), now()))

    found = shell.in_store(work)
    if shell.as_json:
        shell.json(_record(found))
        return
    shell.record(
        {
            "number": found.number if found.recipient is None else found.recipient,
            "country": f"{found.country_name} ({found.country})" if found.country else "none that we know of",
            "needs": ", ".join(found.needs),
            "outcome": found.verdict.value,
            "carrier": "" if found.chosen is None else found.chosen.carrier,
            "charge": f"{shown(found.charge)} for {found.segments} segment{'s' * (found.segments > 1)}",
        }
    )
    if found.checks:
        shell.rows([_check(each) for each in found.checks], empty="")
    if found.candidates:
        shell.rows([_line(place, each) for place, each in enumerate(found.candidates, 1)], empty="")


def _check(check: DoorCheck) -> dict[str, object]:
    return {"check": check.name, "takes it": "yes" if check.refusal is None else "no", "because": check.answer}


def _line(place: int, candidate: Candidate) -> dict[str, object]:
    kinds = ["account"] * candidate.for_account + [f"sender {candidate.for_sender}"] * (
        candidate.for_sender is not None
    )
    rated = ["account"] * candidate.rate_for_account + ["carrier"] * candidate.rate_for_carrier
    return {
        "": place,
        "carrier": candidate.carrier,
        "prefix": candidate.prefix or "all",
        "route for": " and ".join(kinds) or "all",
        "rate": shown(candidate.rate),
        "rate of": None
        if candidate.rate_prefix is None
        else f"{candidate.rate_prefix or 'all'} for {' and '.join(rated) or 'all'}",
        "cost": shown(candidate.cost),
        "quality": candidate.quality,
        "takes it": candidate.why_not or candidate.note or "yes",
    }


def _record(found: Explanation) -> dict[str, object]:
    def plain(candidate: Candidate) -> dict[str, object]:
        return {**candidate._asdict(), "rate": shown(candidate.rate), "cost": shown(candidate.cost)}

    return {
        **found._asdict(),
        "verdict": found.verdict.name.lower(),
        "outcome": found.verdict.value,
        "refusal": None if found.refusal is None else found.refusal.reason.name.lower(),
        "checks": [
            {**check._asdict(), "refusal": None if check.refusal is None else check.refusal.name.lower()}
            for check in found.checks
        ],
        "candidates": [plain(each) for each in found.candidates],
        "chosen": None if found.chosen is None else plain(found.chosen),
        "charge": shown(found.charge),
    }
