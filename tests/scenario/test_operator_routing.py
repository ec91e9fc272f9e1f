"""Routes, prices and queues over the operator's API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.product import Product, call
from tests.scenario.test_operator_api import Operator


@pytest.fixture(scope="module")
def operator(product: Product) -> Operator:
    """The demo's own operator, who may do anything."""
    return Operator(product, product.env()["ANGARIUM_OPERATOR_TOKEN"])


def test_a_price_list_is_looked_at_and_then_taken(operator: Operator) -> None:
    """A dry run unless it is said; mistakes by their lines; an export is an import without a difference."""
    listed = operator.get("/v1/rates/csv")["csv"]
    wanted = {"csv": f"{listed}2782,,,0.75\n"}

    looked = operator.ask("POST", "/v1/rates/csv", wanted).json()
    assert (looked["done"], looked["added"], looked["changed"], looked["removed"]) == (False, 1, 0, 0)
    assert looked["lines"] == [
        {
            "change": "added",
            "key": {"prefix": "2782", "account": "", "carrier": ""},
            "before": None,
            "after": "0.750000",
        }
    ]
    assert operator.get("/v1/rates/csv")["csv"] == listed

    done = operator.ask("POST", "/v1/rates/csv", {**wanted, "dry_run": False}).json()
    assert (done["done"], done["added"], done["same"]) == (True, 1, looked["same"])
    again = operator.ask("POST", "/v1/rates/csv", {"csv": operator.get("/v1/rates/csv")["csv"], "dry_run": False})
    assert (again.json()["added"], again.json()["removed"]) == (0, 0)

    wrong = operator.ask("POST", "/v1/rates/csv", {"csv": "prefix,rate\n27,cheap\n", "dry_run": False}).json()
    assert (wrong["done"], wrong["faults_count"], wrong["faults"][0]["line"]) == (False, 1, 2)
    assert operator.ask("POST", "/v1/costs/csv?account=demo", {"csv": ""}).status == 422
    assert operator.ask("POST", "/v1/costs/csv?carrier=nobody", {"csv": ""}).status == 404


def test_a_number_is_explained(operator: Operator) -> None:
    """Country, candidates in order, charge; without sending anything."""
    found = operator.ask("POST", "/v1/routes/explain", {"number": "27990000001", "text": "Привет"}).json()

    assert (found["verdict"], found["country"], found["chosen"]["carrier"]) == ("accepted", "ZA", "demo")
    assert "UCS2" in found["needs"]
    assert operator.ask("POST", "/v1/routes/explain", {"number": "112"}).json()["verdict"] == "emergency"
    assert operator.ask("POST", "/v1/routes/explain", {"number": "1", "account_id": 999}).status == 404
    assert {"code": "ZA", "name": "South Africa", "prefixes": ["27"]} in operator.get("/v1/countries")["data"]


def test_what_a_carrier_lacks_counts(product: Product, operator: Operator) -> None:
    """As it does for a message: the API, the preview and the explanation by command say the same (delivery 2.6)."""
    carrier = operator.ask(
        "POST", "/v1/carriers", {"name": "plain", "settings": {"host": "127.0.0.1", "lacks": "UCS2"}}
    )
    carrier_id = carrier.json()["carrier_id"]
    route = operator.ask("POST", "/v1/routes", {"prefix": "2786", "carrier_id": carrier_id})
    assert (carrier.status, route.status) == (201, 201)
    supposed = {"number": "27860000001", "text": "Привет"}

    found = operator.ask("POST", "/v1/routes/explain", supposed).json()
    by_command = product.command("--json", "route", "explain", "27860000001", "--text", "Привет")

    for candidates in (found["candidates"], json.loads(by_command.stdout)["candidates"]):
        assert {each["carrier"]: each["why_not"] for each in candidates}["plain"] == "its carrier lacks UCS2"
    assert operator.ask("DELETE", f"/v1/routes/{route.json()['route_id']}").status == 204
    assert operator.ask("DELETE", f"/v1/carriers/{carrier_id}").status == 204


def test_routes_move_together(operator: Operator) -> None:
    """One call, and its row in the audit log."""
    carrier = operator.ask("POST", "/v1/carriers", {"name": "taker", "settings": {"host": "127.0.0.1"}}).json()
    for prefix in ("9981", "9982"):
        assert operator.ask("POST", "/v1/routes", {"prefix": prefix, "carrier_id": 1}).status == 201
    move = {"from_carrier_id": 1, "to_carrier_id": carrier["carrier_id"], "begins": "998"}

    assert operator.ask("POST", "/v1/routes/move", move).json() == {"moved": 2}
    assert operator.ask("POST", "/v1/routes/move", move).json() == {"moved": 0}
    assert operator.ask("POST", "/v1/routes/move", {**move, "to_carrier_id": 999}).status == 404
    assert operator.ask("POST", "/v1/routes/move", {**move, "to_carrier_id": 1}).status == 422
    assert "route.move" in {row["action"] for row in operator.get("/v1/audit?limit=50")["data"]}
    routes = [each for each in operator.get("/v1/routes")["data"] if each["prefix"].startswith("998")]
    assert {each["carrier_id"] for each in routes} == {carrier["carrier_id"]}


def test_a_queue_is_counted_held_and_cancelled(product: Product, operator: Operator) -> None:
    """A scheduled message is found by a filter, and ends as 006 (rest-api 2.7)."""
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    body = {"text": "Hello", "to": ["27831234567"], "scheduledDeliveryTime": later}
    sent = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    (entry,) = sent.json()["data"]["message"]
    meant = {"prefix": "27831234567", "waits": "later"}

    counted = operator.ask("POST", "/v1/queues/count", meant).json()
    assert (counted["messages"], counted["movable"]) == (1, 1)
    assert operator.ask("POST", "/v1/queues/count", {**meant, "waits": "due"}).json()["messages"] == 0
    assert operator.ask("POST", "/v1/queues/reroute", meant).json() == {"messages": 1, "done": 0}
    assert operator.ask("POST", "/v1/queues/reroute", {**meant, "to_carrier_id": 999}).status == 404
    assert operator.ask("POST", "/v1/queues/cancel", meant).json() == {"messages": 1, "done": 1}

    status = call(product.url, "GET", f"/rest/message/{entry['apiMessageId']}", token=product.token)
    assert status.json()["data"]["messageStatus"] == "006"
    held = operator.ask("PUT", "/v1/queues/1/hold", {"hold": "held"})
    assert (held.status, held.json()["hold"]) == (200, "held")
    assert operator.ask("PUT", "/v1/queues/1/hold", {"hold": "no"}).status == 200
    assert operator.ask("PUT", "/v1/queues/999/hold", {"hold": "no"}).status == 404
    assert {"queue.hold", "queue.cancel"} <= {row["action"] for row in operator.get("/v1/audit?limit=50")["data"]}
