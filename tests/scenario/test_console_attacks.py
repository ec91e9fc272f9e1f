"""The console under attack: what somebody tries who means no good, with an account of their own or with none."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from angarium.console.looks import OF_ONE_PERSON_MAX
from angarium.core.people import Role
from angarium.flows.people import TOTP_SECRET_OCTETS, TOTP_STEP_S
from angarium.ports.store import Tx
from tests.visitors import DEMO_ACCOUNT, Town, town


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A running demo, and somebody of each kind."""
    with town(tmp_path_factory.mktemp("town") / "data") as people:
        yield people


@pytest.mark.parametrize("number", ["9" * 19, "9" * 4_400, "\u00b2", "-1", "1.0"])
def test_a_number_that_is_no_key_names_nothing(people: Town, number: str) -> None:
    """In a path, a query or a form: the answer is that of a number that never was."""
    for path in ("/service/people/{}/sign-out", "/accounts/1/people/{}/remove", "/service/vouchers/{}/revoke"):
        who = "operator" if path.startswith("/service") else "owner"
        assert people.ask(who, "POST", path.format(quote(number))).status == 404
    assert people.ask("owner", "GET", f"/accounts/{quote(number)}/").status == 404
    assert people.ask("owner", "POST", "/me/sessions/end", [("session", number)]).status == 303
    assert people.ask("operator", "POST", "/service/people", [("account_id", number), ("login", "x")]).status == 422
    assert people.ask("operator", "POST", "/service/dead-letters", [("connection_id", number)]).status == 303
    assert people.ask("owner", "GET", f"/accounts/1/callbacks?connection=1&before={quote(number)}").status == 200


@pytest.mark.parametrize("field", ["carrier", "account", "to"])
def test_a_filter_that_cannot_be_read_never_means_all(people: Town, field: str) -> None:
    """Whoever cancels what waits for carrier x must not cancel everything."""
    for do in ("cancel", "reroute"):
        seen = people.ask("operator", "POST", "/service/queues/work", [(field, "x"), ("prefix", "2799"), ("do", do)])
        assert seen.status == 422
        assert "Choose one of the list." in seen.body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://["}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null"}, 303),
    ],
)
def test_a_form_of_another_site_changes_nothing(people: Town, headers: dict[str, str], status: int) -> None:
    """Even when it has the token, which it cannot know."""
    fields = [("name", f"shop {len(headers)} {status} {''.join(headers.values())[-4:]}")]
    assert people.ask("owner", "POST", "/accounts/1/connections/new", fields, headers).status == (status)


@pytest.mark.parametrize("token", ["", "x", "\u00e9", "0" * 64, "of the viewer"])
def test_a_form_without_its_token_changes_nothing(people: Town, token: str) -> None:
    """Nor with that of somebody else's page."""
    given = people.form_token("viewer") if token == "of the viewer" else token
    # The last of several fields counts, so this is the only one.
    seen = people.form("owner", "/accounts/1/connections/new", [("name", "stolen"), ("form_token", given)])
    assert seen.status == 403
    assert "stolen" not in people.ask("owner", "GET", "/accounts/1/connections").body


def test_a_page_that_is_open_ends_with_the_right_to_see_it(people: Town) -> None:
    """Session ended, role taken, another role given, shut out, no operator any more: within seconds."""
    gate = people.ask("operator", "POST", "/service/accounts/1/act")
    assert gate.status == 303
    live = [
        ("viewer", "/accounts/1/messages/live"),
        ("developer", "/accounts/1/messages/live"),
        ("owner", "/accounts/1/first-message/live"),
        ("operator", "/service/live"),
        ("operator", "/accounts/1/handsets/live"),
    ]

    async def take(tx: Tx) -> None:
        ids = people.person_ids
        await tx.end_sessions(ids["viewer"])
        await tx.set_membership(ids["developer"], DEMO_ACCOUNT, Role.VIEWER)
        await tx.change_person(ids["owner"], name="owner", is_operator=False, disabled_at=1)
        await tx.change_person(ids["operator"], name="operator", is_operator=False, disabled_at=None)

    async def meanwhile() -> None:
        await people.store.write(take)

    for said in people.watch(live, meanwhile):
        assert "event: gone" in said
    people.settle()


def test_nobody_holds_all_connections_by_pages_that_are_open(people: Town) -> None:
    """One person has so many streams; others have theirs, and all end when nobody reads them."""
    live = [("viewer", "/accounts/1/messages/live")] * OF_ONE_PERSON_MAX
    answers: list[int] = []

    async def meanwhile() -> None:
        answers.extend([(await people.asked(who, "/accounts/1/messages/live")).status for who in ("viewer", "owner")])

        async def end(tx: Tx) -> None:
            await tx.end_sessions(people.person_ids["viewer"])

        await people.store.write(end)

    people.watch(live, meanwhile)
    people.settle()
    assert answers == [429, 200]


def test_a_second_factor_is_not_set_on_a_screen_that_somebody_left(people: Town) -> None:
    """Nor replaced: the password is asked for, as it is before it is removed."""
    secret = base64.b32encode(bytes(TOTP_SECRET_OCTETS)).decode()
    code = TOTP(bytes(TOTP_SECRET_OCTETS), 6, SHA1(), TOTP_STEP_S).generate(int(time.time())).decode()
    seen = people.ask("viewer", "POST", "/me/second-factor", [("secret", secret), ("code", code)])
    assert seen.status == 422
    assert "This is not your password" in seen.body
    person = people.run(people.store.person(people.person_ids["viewer"]))
    assert person is not None
    assert person.totp_sealed is None
