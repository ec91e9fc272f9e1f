"""Accounts, as an operator keeps them: make one, sell it credit, set what it may, act for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from angarium.console.mistakes import beside_fields, read_amount, read_whole, words_of
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.account import Account, AccountSettings
from angarium.core.credit import Credits, format_credits
from angarium.flows import accounts as flow
from angarium.flows import limiting
from angarium.flows.desk import Mistaken
from angarium.flows.limiting import ANY, LimitChanges
from angarium.flows.money import NOTE_CHARACTERS_MAX, buy_credit

LEDGER_SHOWN_MAX: Final = 20
FILTER_CHARACTERS_MAX: Final = 100
_LIMITS: Final = ("messages_per_s", "messages_per_day")
_MONEY_LIMITS: Final = ("credits_per_day", "credits_per_month")
_NUMBERS: Final = ("recipients_max", "keep_text_days", "keep_numbers_days")


async def list_accounts(visit: Visit) -> Response:
    """All of them, by name, or those whose name has what was typed."""
    wanted = visit.asked("name")[:FILTER_CHARACTERS_MAX].strip().lower()
    accounts = sorted(visit.parts.tables.directory.accounts.values(), key=lambda account: account.name.lower())
    found = [account for account in accounts if wanted in account.name.lower()]
    rows = [(account, await visit.parts.store.balance(account.account_id)) for account in found[:SHOWN_MAX]]
    return visit.show("service_accounts.html", rows=rows, wanted=wanted, more=len(found) - len(rows))


async def new_account_form(visit: Visit) -> Response:
    """What a new account needs: its name, and the countries that it may write to."""
    return visit.show("service_account_new.html")


async def create_account(visit: Visit) -> Response:
    """Make it, with safe settings."""
    form = await visit.form()
    with beside_fields(visit, taken="name"):
        changes = flow.AccountChanges(countries=words_of(form.get("countries", "")))
        account = await flow.create_account(visit.desk, form.get("name", ""), changes)
        return visit.go(f"/service/accounts/{account.account_id}", f"The account {account.name} is made.")
    return visit.show("service_account_new.html")


async def show_account(visit: Visit) -> Response:
    """One account, with everything that an operator sets."""
    return await _show(visit, await _account(visit))


async def change_account(visit: Visit) -> Response:
    """Senders, countries, limits, retention."""
    account = await _account(visit)
    form = await visit.form()
    with beside_fields(visit, fields={f"limits.{name}": name for name in (*_LIMITS, *_MONEY_LIMITS)}):
        await flow.change_account(visit.desk, account, _changes(visit, form))
        if not visit.problems:
            return visit.go(f"/service/accounts/{account.account_id}", "The settings are changed.")
    return await _show(visit, account)


async def add_credit(visit: Visit) -> Response:
    """Sell credit, give some to try with, or take free credit back."""
    account = await _account(visit)
    form = await visit.form()
    with beside_fields(visit, taken="amount"):
        amount = read_amount(form.get("amount", ""), field="amount")
        if form.get("kind") == "back":
            amount = -abs(amount)
        elif amount < 0:
            raise Mistaken("amount", "Give a positive amount, and choose to take credit back.")
        is_trial = form.get("kind") == "trial"
        bought = await buy_credit(visit.desk, account.account_id, amount, note=form.get("note", ""), is_trial=is_trial)
        done = f"{format_credits(amount)} credits are booked; {format_credits(bought.balance.free)} are free now."
        return visit.go(f"/service/accounts/{account.account_id}", done)
    return await _show(visit, account)


async def act(visit: Visit) -> Response:
    """Work in the account's pages as its owner would; every change is marked. Perhaps to read one message."""
    account = await _account(visit)
    public_id = (await visit.form()).get("message", "")
    entry = visit.desk.act("account.act_for", "account", account.account_id)
    await visit.parts.gatehouse.turn(visit.who, account.account_id, is_acting=True, act=entry)
    page = "" if visit.parts.public_ids.read(public_id) is None else f"messages/{public_id}"
    return visit.go(f"/accounts/{account.account_id}/{page}", f"You act for {account.name} now.")


