"""`route explain`: what would happen to a message to a number."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.lookups import find_account, tables_of
from angarium.cli.prices import ForAccount, read_price, read_sender, shown
from angarium.cli.shell import shell_of
from angarium.core.features import ALL_FEATURES, needs_of
from angarium.core.message import SEGMENTS_MAX
from angarium.flows.explain import Asked, Candidate, Explanation, explain
from angarium.ports.admin import OperatorStore
from angarium.text.segments import Content, segment_count


def explain_route(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="As a customer would write it.")],
    account: ForAccount = None,
    sender: Annotated[str | None, typer.Option("--sender", help="The sender of the message.")] = None,
    text: Annotated[str, typer.Option("--text", help="Its text: alphabet and length matter.")] = "Hello",
    flash: Annotated[bool, typer.Option("--flash", help="Shown at once.")] = False,
    features: Annotated[
        int, typer.Option("--features", min=0, max=ALL_FEATURES, help="requiredFeatures of the call.")
    ] = 0,
    max_credits: Annotated[str | None, typer.Option("--max-credits", help="maxCredits of the call.")] = None,
    country_prefix: Annotated[str, typer.Option("--country-prefix", help="What replaces a leading 0.")] = "",
) -> None:
    """Say what would happen to a message to this number, route by route. Nothing is sent."""
    from angarium.core.countries import Countries

    shell = shell_of(context)
    content, its_sender = Content.of_text(text), read_sender(sender) or ""
    segments = min(segment_count(content), SEGMENTS_MAX)
    needs = needs_of(content, sender=its_sender, segments=segments, flash=flash, asked=features)
    ceiling = None if max_credits is None else read_price(max_credits, name="ceiling")

    async def work(store: OperatorStore) -> Explanation:
        asked = Asked(
            number=number,
            account=None if account is None else await find_account(store, account),
            sender=its_sender,
            country_prefix=country_prefix,
            needs=needs,
            segments=segments,
            credits_max=ceiling,
        )
        return await explain(asked, store=store, tables=await tables_of(store), countries=Countries.load())

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
            "charge": f"{shown(found.charge)} for {segments} segment{'s' * (segments > 1)}",
        }
    )
    if found.candidates:
        shell.rows([_line(place, each) for place, each in enumerate(found.candidates, 1)], empty="")


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
        "candidates": [plain(each) for each in found.candidates],
        "chosen": None if found.chosen is None else plain(found.chosen),
        "charge": shown(found.charge),
    }
