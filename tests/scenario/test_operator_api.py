"""An operator's day over the API: an account, its way in, a carrier, a message, and a log that says who did it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from angarium.flows.operators import Scope
from angarium.operator_api.operations import Operation
from angarium.operator_api.table import TABLE
from tests.product import Answer, Product, call

HEX = "0123456789abcdef0123456789abcdef"
PROBES_MAX = 5_000


class Operator:
    """Calls the API with one token."""

    def __init__(self, product: Product, token: str) -> None:
        self._product = product
        self._token = token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One call."""
        return call(self._product.url, method, path, token=self._token, body=body, headers=headers)

    def get(self, path: str) -> Any:
        """What a reading call answers."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.json()


@pytest.fixture(scope="module")
def operator(product: Product) -> Operator:
    """The demo's own operator, who may do anything."""
    return Operator(product, product.env()["ANGARIUM_OPERATOR_TOKEN"])


def with_scopes(product: Product, name: str, *scopes: str) -> Operator:
    """An operator with a token made on the command line."""
    words = [word for scope in scopes for word in ("--scope", scope)]
    made = product.command("operator", "token", "create", name, *words)
    assert made.returncode == 0, made.stderr
    return Operator(product, made.stdout.strip())


def problem(answer: Answer) -> tuple[int, str, str]:
    """Status, code and field; all that a problem must have is there."""
    said: Mapping[str, Any] = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["status"] == answer.status
    assert all(said[name] for name in ("type", "title", "detail", "code", "cure"))
    return answer.status, said["code"], said.get("field", "")


def an_address(operation: Operation[Any, Any, Any]) -> str:
    """A path of this operation, with numbers in its places."""
    path = operation.path
    for place in operation.places:
        path = path.replace(f"{{{place}}}", HEX if place == "message_id" else "1")
    return path


def test_every_operation_is_closed_without_a_token(product: Product) -> None:
    """401 with a body, whatever is asked and however the token is wrong; a customer's token opens nothing here."""
    strangers = [Operator(product, token) for token in ("", "nonsense", product.token)]

    for operation in TABLE:
        for stranger in strangers:
            answer = stranger.ask(operation.method, an_address(operation), {})
            assert problem(answer) == (401, "unauthenticated", ""), operation.name
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_every_operation_is_closed_to_all_scopes_but_its_own(product: Product) -> None:
    """403 that names the scope, for a token that has all the others."""
    by_scope = {
        scope: with_scopes(product, f"all but {scope}", *(each for each in Scope if each is not scope))
        for scope in {operation.scope for operation in TABLE}
    }

    for operation in TABLE:
        answer = by_scope[operation.scope].ask(operation.method, an_address(operation), {})
        assert problem(answer) == (403, "forbidden", ""), operation.name
        assert operation.scope in answer.json()["detail"]


def test_an_account_from_nothing_to_its_first_message(product: Product, operator: Operator) -> None:
    """Account, connection and token by API; the token sends; the message is found by all that is known of it."""
    account = operator.ask("POST", "/v1/accounts", {"name": "acme", "countries": ["ZA"], "senders": ["ACME"]})
    account_id = account.json()["account_id"]
    connection = operator.ask("POST", f"/v1/accounts/{account_id}/connections", {"name": "web", "sender": "ACME"})
    token = operator.ask("POST", f"/v1/connections/{connection.json()['connection_id']}/tokens")
    assert (account.status, connection.status, token.status) == (201, 201, 201)
    bought = product.command("credit", "buy", "acme", "10")
    assert bought.returncode == 0

    body = {"text": "Hello", "to": ["27990000001"], "clientMessageId": "order-7"}
    sent = call(product.url, "POST", "/rest/message", token=token.json()["token"], body=body)
    (entry,) = sent.json()["data"]["message"]
    message_id = entry["apiMessageId"]
    queries = (
        f"account_id={account_id}",
        f"account_id={account_id}&client_message_id=order-7",
        f"account_id={account_id}&recipient=27990000001&since=2020-01-01T00:00:00Z",
    )

    assert sent.status == 202
    for query in queries:
        assert [one["message_id"] for one in operator.get(f"/v1/messages?{query}")["data"]] == [message_id]
    shown = operator.get(f"/v1/messages/{message_id}")
    assert (shown["text"], shown["sender"], shown["charge"]) == ("Hello", "ACME", "0.800000")
    assert operator.get(f"/v1/messages?account_id={account_id}&until=2020-01-01T00:00:00Z")["data"] == []


