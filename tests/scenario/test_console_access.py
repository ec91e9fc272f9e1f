"""Nobody sees, or changes, what is not theirs: every page of the console's table, as every wrong person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from angarium.console.pages import TABLE
from angarium.console.parts import TRIALS_PER_MINUTE_MAX
from angarium.console.table import Needs, Page
from tests.product import Answer, Product, call

PASSWORD = "a horse in the sea"
RANK = {Needs.VIEWER: 0, Needs.DEVELOPER: 1, Needs.OWNER: 2}
BOUNDARY = "b0und4ry"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Person:
    """Somebody with a browser that keeps cookies, and shows no pages."""

    def __init__(self, product: Product, *invitation: str) -> None:
        self._product = product
        self._cookies: dict[str, str] = {}
        if invitation:
            ran = product.command("person", "invite", *invitation)
            found = re.search(r"ticket=(\S+)", ran.stdout)
            assert found is not None, ran.stderr
            given = {"ticket": found[1], "password": PASSWORD, "again": PASSWORD}
            self.token = self._token(self.ask("GET", f"/password?ticket={found[1]}"))
            assert self.ask("POST", "/password", given).status == 303
            self.token = self._token(self.ask("GET", "/me"))
        else:
            self.token = self._token(self.ask("GET", "/sign-in"))

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page, or send a form with the token that this person's own pages have."""
        body = urlencode({**(fields or {}), "form_token": getattr(self, "token", "")}) if method == "POST" else None
        return self._call(method, path, None if body is None else body.encode(), FORM)

    def send(self, path: str, octets: bytes, *, name: str = "f.csv", **fields: str) -> Answer:
        """Send a form with a file before what is typed, as the pages have it."""
        disposition = f'form-data; name="file"; filename="{name}"'
        parts = [f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + octets]
        parts += [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}'.encode()
            for field, value in {**fields, "form_token": self.token}.items()
        ]
        body = b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
        return self._call("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})

    @property
    def cookies(self) -> str:
        """What this person's browser would send."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        answer = call(
            self._product.url, method, f"/console{path}", body=body, headers={"Cookie": self.cookies, **headers}
        )
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                self._cookies.update({key: morsel.value for key, morsel in SimpleCookie(value).items()})
        return answer

    @staticmethod
    def _token(answer: Answer) -> str:
        found = re.search(rb'name="form_token" value="(\w+)"', answer.body)
        assert found is not None, answer
        return found[1].decode()


@pytest.fixture(scope="module")
def people(product: Product) -> dict[str, Person]:
    """One of each kind; the other account is not the demo's."""
    made = product.command("--json", "account", "create", "other", "--country", "any")
    assert made.returncode == 0, made.stderr
    roles = ("viewer", "developer", "owner")
    return {
        "nobody": Person(product),
        "stranger": Person(product, "stranger", "--account", "other", "--role", "owner"),
        "operator": Person(product, "operator", "--operator"),
        **{role: Person(product, role, "--account", "demo", "--role", role) for role in roles},
    }


def wrong_people(page: Page) -> list[str]:
    """Who may not see this page of the demo's account, or of the service."""
    if page.needs is Needs.NOBODY:
        return []
    if page.needs is Needs.PERSON:
        return ["nobody"]
    if page.needs is Needs.OPERATOR:
        return ["nobody", "stranger", "viewer", "developer", "owner"]
    members = ["viewer", "developer", "owner"]
    return ["nobody", "stranger", "operator", *members[: RANK[page.needs]]]


@pytest.mark.parametrize("page", TABLE, ids=lambda page: f"{page.method} {page.path}")
def test_a_page_is_for_whom_it_is_for(product: Product, people: dict[str, Person], page: Page) -> None:
    """Whoever may not see it learns no more than that there is nothing, and changes nothing."""
    path = re.sub(r"\{account_id[^}]*\}", "1", page.path)
    path = re.sub(r"\{[^}]*:int\}", "1", path)
    path = re.sub(r"\{[^}]*\}", "x", path)

    statuses = {name: people[name].ask(page.method, path).status for name in wrong_people(page)}

    wanted = {name: 303 if name == "nobody" else 404 for name in statuses}
    assert statuses == wanted


def test_every_answer_says_what_a_browser_may_do_with_it(people: dict[str, Person]) -> None:
    """Pages and refusals alike: nothing from other hosts, no frame around it, nothing kept by others."""
    for path in ("/sign-in", "/me", "/service", "/nothing-here", "/static/console.css", "/static/nothing"):
        headers = {name.lower(): value for name, value in people["viewer"].ask("GET", path).headers.items()}

        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(product: Product) -> None:
    """And over HTTPS they are never sent in the clear."""
    person = Person(product, "cookie", "--operator")
    answer = person.ask("GET", "/sign-in")
    assert answer.status == 303

    headers = call(product.url, "GET", "/console/sign-in").headers
    fresh = next(value for name, value in headers.items() if name.lower() == "set-cookie")

    assert {"HttpOnly", "SameSite=lax", "Path=/console"} <= {part.strip() for part in fresh.split(";")}
    assert person.ask("POST", "/sign-out").status == 303
    assert person.ask("GET", "/me").status == 303


def test_handsets_are_those_of_the_account_that_the_simulator_was_started_for(people: dict[str, Person]) -> None:
    """Another account's owner sees none of them, not even on a page of their own."""
    headers = {name.lower(): value for name, value in people["stranger"].ask("GET", "/").headers.items()}
    path = headers["location"].removeprefix("/console").rstrip("/") + "/handsets"
    assert not path.startswith("/accounts/1/")

    assert people["stranger"].ask("GET", path).status == 404
    assert people["stranger"].ask("GET", f"{path}/live").status == 404
    assert people["stranger"].ask("POST", path, {"number": "27990000001", "text": "Hello"}).status == 404
    assert people["viewer"].ask("GET", "/accounts/1/handsets").status == 200


def test_an_account_tries_its_urls_only_so_often(product: Product, people: dict[str, Person]) -> None:
    """A trial is a request to a host that somebody has typed; what was typed is saved all the same (rest-api 8.1)."""
    home = "/accounts/1/connections/1/callback"
    fields = {"url": "http://192.0.2.1/told", "method": "get"}

    statuses = [people["owner"].ask("POST", home, fields).status]
    statuses += [people["developer"].ask("POST", f"{home}/test").status for _ in range(TRIALS_PER_MINUTE_MAX)]
    assert statuses == [200] * TRIALS_PER_MINUTE_MAX + [429]

    refused = people["owner"].ask("POST", home, {**fields, "url": "http://192.0.2.2/told"})
    said = refused.body.decode()
    assert refused.status == 429
    assert "It is saved, but it was not called: an account may try its URLs 10 times a minute. Test it in" in said
    assert "http://192.0.2.2/told" in product.command("connection", "show", "demo/demo").stdout


def test_messages_are_found_by_the_number_of_their_status(people: dict[str, Person]) -> None:
    """Beside their state; what is no status is said beside its field (rest-api 7)."""
    for who, path in (("viewer", "/accounts/1/messages"), ("operator", "/service/messages")):
        assert people[who].ask("GET", f"{path}?status=004").status == 200
        wrong = people[who].ask("GET", f"{path}?status=013")
        assert wrong.status == 422
        assert "three digits, such as 004" in wrong.body.decode()


def test_what_is_set_on_a_page_holds_from_its_answer_on(product: Product, people: dict[str, Person]) -> None:
    """The message that is sent next is judged by it."""
    for digits in (f"2799000{fate}" for fate in range(1101, 1106)):
        assert people["owner"].ask("POST", "/accounts/1/settings/blocks", {"digits": digits}).status == 303
        answer = call(product.url, "POST", "/rest/message", token=product.token, body={"text": "x", "to": [digits]})
        assert answer.json()["data"]["message"][0]["error"]["code"] == "121"