async def end_act(visit: Visit) -> Response:
    """Be an operator again."""
    session = visit.who.session
    if not session.is_acting:
        return visit.go("/service")
    entry = visit.desk.act("account.act_end", "account", session.account_id)
    await visit.parts.gatehouse.turn(visit.who, None, is_acting=False, act=entry)
    return visit.go(f"/service/accounts/{session.account_id}", "You act for nobody any more.")


async def _account(visit: Visit) -> Account:
    return await flow.find_account(visit.desk, visit.number("account_id"))


async def _show(visit: Visit, account: Account) -> Response:
    store = visit.parts.store
    countries = account.settings.countries
    limits = account.settings.limits
    used = []
    if limits is not None and limits.is_counted:
        used = [
            told
            for each in await limiting.usage_of(visit.desk, account.account_id)
            for told in limiting.used(limits, each)
        ]
    known = visit.parts.running.countries()
    return visit.show(
        "service_account.html",
        account=account,
        settings=_typed(account.settings),
        balance=await store.balance(account.account_id),
        ledger=await store.ledger(account.account_id, limit=LEDGER_SHOWN_MAX),
        connections=await store.connections(account.account_id),
        country_names=None if countries is None else [known.name(code) for code in countries],
        note_max=NOTE_CHARACTERS_MAX,
        used=used,
    )


def _typed(settings: AccountSettings) -> dict[str, Any]:
    """The settings as their form has them."""
    limits = settings.limits
    values: dict[str, Any] = {
        "senders": "\n".join(settings.senders),
        "senders_registered": settings.senders_registered,
        "countries": ANY if settings.countries is None else ", ".join(settings.countries),
        "recipients_max": settings.recipients_max,
        "keep_text_days": _blank(settings.keep_text_days),
        "keep_numbers_days": _blank(settings.keep_numbers_days),
    }
    for name in _LIMITS:
        values[name] = _blank(getattr(limits, f"{name}_max", None))
    for name in _MONEY_LIMITS:
        amount: Credits | None = getattr(limits, f"{name}_max", None)
        values[name] = "" if amount is None else format_credits(amount)
    return values


def _changes(visit: Visit, form: Mapping[str, str]) -> flow.AccountChanges:
    """What the form asks for. What cannot be read is told beside its field, all of it at once."""
    whole: dict[str, int | None] = {}
    money: dict[str, Credits] = {}
    for name in (*_LIMITS, *_NUMBERS):
        with beside_fields(visit):
            empty = None if name == "recipients_max" else -1 if name.startswith("keep") else 0
            whole[name] = read_whole(form.get(name, ""), field=name, empty=empty)
    for name in _MONEY_LIMITS:
        with beside_fields(visit):
            money[name] = read_amount(form.get(name, "").strip() or "0", field=name)
    if visit.problems:
        name, sentence = next(iter(visit.problems.items()))
        raise Mistaken(name, sentence)
    limits = LimitChanges(whole["messages_per_s"], whole["messages_per_day"], **money)
    return flow.AccountChanges(
        recipients_max=whole["recipients_max"],
        senders=words_of(form.get("senders", "")),
        senders_registered="senders_registered" in form,
        countries=words_of(form.get("countries", "")),
        limits=limits,
        keep_text_days=whole["keep_text_days"],
        keep_numbers_days=whole["keep_numbers_days"],
    )


def _blank(value: int | None) -> int | str:
    return "" if value is None else value


SHOWN_MAX: Final = 200
"""Accounts on one page; the name finds the others."""
PAGES: Final = (
    Page("/service/accounts", list_accounts, Needs.OPERATOR),
    Page("/service/accounts/new", new_account_form, Needs.OPERATOR),
    Page("/service/accounts/new", create_account, Needs.OPERATOR, "POST"),
    Page("/service/accounts/{account_id:int}", show_account, Needs.OPERATOR),
    Page("/service/accounts/{account_id:int}/settings", change_account, Needs.OPERATOR, "POST"),
    Page("/service/accounts/{account_id:int}/credit", add_credit, Needs.OPERATOR, "POST"),
    Page("/service/accounts/{account_id:int}/act", act, Needs.OPERATOR, "POST"),
    Page("/service/act/end", end_act, Needs.OPERATOR, "POST"),
)
