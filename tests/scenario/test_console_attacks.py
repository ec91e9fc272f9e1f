"""The console under attack: what somebody tries who means no good, with an account of their own or with none."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from angarium.console.looks import OF_ONE_PERSON_MAX
from angarium.console.pages import TABLE
from angarium.console.table import Needs
from angarium.core.account import token_hash
from angarium.core.credit import CREDIT
from angarium.core.csv_cells import disarmed
from angarium.core.people import Role
from angarium.demo import HANDSET
from angarium.flows.members import TICKETS_LAST_MS
from angarium.flows.people import TOTP_SECRET_OCTETS, TOTP_STEP_S
from angarium.lifecycle import SystemClock
from angarium.ports.people import TicketKind
from angarium.ports.store import Tx
from tests.visitors import DEMO_ACCOUNT, Seen, Town, town

FORMULA = "=cmd()"
EXPORTS_MIN = 8
PASSWORD = "a horse in the sea"
PAIR = (("owner", "developer"), ("developer", "owner"))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo keeps what it has."""
    return tmp_path_factory.mktemp("town") / "data"


@pytest.fixture(scope="module")
def people(data_dir: Path) -> Iterator[Town]:
    """A running demo, and somebody of each kind."""
    with town(data_dir, http_proxies_trusted=("127.0.0.1/32",)) as people:
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


def ticket(people: Town, who: str, kind: TicketKind = TicketKind.RESET) -> str:
    """A link for one use that somebody was given."""
    made, now = f"ticket-of-{who}", SystemClock().now()

    async def work(tx: Tx) -> None:
        await tx.add_ticket(
            token_hash(made.encode()),
            kind=kind,
            person_id=people.person_ids[who],
            made_by="cli:op",
            at=now,
            expires_at=now + TICKETS_LAST_MS[kind],
        )

    people.run(people.store.write(work))
    return made


def choose(people: Town, made: str) -> Seen:
    """Choose a password by a ticket."""
    fields = [("ticket", made), ("password", PASSWORD), ("again", PASSWORD)]
    return people.ask("nobody", "POST", "/password", fields)


def test_a_ticket_works_once_and_at_once_only_for_one(people: Town) -> None:
    """Its session is new, out of reach of scripts and other sites, and the old ones have ended."""
    fields = [("ticket", ticket(people, "viewer")), ("password", PASSWORD), ("again", PASSWORD)]
    answers = people.at_once([("nobody", "/password", fields)] * 4)
    assert sorted(each.status for each in answers) == [303, 410, 410, 410]
    (cookie,) = next(each.cookies for each in answers if each.status == 303)
    assert {"HttpOnly", "SameSite=lax", "Path=/console"} <= {part.strip() for part in cookie.split(";")}
    assert people.secrets["viewer"] not in cookie
    assert people.ask("viewer", "GET", "/me").status == 303
    assert people.ask("nobody", "GET", f"/password?ticket={fields[0][1]}").status == 410
    people.settle()


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "/console/../../evil",
        "/consolevil/",
        "javascript:alert(1)",
        " /console/",
        "/console/\r\nSet-Cookie: a=b",
        "/console//evil.example",
        "@evil.example",
        "",
    ],
)
def test_whoever_signs_in_stays_here(people: Town, to: str) -> None:
    """A link to the sign-in page leads to no stranger's page, and writes no header."""
    choose(people, ticket(people, "developer"))
    people.settle()
    signed = people.ask("nobody", "POST", "/sign-in", [("login", "developer"), ("password", PASSWORD), ("to", to)])
    themed = people.ask("nobody", "POST", "/theme", [("theme", "dark"), ("back", to)])
    for seen in (signed, themed):
        assert seen.status == 303
        where = urljoin("http://here.example/console/sign-in", seen.headers["location"])
        assert urlsplit(where).netloc == "here.example"
        assert len(seen.cookies) == 1
    people.settle()


def test_cookies_are_secure_behind_a_proxy_that_ends_tls(people: Town) -> None:
    """As it says, if it is trusted; in the clear a browser would not keep them."""
    for said, is_secure in (("https", True), ("http", False), ("https, http", False), ("", False)):
        seen = people.raw(
            "GET", "/console/sign-in", b"", {"Host": "h", **({"X-Forwarded-Proto": said} if said else {})}
        )
        assert [("Secure" in cookie) for cookie in seen.cookies] == [is_secure]


