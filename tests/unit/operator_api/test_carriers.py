"""Carriers and trials over the operator's API: what needs a process at work."""

from __future__ import annotations

from angarium.carriers.settings import describe
from tests.unit.operator_api.conftest import Api


async def test_every_setting_of_a_carrier_is_listed(api: Api) -> None:
    """The table that the commands and the page show too; the password is the only secret."""
    rows = (await api.get("/v1/carrier-settings"))["data"]

    assert [row["name"] for row in rows] == [row.name for row in describe()]
    assert [row["name"] for row in rows if row["secret"]] == ["password"]
    assert {row["name"]: row["default"] for row in rows}["port"] == 2775


async def test_a_carrier_binds_anew_if_it_is_at_work(api: Api) -> None:
    """Otherwise there is nothing to bind, and no row in the audit log."""
    idle = await api.ask("POST", "/v1/carriers", {"name": "idle", "settings": {"host": "smsc.example"}})

    assert (await api.ask("POST", "/v1/carriers/1/rebind")).status == 204
    refused = await api.ask("POST", f"/v1/carriers/{idle.body['carrier_id']}/rebind")
    assert (refused.status, "not at work" in refused.body["detail"]) == (409, True)
    assert (await api.ask("POST", "/v1/carriers/9/rebind")).status == 404
    assert ("carrier.rebind", "carrier/1") in await api.acts(2)


async def test_settings_are_tried_before_they_are_kept(api: Api) -> None:
    """A carrier's own with some replaced, or all of them new; nothing is kept but the row in the audit log."""
    await api.ask("PATCH", "/v1/carriers/1", {"settings": {"host": "smsc.example", "password": "wrong"}})

    failed = await api.ask("POST", "/v1/bind-trials", {"carrier_id": 1})
    worked = await api.ask("POST", "/v1/bind-trials", {"carrier_id": 1, "settings": {"password": "right"}})
    new = await api.ask("POST", "/v1/bind-trials", {"settings": {"host": "other.example", "window": 7}})

    assert [each.body["is_good"] for each in (failed, worked, new)] == [False, True, False]
    assert worked.body["steps"][0] == {"is_good": True, "sentence": "Connected."}
    assert [bind.get("host") for bind in api.binds] == ["smsc.example", "smsc.example", "other.example"]
    assert (await api.get("/v1/carriers/1"))["settings"] == {"host": "smsc.example"}
    assert [action for action, _ in await api.acts(3)] == ["carrier.try_bind"] * 3


async def test_what_cannot_be_tried_is_named(api: Api) -> None:
    """Before anything is connected."""
    for body, status, field in (
        ({}, 422, "settings.host"),
        ({"settings": {"host": "a..b"}}, 422, "settings"),
        ({"carrier_id": 1, "settings": {"window": 0}}, 422, "settings"),
        ({"carrier_id": 9}, 404, None),
    ):
        said = await api.ask("POST", "/v1/bind-trials", body)
        assert (said.status, said.body.get("field")) == (status, field), body
    assert api.binds == []


async def test_the_urls_of_a_connection_are_tried(api: Api) -> None:
    """Each with something made up; one that has no URL is told (rest-api 8.1)."""
    await api.ask("PATCH", "/v1/connections/1", {"reply": {"url": "https://customer.example/reply"}})

    tried = [await api.ask("POST", f"/v1/connections/1/{name}/try") for name in ("callback", "reply")]
    await api.ask("PATCH", "/v1/connections/1", {"reply": {"url": ""}})
    refused = await api.ask("POST", "/v1/connections/1/reply/try")

    assert [each.body["is_good"] for each in tried] == [True, True]
    assert (tried[0].body["status"], tried[0].body["head"]) == (204, ["Server: x"])
    assert api.calls == [("https://customer.example/status", 1), ("https://customer.example/reply", 1)]
    assert (refused.status, refused.body["detail"]) == (422, "This API connection has no reply URL.")
    assert (await api.ask("POST", "/v1/connections/9/callback/try")).status == 404