def test_a_preview_shows_what_a_send_would_come_to(product: Product, operator: Operator) -> None:
    """Alphabet, segments, replacements, prices; a scope for reading is enough, and nothing is sent (rest-api 4.2)."""
    reader = with_scopes(product, "previewer", "messages:read")
    changed = operator.ask("PATCH", "/v1/connections/1", {"smart_encoding": True})
    assert changed.status == 200
    sent_before = operator.get("/v1/messages?limit=1")["data"]

    answer = reader.ask("POST", "/v1/preview", {"connection_id": 1, "text": "“Hi”", "to": ["27990000001", "x"]})
    costly = reader.ask("POST", "/v1/preview", {"connection_id": 1, "text": "жЖж"})

    assert answer.status == 200
    shown = answer.json()
    price = shown["price"]
    assert float(price) > 0
    assert shown == {
        "alphabet": "gsm7",
        "locking_table": None,
        "single_table": None,
        "unit": "septets",
        "segments": [{"text": '"Hi"', "used": 4}],
        "remaining": 156,
        "replaced": [{"at": 0, "before": "“", "after": '"'}, {"at": 3, "before": "”", "after": '"'}],
        "costly": [],
        "recipients": [
            {"recipient": "27990000001", "price": price, "refusal": None},
            {
                "recipient": "x",
                "price": "0.000000",
                "refusal": {"reason": "bad_recipient", "cure": shown["recipients"][1]["refusal"]["cure"]},
            },
        ],
        "price": price,
    }
    assert costly.json()["costly"] == [{"character": "ж", "at": [0, 2]}, {"character": "Ж", "at": [1]}]
    assert operator.get("/v1/messages?limit=1")["data"] == sent_before


def test_the_journal_is_exported(operator: Operator) -> None:
    """A real answer in chunks, with a line for the message of the demo's first test, and none for HEAD."""
    found = operator.ask("GET", "/v1/journal?since=2020-01-01T00:00:00Z&open=true&format=jsonl")
    asked = operator.ask("HEAD", "/v1/journal?since=2020-01-01T00:00:00Z")

    assert (found.status, found.headers["Content-Type"]) == (200, "application/jsonl")
    lines = [json.loads(line) for line in found.body.splitlines()]
    assert [line["account"] for line in lines] == ["acme"]
    assert (asked.status, asked.body) == (200, b"")


def test_what_cannot_be_previewed_is_named(operator: Operator) -> None:
    """A connection that nobody has, a text that means nothing, a header that is none."""
    unknown = operator.ask("POST", "/v1/preview", {"connection_id": 99, "text": "x"})
    empty = operator.ask("POST", "/v1/preview", {"connection_id": 1, "text": ""})
    digits = operator.ask("POST", "/v1/preview", {"connection_id": 1, "text": "xyz", "is_unicode": True})
    header = operator.ask("POST", "/v1/preview", {"connection_id": 1, "text": "x", "udh": "05"})
    both = operator.ask(
        "POST", "/v1/preview", {"connection_id": 1, "text": "00", "is_unicode": True, "is_binary": True}
    )

    assert problem(unknown) == (404, "unknown", "")
    assert problem(empty) == problem(digits) == (422, "invalid", "")
    assert problem(header) == (422, "invalid", "udh")
    assert problem(both) == (422, "invalid", "is_binary")