def test_a_notice_is_text_and_is_shown_once(people: Town) -> None:
    """Whatever another program of the same host has put into the cookie."""
    notice = quote("<b>you</b> won \u202etxt")
    cookies = f"{people.cookies('viewer')}; angarium_notice={notice}"
    seen = people.ask("viewer", "GET", "/me", headers={"Cookie": cookies})
    assert "&lt;b&gt;you&lt;/b&gt; won \u27e8U+202E\u27e9txt" in seen.body
    assert [cookie for cookie in seen.cookies if cookie.startswith('angarium_notice="";')]


def test_one_voucher_brings_credit_once(people: Town) -> None:
    """However many press the button at the same moment, in whichever account."""
    made = people.ask("operator", "POST", "/service/vouchers", [("amount", "7"), ("count", "1"), ("days", "9")])
    code = re.search(r"[A-Z2-9]{5}(-[A-Z2-9]{5}){3}", made.body)
    assert code is not None
    before = people.run(people.store.balance(DEMO_ACCOUNT)).free
    theirs = people.run(people.store.balance(people.stranger_account)).free
    stranger = f"/accounts/{people.stranger_account}/credit/voucher"
    fields = [("code", code[0])]

    people.at_once([("owner", "/accounts/1/credit/voucher", fields), ("stranger", stranger, fields)] * 2)

    after = people.run(people.store.balance(DEMO_ACCOUNT)).free - before
    assert sorted([after, people.run(people.store.balance(people.stranger_account)).free - theirs]) == [0, 7 * CREDIT]


def test_an_account_keeps_an_owner_when_two_put_each_other_out(people: Town) -> None:
    """At the same moment: one of them is told that somebody must be left."""
    developer, demo = people.person_ids["developer"], demo_of(people)
    people.run(people.store.write(lambda tx: tx.set_membership(developer, DEMO_ACCOUNT, Role.OWNER)))
    people.run(people.store.write(lambda tx: tx.set_membership(demo, DEMO_ACCOUNT, Role.VIEWER)))
    asks = [(who, f"/accounts/1/people/{people.person_ids[whom]}/remove", ()) for who, whom in PAIR]

    people.at_once(asks)

    owners = [each for each in people.run(people.store.memberships(account_id=DEMO_ACCOUNT)) if each.role is Role.OWNER]
    assert len(owners) == 1
    people.run(people.store.write(lambda tx: tx.set_membership(demo, DEMO_ACCOUNT, Role.OWNER)))
    people.settle()


def demo_of(people: Town) -> int:
    """The person whom the demo makes, an owner too."""
    person = people.run(people.store.person_of_login("demo"))
    assert person is not None
    return person.person_id


def test_acting_for_an_account_leaves_marks_and_raises_nothing(people: Town) -> None:
    """Every change says who acted; the role is gone with the operator's own, and no other account is open by it."""
    assert people.ask("operator", "GET", "/accounts/1/").status == 404
    people.ask("operator", "POST", "/service/accounts/1/act")
    assert people.ask("operator", "GET", "/accounts/1/").status == 200
    assert people.ask("operator", "GET", f"/accounts/{people.stranger_account}/").status == 404
    assert people.ask("operator", "POST", "/accounts/1/connections/new", [("name", "by hand")]).status == 303
    marks = [(each.author, each.action) for each in people.run(people.store.audit(before_id=None, limit=3))]
    assert ("person:operator for account/1", "connection.create") in marks
    assert ("person:operator", "account.act_for") in marks

    async def demote(tx: Tx) -> None:
        await tx.change_person(people.person_ids["operator"], name="operator", is_operator=False, disabled_at=None)

    people.run(people.store.write(demote))
    assert people.ask("operator", "GET", "/accounts/1/").status == 404
    people.settle()


