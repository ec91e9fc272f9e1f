"""One account never sees another's anything: its things, asked for from an account of one's own, never were."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from angarium.console.pages import TABLE
from angarium.console.table import Page
from angarium.demo import HANDSET
from angarium.ports.searches import NotificationQuery
from tests.visitors import DEMO_ACCOUNT, Town, town

LOOKS_MAX = 3_000
NEVER = "999999"
NEVER_PUBLIC = "0123456789abcdef0123456789abcdef"
SECRETS = ("order-of-the-demo", "text-of-the-demo", "guests-of-the-demo.csv", "answer-of-the-demo", "note-of-the-demo")
"""What the demo's account has said, and no other account may read."""
BOUNDARY = "b0und4ry"


class Demo(NamedTuple):
    """The demo's account with something of each kind in it."""

    people: Town
    ids: Mapping[str, str]
    """The number of one thing of each kind, as paths name it."""


def until(people: Town, look: Callable[[], str | None]) -> str:
    """What comes of it once there is something; the town lives on between two looks."""
    for _ in range(LOOKS_MAX):
        found = look()
        if found is not None:
            return found
        people.ask("owner", "GET", "/me")
    raise AssertionError("it never came")


def found_in(seen: str, pattern: str) -> str | None:
    """What the first group of a pattern finds."""
    found = re.search(pattern, seen)
    return found[1] if found else None


def send(people: Town, env: Mapping[str, str]) -> str:
    """A message of the demo's, with a callback due."""
    body = {"text": SECRETS[1], "to": [HANDSET], "callback": 7, "clientMessageId": SECRETS[0]}
    sent = {"Host": "localhost", "Authorization": f"Bearer {env['ANGARIUM_TOKEN']}", "Content-Type": "application/json"}
    seen = people.raw("POST", "/rest/message", json.dumps(body).encode(), sent)
    assert seen.status == 202, seen
    return str(json.loads(seen.body)["data"]["message"][0]["apiMessageId"])


