"""People by command."""

from __future__ import annotations

import pytest

from angarium.ports.people import SessionRow
from tests.gateway import NOON, open_gateway


def test_somebody_is_invited_shown_and_helped(made):
    """The link is printed once; another one later; what was said of them can be read."""
    invited = made("person", "invite", "Ada@example.com", "--account", "Acme", "--role", "owner", "--json").json
    shown = made("person", "show", "ada@example.com", "--json").json

    assert invited["link"].startswith("http://127.0.0.1:8080/console/password?ticket=")
    assert (shown["login"], shown["roles"]) == ("ada@example.com", ["Acme: owner"])
    assert [each["kind"] for each in shown["links"]] == ["invitation"]
    assert [row["login"] for row in made("person", "list", "--account", "Acme", "--json").json] == ["ada@example.com"]
    assert made("person", "reset", "ada@example.com", "--json").json["link"] != invited["link"]
    assert made("person", "role", "ada@example.com", "Acme", "none").code == 0
    assert made("person", "list", "--account", "Acme", "--json").json == []


def test_who_cannot_be_invited_or_found_is_told(made):
    """In a sentence."""
    assert "--operator, or --account" in made("person", "invite", "ada").err
    assert "A login is" in made("person", "invite", "a b", "--operator").err
    assert made("person", "invite", "ada", "--operator").code == 0
    assert made("person", "invite", "ada", "--operator").code == 1
    assert "There are: ada." in made("person", "show", "bob").err


def test_somebody_always_runs_the_service(made):
    """An operator more can be made, and shut out; the last one stays."""
    made("person", "invite", "ada", "--operator")
    made("person", "invite", "bob", "--account", "Acme")

    refused = made("person", "operator", "ada", "--no-longer")
    assert (refused.code, "must run the service" in refused.err) == (2, True)
    assert made("person", "operator", "bob", "--json").json == {"login": "bob", "operator": True}
    assert made("person", "operator", "ada", "--no-longer", "--json").json["operator"] is False
    assert made("person", "disable", "bob").code == 2
    assert made("person", "disable", "ada", "--json").json["disabled_at"] != ""
    assert made("person", "enable", "ada", "--json").json["disabled_at"] == ""


@pytest.fixture
async def signed_in(folder):
    """A store with somebody who is signed in three times."""
    async with open_gateway(folder / "var") as gateway:
        row = SessionRow(0, 1, None, False, NOON, NOON, 2**50, "192.0.2.7", "Browser")

        async def sign_in(tx):
            await tx.add_person("ada", "Ada", is_operator=True, at=NOON)
            for name in (b"1", b"2", b"3"):
                await tx.add_session(name * 32, row)

        await gateway.store.write(sign_in)


def test_sessions_are_ended(signed_in, angarium):
    """One by its number, or all of them."""
    sessions = angarium("person", "show", "ada", "--json").json["sessions"]

    assert {each["address"] for each in sessions} == {"192.0.2.7"}
    number = str(sessions[0]["session_id"])
    assert angarium("person", "sign-out", "ada", "--session", number, "--json").json == {"login": "ada", "ended": 1}
    assert angarium("person", "sign-out", "ada", "--session", number).code == 1
    assert angarium("person", "sign-out", "ada", "--json").json["ended"] == 2
    assert angarium("person", "show", "ada", "--json").json["sessions"] == []