def test_what_cannot_be_used_is_named(operator: Operator) -> None:
    """The field, wherever it stands; unknown members and parameters are refused, not ignored."""
    taken = operator.ask("POST", "/v1/accounts", {"name": "demo", "countries": ["any"]})
    unknown_member = operator.ask("POST", "/v1/accounts", {"name": "x", "countries": ["any"], "sender": "A"})
    nested = operator.ask("PATCH", "/v1/connections/1", {"callback": {"url": "ftp://x"}})
    country = operator.ask("POST", "/v1/accounts", {"name": "x", "countries": ["Nar"]})
    no_country = operator.ask("POST", "/v1/accounts", {"name": "x"})
    limit = operator.ask("PATCH", "/v1/accounts/1", {"limits": {"credits_per_day": "-1"}})
    query = operator.ask("GET", "/v1/accounts?limit=0")
    unknown_query = operator.ask("GET", "/v1/accounts?limt=1")
    cursor = operator.ask("GET", "/v1/accounts?cursor=nonsense")

    assert problem(taken) == (409, "conflict", "")
    assert problem(unknown_member) == (422, "invalid", "sender")
    assert problem(nested) == (422, "invalid", "callback.url")
    assert problem(country) == (422, "invalid", "countries")
    assert problem(no_country) == (422, "invalid", "countries")
    assert problem(limit) == (422, "invalid", "limits.credits_per_day")
    assert problem(query) == (422, "invalid", "limit")
    assert problem(unknown_query) == (422, "invalid", "limt")
    assert problem(cursor) == (422, "invalid", "cursor")


def test_what_cannot_be_read_or_is_not_there(operator: Operator) -> None:
    """Each in its status: broken JSON, another type, another method, another path, a number that nobody has."""
    malformed = operator.ask("POST", "/v1/accounts", b"{")
    form = operator.ask("POST", "/v1/accounts", {"name": "x"}, **{"Content-Type": "text/plain"})
    method = operator.ask("PUT", "/v1/accounts")

    assert problem(malformed) == (400, "malformed", "")
    assert problem(form) == (415, "media-type", "")
    assert problem(method) == (405, "method", "")
    assert method.headers["Allow"] == "GET, HEAD, POST"
    assert problem(operator.ask("GET", "/v1/nothing")) == (404, "unknown", "")
    assert problem(operator.ask("GET", "/v1/accounts/4711")) == (404, "unknown", "")
    assert problem(operator.ask("GET", f"/v1/messages/{HEX}")) == (404, "unknown", "")
    assert problem(operator.ask("POST", "/v1/accounts", b"x" * 2_000_000)) == (413, "too-large", "")


def test_the_log_says_who_did_it_by_api_and_by_command_line(product: Product, operator: Operator) -> None:
    """What was changed, before and after; a password is in neither."""
    changes = {"settings": {"window": 42, "password": "s3cret"}}
    by_api = with_scopes(product, "night shift", "carriers:write").ask("PATCH", "/v1/carriers/1", changes)
    by_hand = product.command("carrier", "set", "demo", "--set", "window=43")
    assert (by_api.status, by_hand.returncode) == (200, 0), by_api.body

    newest, older = operator.get("/v1/audit?subject=carrier/1&limit=2")["data"]

    assert (older["author"], older["action"]) == ("token:night shift", "carrier.change")
    assert (older["before"]["window"], older["after"]["window"]) == (100, 42)
    assert newest["author"].startswith("cli:")
    assert (newest["before"], newest["after"]) == ({"window": 42}, {"window": 43})
    assert "s3cret" not in str(older) + by_api.body.decode()


def test_a_customers_token_is_rotated(product: Product, operator: Operator) -> None:
    """The old one goes on for as long as was said, and its end is in the list."""
    path = f"/v1/connections/{product.api_id}/tokens/rotate"
    made = operator.ask("POST", path, {"overlap_s": 3600})
    assert (made.status, made.json()["expires_at"]) == (201, None)

    rows = operator.ask("GET", f"/v1/tokens?connection_id={product.api_id}").json()["data"]
    assert [row["expires_at"] is None for row in rows] == [False] * (len(rows) - 1) + [True]
    assert call(product.url, "GET", "/rest/account/balance", token=product.token).status == 200
    assert problem(operator.ask("POST", path, {"overlap_s": -1}))[0] in {400, 422}


def test_a_revoked_or_expired_token_opens_nothing(product: Product, operator: Operator) -> None:
    """At once: no table has to be loaded anew."""
    made = operator.ask("POST", "/v1/operator-tokens", {"name": "guest", "scopes": ["accounts:read"]}).json()
    guest = Operator(product, made["token"])
    before = guest.ask("GET", "/v1/accounts").status

    revoked = operator.ask("DELETE", f"/v1/operator-tokens/{made['operator_token_id']}").status

    assert (before, revoked, guest.ask("GET", "/v1/accounts").status) == (200, 204, 401)
    past = {"name": "late", "scopes": ["accounts:read"], "expires_at": "2020-01-01T00:00:00Z"}
    assert problem(operator.ask("POST", "/v1/operator-tokens", past)) == (422, "invalid", "expires_at")


