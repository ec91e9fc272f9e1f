"""Binds and URLs are tried by command and over the API before anything depends on them."""

from __future__ import annotations

import json

from tests.product import Product, call


def test_a_bind_is_tried_by_command_and_over_the_api(product: Product) -> None:
    """Against the demo's simulator; a failure is told in words, with exit code 1."""
    host, _, port = str(product.ready["smsc"]).rpartition(":")
    operator = product.env()["ANGARIUM_OPERATOR_TOKEN"]

    worked = product.command("--json", "carrier", "try", "demo")
    failed = product.command("carrier", "try", "--host", host, "--port", "9")
    over_api = call(
        product.url,
        "POST",
        "/v1/bind-trials",
        token=operator,
        body={"settings": {"host": host, "port": int(port), "system_id": "demo"}},
    )
    again = call(product.url, "POST", "/v1/carriers/1/rebind", token=operator)

    assert (worked.returncode, json.loads(worked.stdout)["bound"]) == (0, True), worked.stderr
    assert (failed.returncode, f"No connection to {host}:9" in failed.stdout) == (1, True)
    assert [step["sentence"].split()[0] for step in over_api.json()["steps"]] == ["Connected", "Bound", "Unbound"]
    assert again.status == 204


def test_a_url_is_tried_by_command(product: Product) -> None:
    """The request is shown, and why it failed: commands keep to the addresses that are allowed (rest-api 8.1, 8.7)."""
    path = "/v1/connections/1"
    body = {"callback": {"url": "http://127.0.0.1:9/status", "password": "s3cret", "user_name": "me"}}
    operator = product.env()["ANGARIUM_OPERATOR_TOKEN"]
    assert call(product.url, "PATCH", path, token=operator, body=body).status == 200

    ran = product.command("--json", "connection", "try", "demo/demo")
    over_api = call(product.url, "POST", f"{path}/callback/try", token=operator)
    none = product.command("connection", "try", "demo/demo", "--reply")

    assert ran.returncode == 1
    assert json.loads(ran.stdout)["worked"] is False
    assert json.loads(ran.stdout)["error"] != ""
    assert (over_api.status, over_api.json()["is_good"]) == (200, False)
    assert "s3cret" not in ran.stdout + over_api.body.decode()
    assert (none.returncode, "has no reply URL" in none.stderr) == (2, True)