def send_file(people: Town) -> str:
    """A file of the demo's that is not started; its number."""
    lines = f"to,text\n{HANDSET},{SECRETS[1]}\n"
    parts = [f'name="file"; filename="{SECRETS[2]}"\r\n\r\n{lines}', 'name="connection"\r\n\r\n1']
    parts.append(f'name="form_token"\r\n\r\n{people.form_token("owner")}')
    body = (
        "".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + f"--{BOUNDARY}--\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    headers |= {"Host": "localhost", "Cookie": people.cookies("owner")}
    seen = people.raw("POST", "/console/accounts/1/send/file", body.encode(), headers)
    assert seen.status == 303, seen
    return seen.headers["location"].rpartition("/")[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running demo, everything in its account, and a stranger who owns another."""
    data_dir: Path = tmp_path_factory.mktemp("town") / "data"
    with town(data_dir) as people:
        env = dict(line.split("=", 1) for line in (data_dir / "demo.env").read_text().splitlines())
        home = "/accounts/1"
        url = [("url", "http://127.0.0.1:9/told"), ("method", "get")]
        assert people.ask("owner", "POST", f"{home}/connections/1/callback", url).status == 200
        message = send(people, env)
        until(people, lambda: found_in(people.ask("owner", "GET", f"{home}/handsets").body, f"({SECRETS[1]})"))
        answer = [("number", HANDSET), ("text", SECRETS[3])]
        assert people.ask("owner", "POST", f"{home}/handsets", answer).status == 303
        block = [("digits", "27990000092"), ("note", SECRETS[4])]
        assert people.ask("owner", "POST", f"{home}/settings/blocks", block).status == 303
        begun = people.ask("owner", "POST", f"{home}/credit/buy", [("amount", "5")])
        assert begun.status == 200, begun

        def notification() -> str | None:
            rows = people.run(people.store.search_notifications(NotificationQuery(1, connection_id=1))).notifications
            return str(rows[0].notification_id) if rows else None

        def inbound() -> str | None:
            return found_in(people.ask("owner", "GET", f"{home}/inbound").body, r"/inbound/([0-9a-f]{32})")

        yield Demo(
            people,
            {
                "connection_id": "1",
                "token_id": "1",
                "number_id": "1",
                "public_id": message,
                "notification_id": until(people, notification),
                "inbound_public_id": until(people, inbound),
                "job_id": send_file(people),
                "purchase_id": "1",
                "person_id": str(people.person_ids["viewer"]),
            },
        )


def within_an_account(page: Page) -> bool:
    """Whether a page is about something in an account."""
    return page.path.startswith("/accounts/{account_id:int}/") and page.path.count("{") > 1


def filled(path: str, account_id: int, ids: Mapping[str, str]) -> str:
    """The path of a page about things with these numbers in an account."""
    path = path.replace("{account_id:int}", str(account_id))
    return re.sub(r"\{([a-z_]+)[^}]*\}", lambda gap: ids[gap[1]], path)


@pytest.mark.parametrize("page", [*filter(within_an_account, TABLE)], ids=lambda page: f"{page.method} {page.path}")
def test_things_of_another_account_never_were(demo: Demo, page: Page) -> None:
    """Asked for in one's own account they are answered to the last character like numbers that nobody has."""
    people = demo.people
    never = {name: NEVER_PUBLIC if "public" in name else NEVER for name in demo.ids}

    theirs = people.ask("stranger", page.method, filled(page.path, people.stranger_account, demo.ids))
    nobodys = people.ask("stranger", page.method, filled(page.path, people.stranger_account, never))

    assert theirs.status == 404
    assert (theirs.status, theirs.headers.keys()) == (nobodys.status, nobodys.headers.keys())
    assert without_path(theirs.body) == without_path(nobodys.body)


def without_path(body: str) -> str:
    """A page without the path that it was asked by, which a button leads back to."""
    return re.sub(r'name="back" value="[^"]*"', "", body)


@pytest.mark.parametrize(
    "page",
    [
        page
        for page in TABLE
        if page.method == "GET" and page.path.startswith("/accounts/{") and "live" not in page.path
    ],
    ids=lambda page: page.path,
)
def test_the_owner_s_things_are_there(demo: Demo, page: Page) -> None:
    """For the demo's owner; else the test above would prove nothing."""
    status = demo.people.ask("owner", "GET", filled(page.path, DEMO_ACCOUNT, demo.ids)).status

    assert status == 200 or (status, page.path.rpartition("/")[2]) == (404, "again")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/messages?id={public_id}",
        "/messages?own_id=order-of-the-demo",
        "/messages?number=27990000001&state=delivered",
        "/messages?text=text-of-the-demo&since=2020-01-01",
        "/messages?before={public_id}",
        "/messages?after={public_id}",
        "/messages/export.csv",
        "/messages/export.csv?own_id=order-of-the-demo",
        "/callbacks?connection=1",
        "/callbacks?connection=1&message={public_id}",
        "/inbound?connection=1",
        "/send?to=27990000001",
        "/send/file",
        "/credit",
        "/credit/statement.csv",
        "/credit/spending.csv",
        "/settings",
        "/settings?after=0",
        "/people",
        "/numbers",
        "/opt-outs",
        "/opt-outs/export",
        "/senders",
        "/connections",
        "/first-message",
    ],
)
def test_no_search_reaches_into_another_account(demo: Demo, path: str) -> None:
    """However it is asked, nothing comes of it that the demo's account has said or is called."""
    body = demo.people.ask("stranger", "GET", f"/accounts/{demo.people.stranger_account}{path.format(**demo.ids)}").body

    shown = body.replace("order-of-the-demo&#34;", "").replace('value="order-of-the-demo"', "")
    shown = re.sub(r'value="text-of-the-demo"|own_id=order-of-the-demo|text=text-of-the-demo', "", shown)
    assert not [secret for secret in (*SECRETS, "demo/", "demo credit", "27999123456") if secret in shown]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/send", {"connection": "1", "to": HANDSET, "text": "Hello", "nonce": "n"}),
        ("/send/preview", {"connection": "1", "to": HANDSET, "text": "Hello"}),
        ("/settings/blocks/remove", {"block_id": "1"}),
        ("/opt-outs/import/enter", {"kept": "x"}),
        ("/connections/new", {"name": "mine", "account_id": "1", "connection_id": "1"}),
        ("/people", {"login": "eve", "role": "viewer", "account_id": "1", "is_operator": "1", "person_id": "1"}),
        ("/senders", {"sender": "Shop", "account_id": "1", "senders": "Shop", "senders_registered": "1"}),
        ("/settings/retention", {"keep_text_days": "1", "account_id": "1", "recipients_max": "600"}),
    ],
)
def test_no_field_of_a_form_reaches_into_another_account(demo: Demo, path: str, fields: Mapping[str, str]) -> None:
    """Nor sets what its page does not show: fields beyond those are not read."""
    people = demo.people
    before = people.run(people.store.accounts()), people.run(people.store.connections(DEMO_ACCOUNT))
    members = people.run(people.store.memberships(account_id=DEMO_ACCOUNT))
    operators = [each for each in people.run(people.store.people()) if each.is_operator]
    blocks = people.run(people.store.blocks_of(DEMO_ACCOUNT, after=0, limit=10))

    seen = people.ask("stranger", "POST", f"/accounts/{people.stranger_account}{path}", [*fields.items()])

    assert seen.status in {200, 303, 404, 422}
    accounts, connections = people.run(people.store.accounts()), people.run(people.store.connections(DEMO_ACCOUNT))
    assert [each for each in accounts if each.account_id == DEMO_ACCOUNT] == [
        each for each in before[0] if each.account_id == DEMO_ACCOUNT
    ]
    mine = next(each for each in accounts if each.account_id == people.stranger_account).settings
    assert (mine.senders, mine.senders_registered, mine.recipients_max) == ((), False, 200)
    assert connections == before[1]
    assert people.run(people.store.memberships(account_id=DEMO_ACCOUNT)) == members
    assert [each for each in people.run(people.store.people()) if each.is_operator] == operators
    assert people.run(people.store.blocks_of(DEMO_ACCOUNT, after=0, limit=10)) == blocks