def test_the_document_and_its_page_are_open_and_kept(product: Product) -> None:
    """One for programs, one for people; a browser asks again and is told that it has the newest."""
    document = call(product.url, "GET", "/openapi.json")
    page = call(product.url, "GET", "/openapi")
    again = call(product.url, "GET", "/openapi.json", headers={"If-None-Match": document.headers["ETag"]})

    assert (document.status, page.status, again.status, again.body) == (200, 200, 304, b"")
    assert document.json()["openapi"] == "3.1.0"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert b"<script" not in page.body
    assert b"http://" not in page.body
    assert b"https://" not in page.body


def test_what_protects_an_account_is_set_by_api(operator: Operator) -> None:
    """Countries, senders and limits of an account; limits and addresses of a connection (rest-api 1.2, 1.7, 3)."""
    body = {"name": "kept", "countries": ["za"], "limits": {"messages_per_s": 5, "credits_per_month": "12.5"}}
    account = operator.ask("POST", "/v1/accounts", body).json()
    path = f"/v1/accounts/{account['account_id']}"
    changed = operator.ask("PATCH", path, {"countries": ["any"], "limits": {"messages_per_s": 0}}).json()
    connection = operator.ask(
        "POST", f"{path}/connections", {"name": "web", "networks": ["10.0.0.0/8"], "limits": {"messages_per_day": 9}}
    ).json()

    none = {"messages_per_s": None, "messages_per_day": None, "credits_per_day": None, "credits_per_month": None}
    assert (account["countries"], account["senders_registered"], account["has_purchased"]) == (["ZA"], True, False)
    assert account["limits"] == {**none, "messages_per_s": 5, "credits_per_month": "12.500000"}
    assert changed["countries"] is None
    assert changed["limits"] == {**none, "credits_per_month": "12.500000"}
    assert (connection["networks"], connection["limits"]) == (["10.0.0.0/8"], {**none, "messages_per_day": 9})


def test_numbers_are_blocked_by_api(operator: Operator) -> None:
    """An entry is found in the list, replaced under its number, and removed (rest-api 5)."""
    first = operator.ask("POST", "/v1/blocks", {"digits": "+27990000077", "note": "by phone"})
    again = operator.ask("POST", "/v1/blocks", {"digits": "27990000077", "is_delisted": True})
    prefix = operator.ask("POST", "/v1/blocks", {"digits": "2797", "is_prefix": True, "account_id": 1})
    listed = operator.get("/v1/blocks?limit=1")
    rest = operator.get(f"/v1/blocks?cursor={listed['next']}")
    nobody = operator.ask("POST", "/v1/blocks", {"digits": "2797", "account_id": 999})
    path = f"/v1/blocks/{first.json()['block_id']}"

    assert (first.status, again.status, prefix.status) == (201, 201, 201)
    assert again.json()["block_id"] == first.json()["block_id"]
    assert listed["data"] == [again.json()]
    assert rest["data"] == [prefix.json()]
    met = operator.get("/v1/blocks?number=27970000001")["data"]
    assert [each["block_id"] for each in met] == [prefix.json()["block_id"]]
    assert problem(operator.ask("GET", "/v1/blocks?number=nobody")) == (422, "invalid", "number")
    assert problem(operator.ask("POST", "/v1/blocks", {"digits": "nobody"})) == (422, "invalid", "digits")
    assert problem(nobody) == (404, "unknown", "")
    assert operator.ask("DELETE", path).status == 204
    assert problem(operator.ask("DELETE", path)) == (404, "unknown", "")
    assert operator.ask("DELETE", f"/v1/blocks/{prefix.json()['block_id']}").status == 204


