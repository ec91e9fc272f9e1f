"""docs/reference/actions.md: each change that the audit log knows, and where an operator makes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final, NamedTuple

import typer.main

from angarium.cli.main import application
from angarium.console.pages import TABLE as PAGES
from angarium.operator_api.table import TABLE as OPERATIONS
from docs._generate.commands import commands
from docs._generate.specification import ROOT
from docs._generate.tables import code, document, table

ACTION: Final = re.compile(r"[a-z_]+\.[a-z_]+")
RECORDING: Final = {"by", "act", "Act", "_own_act"}


class Where(NamedTuple):
    """Where a change is made; what is empty is explained."""

    page: str = ""
    command: str = ""
    operation: str = ""
    why: str = ""


_ACCOUNT = "/accounts/{account_id:int}"
_OWN = "everybody's own, with their own password"
_BUYER = "the account's: it pays its provider, or has the code"

ACTIONS: Final[dict[str, Where]] = {
    "account.act_end": Where("/service/act/end", why="only pages show an account as its members see it"),
    "account.act_for": Where("/service/accounts/{account_id:int}/act", why="likewise: commands and calls see all"),
    "account.change": Where("/service/accounts/{account_id:int}/settings", "account set", "change_account"),
    "account.create": Where("/service/accounts/new", "account create", "create_account"),
    "block.add": Where("/service/blocks", "block add", "add_block"),
    "block.remove": Where("/service/blocks/remove", "block remove", "remove_block"),
    "carrier.add": Where("/service/carriers/new", "carrier add", "add_carrier"),
    "carrier.change": Where("/service/carriers/{carrier_id:int}/settings", "carrier set", "change_carrier"),
    "carrier.rebind": Where(
        "/service/carriers/{carrier_id:int}/rebind",
        operation="rebind_carrier",
        why="by command: disable, then enable; a command is another process than the one that is bound",
    ),
    "carrier.remove": Where("/service/carriers/{carrier_id:int}/remove", "carrier remove", "remove_carrier"),
    "carrier.try_bind": Where("/service/carriers/new", "carrier try", "try_bind"),
    "carrier.decline_proposal": Where(
        "/service/carriers/{carrier_id:int}/proposal", "carrier decline-proposal", "decline_proposal"
    ),
    "connection.change": Where(
        _ACCOUNT + "/connections/{connection_id:int}/settings", "connection set", "change_connection"
    ),
    "connection.create": Where(_ACCOUNT + "/connections/new", "connection create", "create_connection"),
    "cost.remove": Where("/service/costs/remove", "cost remove", "remove_cost"),
    "cost.set": Where("/service/costs", "cost set", "set_cost"),
    "credit.buy": Where("/service/accounts/{account_id:int}/credit", "credit buy", "buy_credit"),
    "credit.watch": Where(_ACCOUNT + "/credit/warning", "credit warn", "warn_of_low_credit"),
    "inbound.assign": Where("/service/inbound/{inbound_id}/assign", "inbound assign", "assign_inbound"),
    "inbound.replay": Where(_ACCOUNT + "/inbound/{inbound_public_id}/replay", "inbound replay", "replay_inbound"),
    "message.give_up": Where("/service/doubts", "doubt give-up", "give_message_up"),
    "message.stop": Where(_ACCOUNT + "/messages/{public_id}/stop", "message stop", "stop_message"),
    "message.try_again": Where("/service/doubts", "doubt try-again", "try_message_again"),
    "notification.replay": Where(
        _ACCOUNT + "/callbacks/{notification_id:int}/replay", "notification replay", "replay_notification"
    ),
    "notification.replay_dead": Where("/service/dead-letters", "notification replay-dead", "replay_dead_letters"),
    "number.add": Where("/service/numbers", "number add", "add_number"),
    "number.change": Where(_ACCOUNT + "/numbers/{number_id:int}", "number change", "change_number"),
    "number.remove": Where("/service/numbers/{number_id:int}/remove", "number remove", "remove_number"),
    "operator_token.create": Where("/service/operator-tokens/new", "operator token create", "create_operator_token"),
    "operator_token.revoke": Where(
        "/service/operator-tokens/{operator_token_id:int}/revoke", "operator token revoke", "revoke_operator_token"
    ),
    "optout.add": Where(_ACCOUNT + "/opt-outs", "optout add", "add_opt_out"),
    "optout.remove": Where(_ACCOUNT + "/opt-outs/remove", "optout remove", "remove_opt_out"),
    "orphan.drop": Where("/service/orphans/{orphan_id:int}/drop", "orphan drop", "drop_orphan"),
    "orphan.match": Where("/service/orphans/{orphan_id:int}/match", "orphan match", "match_orphan"),
    "person.change": Where("/service/people/{person_id:int}/disable", "person disable", "change_person"),
    "person.change_password": Where("/me/password", why=_OWN),
    "person.choose_password": Where("/password", why=_OWN),
    "person.end_sessions": Where("/service/people/{person_id:int}/sign-out", "person sign-out", "end_sessions"),
    "person.invite": Where("/service/people", "person invite", "invite_person"),
    "person.remove_second_factor": Where(
        "/service/people/{person_id:int}/second-factor/remove", "person reset", "remove_second_factor"
    ),
    "person.role": Where(_ACCOUNT + "/people/{person_id:int}/role", "person role", "give_role"),
    "person.set_second_factor": Where("/me/second-factor", why=_OWN),
    "purchase.begin": Where(_ACCOUNT + "/credit/buy", why=_BUYER),
    "purchase.end": Where(why="by itself, when its provider says so"),
    "quarantine.drop": Where("/service/quarantine/{quarantine_id:int}/drop", "quarantine drop", "drop_quarantined"),
    "quarantine.release": Where(
        "/service/quarantine/{quarantine_id:int}/release", "quarantine release", "release_quarantined"
    ),
    "queue.cancel": Where("/service/queues/work", "queue cancel", "cancel_queue"),
    "queue.hold": Where("/service/queues/{carrier_id:int}/hold", "queue hold", "hold_queue"),
    "queue.reroute": Where("/service/queues/work", "queue reroute", "reroute_queue"),
    "rate.change_many": Where("/service/rates/confirm", "rate import", "import_rates"),
    "rate.remove": Where("/service/rates/remove", "rate remove", "remove_rate"),
    "rate.set": Where("/service/rates", "rate set", "set_rate"),
    "route.add": Where("/service/routes", "route add", "add_route"),
    "route.change_many": Where("/service/routes/confirm", "route import", "import_routes"),
    "route.move": Where("/service/routes/move", "route move", "move_routes"),
    "route.remove": Where("/service/routes/remove", "route remove", "remove_route"),
    "send.change": Where(why="a file of messages, paused or cancelled on its own page; calls send by the REST API"),
    "token.create": Where(_ACCOUNT + "/connections/{connection_id:int}/tokens/new", "token create", "create_token"),
    "token.end": Where(
        _ACCOUNT + "/connections/{connection_id:int}/tokens/{token_id:int}/end", "token rotate", "rotate_token"
    ),
    "token.revoke": Where(
        _ACCOUNT + "/connections/{connection_id:int}/tokens/{token_id:int}/end", "token revoke", "revoke_token"
    ),
    "token.rotate": Where(_ACCOUNT + "/connections/{connection_id:int}/tokens/new", "token rotate", "rotate_token"),
    "token.show": Where(
        _ACCOUNT + "/connections/{connection_id:int}/tokens/{token_id:int}/show",
        why="a person's password is asked for first",
    ),
    "voucher.create": Where("/service/vouchers", "voucher create", "make_vouchers"),
    "voucher.redeem": Where(_ACCOUNT + "/credit/voucher", why=_BUYER),
    "voucher.revoke": Where("/service/vouchers/{voucher_id:int}/revoke", "voucher revoke", "revoke_voucher"),
}
"""By what the audit log calls it."""


def page() -> str:
    """The whole page. What the table says and the product has not, or the other way round, is an error."""
    found = faults()
    if found:
        raise ValueError("actions.py: " + "; ".join(found))
    methods = {each.name: f"{each.method} {each.path}" for each in OPERATIONS}
    rows = [
        (
            code(action),
            code(_plain(where.page)) if where.page else "",
            code(where.command) if where.command else "",
            code(methods[where.operation]) if where.operation else "",
            where.why,
        )
        for action, where in sorted(ACTIONS.items())
    ]
    return document(
        "What is changed where",
        "Each change that the audit log knows, with a page below `/console`, a command, and a call that makes it.\n"
        "Where one is missing, the last column says why. Backups are made on the machine alone: [decision\n"
        "0014](../decisions/0014-operator-api.md).",
        table(("Change", "Page", "Command", "Call", "Why not everywhere"), rows),
    )


def faults() -> list[str]:
    """Where the table and the product differ."""
    told = {" ".join(path) for path, _ in commands(typer.main.get_command(application()), ())}
    pages, operations = {each.path for each in PAGES if each.method == "POST"}, {each.name for each in OPERATIONS}
    found = [f"{action} is not in the table" for action in sorted(recorded() - ACTIONS.keys())]
    for action, where in ACTIONS.items():
        for place, known in ((where.page, pages), (where.command, told), (where.operation, operations)):
            if place and place not in known:
                found.append(f"{action}: there is no {place}")
        if not all(where[:3]) and not where.why:
            found.append(f"{action} is not everywhere, and nothing says why")
    return found


def recorded() -> set[str]:
    """What the source writes into the audit log, where that is one word."""
    found: set[str] = set()
    for path in sorted(Path(ROOT, "src/angarium").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in RECORDING:
                words = [each.value for each in node.args if isinstance(each, ast.Constant)]
                found |= {word for word in words if isinstance(word, str) and ACTION.fullmatch(word)}
    return found


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _plain(path: str) -> str:
    return path.replace(":int", "")
