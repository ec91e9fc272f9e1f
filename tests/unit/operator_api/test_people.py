"""People over the operator's API."""

from __future__ import annotations

from angarium.core.account import token_hash
from angarium.ports.people import SessionRow
from angarium.ports.store import Tx
from tests.gateway import NOON
from tests.unit.operator_api.conftest import Api

LINK = "https://console.example/console/password?ticket="


async def an_operator(api: Api, login: str) -> int:
    """Somebody who runs the service; the number."""
    made = await api.ask("POST", "/v1/people", {"login": login, "is_operator": True})
    assert made.status == 201, made
    return int(made.body["person"]["person_id"])


async def test_somebody_is_invited_and_given_roles(api: Api) -> None:
    """The link is in that answer only; a role is given, replaced and taken away."""
    body = {"login": "Olive@example.com", "name": "Olive", "account_id": 1, "role": "owner"}
    made = await api.ask("POST", "/v1/people", body)
    person_id = made.body["person"]["person_id"]
    path = f"/v1/people/{person_id}"

    assert (made.status, made.body["person"]["login"]) == (201, "olive@example.com")
    assert made.body["link"].startswith(LINK)
    shown = await api.get(path)
    assert (shown["has_password"], shown["roles"]) == (False, [{"account_id": 1, "role": "owner"}])
    assert [(each["kind"], each["made_by"]) for each in shown["links"]] == [("invitation", "token:all")]
    assert made.body["link"].removeprefix(LINK) not in str(shown)
    assert [each["login"] for each in (await api.get("/v1/people?account_id=1"))["data"]] == ["olive@example.com"]

    less = await api.ask("PUT", f"{path}/roles/1", {"role": "viewer"})
    gone = await api.ask("DELETE", f"{path}/roles/1")
    assert (less.body["roles"], gone.status) == ([{"account_id": 1, "role": "viewer"}], 204)
    assert (await api.get("/v1/people?account_id=1"))["data"] == []
    again = await api.ask("POST", f"{path}/link")
    assert again.status == 201
    assert again.body["link"] != made.body["link"]
    assert [action for action, _ in await api.acts(4)] == [
        "person.invite",
        "person.role",
        "person.role",
        "person.invitation",
    ]


async def test_who_cannot_be_invited_is_told(api: Api) -> None:
    """Each with its field: a login that is none, or taken; nothing to do; an account that nobody has."""
    await an_operator(api, "ada")
    wrong = [
        ({"login": "with blanks", "is_operator": True}, 422, "login"),
        ({"login": "bob"}, 422, "account_id"),
        ({"login": "ADA", "is_operator": True}, 409, None),
        ({"login": "bob", "account_id": 99}, 404, None),
        ({"login": "bob", "account_id": 1, "role": "king"}, 422, "role"),
    ]

    for body, status, field in wrong:
        said = await api.ask("POST", "/v1/people", body)
        assert (said.status, said.body.get("field")) == (status, field), body
    assert len((await api.get("/v1/people"))["data"]) == 1


async def test_somebody_is_shut_out_and_always_somebody_runs_the_service(api: Api) -> None:
    """At once, sessions included; the last operator stays."""
    ada, bob = await an_operator(api, "ada"), await an_operator(api, "bob")

    shut = await api.ask("PATCH", f"/v1/people/{ada}", {"is_disabled": True})
    refused = [
        await api.ask("PATCH", f"/v1/people/{bob}", body) for body in ({"is_operator": False}, {"is_disabled": True})
    ]
    let_in = await api.ask("PATCH", f"/v1/people/{ada}", {"is_disabled": False, "is_operator": False})

    assert shut.body["disabled_at"] is not None
    assert [each.status for each in refused] == [422, 422]
    assert "must run the service" in refused[0].body["detail"]
    assert (let_in.body["disabled_at"], let_in.body["is_operator"]) == (None, False)


async def test_sessions_are_shown_and_ended(api: Api) -> None:
    """One, or all of them; the audit log says so."""
    ada = await an_operator(api, "ada")
    row = SessionRow(0, ada, None, False, NOON, NOON, NOON + 60_000, "192.0.2.7", "Browser")

    async def sign_in(tx: Tx) -> None:
        for name in (b"one", b"two", b"three"):
            await tx.add_session(token_hash(name), row)

    await api.gateway.store.write(sign_in)
    path = f"/v1/people/{ada}"
    sessions = (await api.get(path))["sessions"]
    assert [(each["address"], each["acts_for_account_id"]) for each in sessions] == [("192.0.2.7", None)] * 3

    one = await api.ask("DELETE", f"{path}/sessions/{sessions[0]['session_id']}")
    again = await api.ask("DELETE", f"{path}/sessions/{sessions[0]['session_id']}")
    assert (one.status, again.status, len((await api.get(path))["sessions"])) == (204, 404, 2)
    assert (await api.ask("DELETE", f"{path}/sessions")).status == 204
    assert (await api.ask("DELETE", f"{path}/second-factor")).status == 204
    assert (await api.get(path))["sessions"] == []
    assert [action for action, _ in await api.acts(3)] == [
        "person.end_sessions",
        "person.end_sessions",
        "person.remove_second_factor",
    ]


async def test_nobody_of_this_number_is_there(api: Api) -> None:
    """Whatever is asked for."""
    for method, path, body in (
        ("GET", "/v1/people/9", None),
        ("PATCH", "/v1/people/9", {}),
        ("POST", "/v1/people/9/link", None),
        ("PUT", "/v1/people/9/roles/1", {"role": "owner"}),
        ("DELETE", "/v1/people/9/sessions", None),
        ("GET", "/v1/people?account_id=9", None),
    ):
        assert (await api.ask(method, path, body)).status == 404, path