def test_two_way_is_kept_by_api(operator: Operator) -> None:
    """A number and its words, a reply URL, and who has opted out, page by page (rest-api 9)."""
    (connection, *_) = operator.get("/v1/connections")["data"]
    connection_id, account_id = connection["connection_id"], connection["account_id"]
    new = {"number": "31234", "keyword": "Win", "connection_id": connection_id}
    added = operator.ask("POST", "/v1/numbers", new)
    number = added.json()
    assert (added.status, number["keyword"], number["scope"]) == (201, "win", "number")
    assert problem(operator.ask("POST", "/v1/numbers", new))[0] == 409
    path = f"/v1/numbers/{number['number_id']}"
    changed = operator.ask("PATCH", path, {"scope": "account", "stop_words": ["uit"]})
    assert (changed.json()["scope"], changed.json()["stop_words"]) == ("account", ["uit"])
    assert operator.ask("DELETE", path).status == 204
    assert problem(operator.ask("DELETE", path))[0] == 404

    reply = {"url": "http://127.0.0.1:9/in", "secondary_url": "http://127.0.0.1:9/spare", "charset": "utf-8"}
    target = operator.ask("PATCH", f"/v1/connections/{connection_id}", {"reply": reply}).json()["reply"]
    assert {name: target[name] for name in reply} == reply
    operator.ask("PATCH", f"/v1/connections/{connection_id}", {"reply": {"url": ""}})

    opt_outs = f"/v1/accounts/{account_id}/opt-outs"
    for at in range(3):
        entry = {"recipient": f"2799000001{at}", "sender": "ACME"}
        assert operator.ask("POST", opt_outs, entry).json()["is_new"]
    first = operator.get(f"{opt_outs}?limit=2")
    rest = operator.get(f"{opt_outs}?limit=2&cursor={first['next']}")
    assert [row["recipient"][-1] for row in first["data"] + rest["data"]] == ["0", "1", "2"]
    for row in first["data"] + rest["data"]:
        assert operator.ask("DELETE", f"{opt_outs}/{row['recipient']}?sender=ACME").status == 204
    assert problem(operator.ask("DELETE", f"{opt_outs}/27990000010?sender=ACME"))[0] == 404


def test_what_nobody_owns_is_given_away_by_api(product: Product, operator: Operator) -> None:
    """Listed as unowned, assigned, shown, and not pushed to nowhere (rest-api 9)."""
    (connection, *_) = operator.get("/v1/connections")["data"]
    body = {"text": "Who are you?", "to": "40404"}
    typed = call(product.handsets_url, "POST", "/handsets/27990000088/replies", body=body)
    assert typed.status == 202, typed.body
    found: list[dict[str, Any]] = []
    for _ in range(PROBES_MAX):
        found = operator.get("/v1/inbound?state=unowned")["data"]
        if found:
            break
    (message,) = found
    assert (message["sender"], message["recipient"], message["text"]) == ("27990000088", "40404", "Who are you?")

    path = f"/v1/inbound/{message['inbound_id']}"
    given = operator.ask("POST", f"{path}/assign", {"connection_id": connection["connection_id"]}).json()
    assert (given["connection_id"], given["state"]) == (connection["connection_id"], "kept")
    assert operator.get(path)["tried"] == []
    assert problem(operator.ask("GET", f"/v1/inbound/{HEX}"))[0] == 404

    found = operator.get("/v1/inbound?number=40404")["data"]
    assert [each["inbound_id"] for each in found] == [message["inbound_id"]]
    assert problem(operator.ask("GET", "/v1/inbound?number=40404&state=kept")) == (422, "invalid", "number")


def test_what_found_no_message_is_for_an_operator(operator: Operator) -> None:
    """Nothing waits in a demo that goes well, and what is not there is told (delivery 3.1, delivery 3.2)."""
    assert operator.get("/v1/orphans")["data"] == []
    assert operator.get("/v1/quarantine") == {"data": [], "next": None}
    assert operator.get("/v1/proposals") == {"data": []}
    for method, path, body in (
        ("POST", "/v1/orphans/1/match", {"message_id": HEX}),
        ("DELETE", "/v1/orphans/1", None),
        ("GET", "/v1/quarantine/1", None),
        ("POST", "/v1/quarantine/1/release", {"release": "inbound"}),
        ("DELETE", "/v1/quarantine/1", None),
        ("POST", "/v1/carriers/1/proposal/accept", None),
        ("POST", "/v1/carriers/1/proposal/decline", None),
    ):
        assert problem(operator.ask(method, path, body))[:2] == (404, "unknown"), path
    assert problem(operator.ask("POST", "/v1/quarantine/1/release", {"release": "x"})) == (422, "invalid", "release")