def test_a_trial_calls_no_private_address(people: Town) -> None:
    """Nor one that only looks public; the demo lists loopback, and nothing else (rest-api 8.7)."""
    for url in (
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/",
        "http://[fd00::1]/",
        "http://0x7f.1/",
        "http://[::ffff:10.0.0.1]/",
    ):
        seen = people.ask("owner", "POST", "/accounts/1/connections/1/callback", [("url", url), ("method", "get")])
        assert "not called" in seen.body or seen.status == 422, url


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "[::1]"])
def test_no_answer_leads_to_the_host_that_a_request_names(people: Town, host: str) -> None:
    """A slash too many or too few is put right within the console, and signing in leads to a path."""
    for who, path, where in (
        ("operator", "/service/?a=b", "/console/service?a=b"),
        ("owner", "/accounts/1", "/console/accounts/1/"),
        ("owner", "/static/console.css/", "/console/static/console.css"),
        ("nobody", "/me?a=b", "/console/sign-in?to=%2Fconsole%2Fme%3Fa%3Db"),
        ("owner", "/", None),
    ):
        seen = people.ask(who, "GET", path, headers={"Host": host})
        assert seen.status in {303, 308}
        assert seen.headers["location"] == where or (where is None and seen.headers["location"].startswith("/console/"))
        assert host not in seen.body
    assert people.ask("owner", "POST", "/accounts/1").status == 404


@pytest.mark.parametrize(
    "name",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/%2e%2e/app.py",
        "..%5capp.py",
        "/etc/passwd",
        "//etc/passwd",
        "",
        "CONSOLE.CSS",
    ],
)
def test_static_files_are_those_that_there_are(people: Town, name: str) -> None:
    """A path that climbs finds nothing."""
    assert people.ask("owner", "GET", f"/static/{name}").status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(people: Town, method: str) -> None:
    """No page is changed, deleted or traced."""
    for path in ("/me", "/service", "/accounts/1/", "/accounts/1/connections/new", "/sign-in"):
        seen = people.ask("operator", method, path)
        assert (seen.status, "text/html" in seen.headers["content-type"]) == (405, True)


def send_a_formula(people: Town, data_dir: Path) -> None:
    """As each thing that somebody can name, and that is exported."""
    token = dict(line.split("=", 1) for line in (data_dir / "demo.env").read_text().splitlines())["ANGARIUM_TOKEN"]
    body = {"text": FORMULA, "to": [HANDSET], "clientMessageId": FORMULA}
    sent = {"Host": "localhost", "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert people.raw("POST", "/rest/message", json.dumps(body).encode(), sent).status == 202
    credit = [("amount", "1"), ("kind", "trial"), ("note", FORMULA)]
    assert people.ask("operator", "POST", "/service/accounts/1/credit", credit).status == 303
    made = people.ask("operator", "POST", "/service/accounts/new", [("name", FORMULA), ("countries", "any")])
    assert made.status == 303, made
    rate = [("prefix", "4199"), ("value", "1"), ("account", made.headers["location"].rpartition("/")[2])]
    assert people.ask("operator", "POST", "/service/rates", rate).status == 303
    lines = f"to,text\n{HANDSET},Hello\n{FORMULA},Hello\n"
    parts = [("connection", ""), ("form_token", people.form_token("owner"))]
    content = [f'name="{name}"\r\n\r\n{value or 1}' for name, value in parts]
    content.append(f'name="file"; filename="{FORMULA}"\r\n\r\n{lines}')
    form = "".join(f"--b\r\nContent-Disposition: form-data; {each}\r\n" for each in content) + "--b--\r\n"
    headers = {"Host": "localhost", "Cookie": people.cookies("owner")}
    headers["Content-Type"] = "multipart/form-data; boundary=b"
    job = people.raw("POST", "/console/accounts/1/send/file", form.encode(), headers)
    assert job.status == 303, job


def test_no_exported_cell_is_run_as_a_formula(people: Town, data_dir: Path) -> None:
    """Whatever a customer, a handset or an operator has named so; every page that answers with CSV is asked."""
    send_a_formula(people, data_dir)
    exported: dict[str, str] = {}
    for page in TABLE:
        if page.method != "GET" or "live" in page.path:
            continue
        path = re.sub(r"\{[^}]*\}", "1", page.path)
        seen = people.ask("operator" if page.needs is Needs.OPERATOR else "owner", "GET", path)
        if seen.headers["content-type"].startswith("text/csv"):
            exported[page.path] = seen.body
            assert seen.headers["content-disposition"].startswith("attachment")

    cells = {path: [cell for row in csv.reader(io.StringIO(text)) for cell in row] for path, text in exported.items()}
    assert not {path: cell for path, row in cells.items() for cell in row if disarmed(cell) != cell}
    armed = {path for path, row in cells.items() if f"'{FORMULA}" in row}
    assert armed >= {
        "/accounts/{account_id:int}/messages/export.csv",
        "/accounts/{account_id:int}/credit/statement.csv",
        "/service/rates/export",
    }
    assert len(exported) >= EXPORTS_MIN
