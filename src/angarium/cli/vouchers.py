"""`voucher`: codes that owners of accounts turn into credit."""

from __future__ import annotations

from typing import Annotated

import typer

from angarium.cli.shell import OperatorStore, clock_text, shell_of
from angarium.core.credit import format_credits, parse_credits
from angarium.flows import purchases
from angarium.flows.desk import Desk

LISTED_MAX = 1000


def register(app: typer.Typer) -> None:
    """Add these commands."""
    voucher = typer.Typer(help="Vouchers: codes that are worth credit, once.", no_args_is_help=True)
    voucher.command("create")(create)
    voucher.command("list")(list_vouchers)
    voucher.command("revoke")(revoke)
    app.add_typer(voucher, name="voucher")


def create(
    context: typer.Context,
    amount: Annotated[str, typer.Argument(help="Credits that each is worth, such as 100.")],
    count: Annotated[int, typer.Option("--count", min=1, max=purchases.VOUCHERS_MAX, help="How many.")] = 1,
    days: Annotated[
        int, typer.Option("--days", min=1, max=purchases.VOUCHER_DAYS_MAX, help="How long they are valid.")
    ] = 365,
    note: Annotated[str, typer.Option("--note", help="Kept with them.")] = "",
    trial: Annotated[bool, typer.Option("--trial", help="To try with: redeeming is no purchase.")] = False,
) -> None:
    """Make vouchers and print their codes, this once: only digests are stored."""
    shell = shell_of(context)
    worth = parse_credits(amount)

    async def work(desk: Desk) -> list[str]:
        return await purchases.make_vouchers(desk, worth, count=count, days=days, note=note, is_trial=trial)

    codes = shell.at_desk(work)
    shell.show({"codes": codes, "amount": format_credits(worth, 6)}, "\n".join(codes))


def list_vouchers(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=LISTED_MAX, help="How many, newest first.")] = 50,
) -> None:
    """List vouchers, newest first, without their codes."""
    shell = shell_of(context)

    async def work(store: OperatorStore) -> list[dict[str, object]]:
        return [
            {
                "voucher_id": row.voucher_id,
                "amount": format_credits(row.amount, 6),
                "trial": row.is_trial,
                "note": row.note,
                "created_at": clock_text(row.created_at),
                "expires_at": clock_text(row.expires_at),
                "account_id": row.account_id,
                "redeemed_at": clock_text(row.redeemed_at),
                "revoked_at": clock_text(row.revoked_at),
            }
            for row in await store.vouchers(limit=limit)
        ]

    shell.rows(shell.in_store(work), empty="There is no voucher yet.")


def revoke(
    context: typer.Context, voucher_id: Annotated[int, typer.Argument(help="Its number, as `voucher list` shows it.")]
) -> None:
    """Let a voucher that was not redeemed yet be worth nothing."""
    shell = shell_of(context)

    async def work(desk: Desk) -> None:
        await purchases.revoke_voucher(desk, voucher_id)

    shell.at_desk(work)
    shell.show({"voucher_id": voucher_id, "revoked": True}, f"Voucher {voucher_id} is worth nothing any more.")
