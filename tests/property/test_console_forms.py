"""Whatever anybody sends to any page of the console: it is answered, never with a fault of ours, never with markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from angarium.console.pages import TABLE
from angarium.console.table import Needs, Page
from tests.visitors import DEMO_ACCOUNT, KINDS, Seen, Town, town

MARKUP = "<b>hostile</b>"
TARGET_OCTETS_MAX = 7_000
FAULTS_FROM = 500
FIELDS_MAX = 20

ENTITLED = {
    Needs.NOBODY: KINDS,
    Needs.PERSON: KINDS[1:],
    Needs.VIEWER: ("viewer", "developer", "owner"),
    Needs.DEVELOPER: ("developer", "owner"),
    Needs.OWNER: ("owner",),
    Needs.OPERATOR: ("operator",),
}

PLAUSIBLE = {
    "account": "1", "account_id": "1", "after": "1", "again": "a horse in the sea", "amount": "5", "before": "2",
    "carrier": "1", "carrier_id": "1", "charset": "utf-8", "code": "123456", "connection": "1", "connection_id": "1",
    "count": "1", "countries": "any", "days": "7", "digits": "27990000092", "do": "check", "doubt": "resend",
    "everything": "1", "host": "127.0.0.1", "is_operator": "1", "kind": "trial", "login": "grace", "name": "shop",
    "method": "get", "networks": "192.0.2.0/24", "note": "fair", "number": "27990000001", "old": "1h", "older_min": "5",
    "own_id": "order-1", "password": "a horse in the sea", "port": "9", "prefix": "2799", "recipient": "27990000001",
    "role": "viewer", "scheduled": "2030-01-31T09:30", "segments_max": "3", "sender": "27999123456",
    "since": "2026-01-31", "state": "delivered", "status": "004", "text": "Hello", "theme": "dark", "to": "27990000001",
    "url": "", "validity_min": "60", "value": "0.5", "warn_below": "10", "what": "27990000001", "when": "now",
}  # fmt: skip
"""What a person might type, by field."""
NAMES = sorted(
    {*PLAUSIBLE, "author", "back", "client_message_id", "country_prefix", "credits_per_day", "credits_per_month"}
    | {"id", "is_prefix", "is_trial", "keep", "keep_numbers_days", "keep_text_days", "kept", "keyword", "language"}
    | {"looked_for", "mark", "max_credits", "message", "message_id", "messages_per_day", "messages_per_s", "nonce"}
    | {"parts_max", "priority", "q", "recipients_max", "scope", "second_factor_password", "secondary_url", "secret"}
    | {"segment", "senders", "session", "smart_encoding", "stop_answer", "stop_words", "subject", "system_id"}
    | {"ticket", "until", "user_name", "username", "verify_tls", "waits", "window", "block_id", "as", "decision"}
)
HOSTILE = (
    "", "0", "-1", "\u00b2", "\u0663", "9" * 18, "9" * 19, "9" * 20, "9" * 5_000, "9223372036854775808", "1.5", "1e400",
    "nan", "\x00", "a\x00b", MARKUP, f"'\"{MARKUP}", "\u202egnirts", "=cmd()", "\ud800", "\r\n\r\nX: y",
    "//evil.example",     "0001-01-01", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "2026-02-30",
    "all", "none", "newest",
    "new", "\u1e9e", "a" * 3_000, "::/0", "http://[::1", "http://\u00b2/", "http://127.0.0.1:1/", "http://a:99999/",
    "0" * 32, "f" * 32, "operator", "1,1", "\U000e0041", "%", "{{7*7}}", "../..", "\u2028",
)  # fmt: skip
"""What no person types, but an attacker, or a program with a mistake in it."""
HEADERS = (
    {"Accept": "\xff"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=\xff"},
    {"Content-Type": "application/x-www-form-urlencoded; charset=\xb2"},
    {"Cookie": "angarium_session=\xff\xfe; angarium_form=\xe9; angarium_theme=\xb2"},
    {"Cookie": "angarium_notice=%ff%00%e2%80%ae%ED%A0%80%3Cb%3Ehostile%3C/b%3E"},
    {"Cookie": '=;=;;\x80; $Version=1; angarium_session="\\"'},
    {"Origin": "http://["},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "[::::]"},
    {"Host": "a:99999"},
    {"User-Agent": f"\xff{MARKUP}"},
)
VALUES = st.sampled_from(HOSTILE) | st.text(max_size=30)
FIELDS = st.lists(
    st.sampled_from(NAMES).flatmap(
        lambda name: st.tuples(st.just(name), VALUES | st.just(PLAUSIBLE[name]) if name in PLAUSIBLE else VALUES)
    ),
    max_size=FIELDS_MAX,
    unique_by=lambda field: field[0],
)
KEYS = st.sampled_from(["1", "1", "1", "2", "0", "9" * 18, "9" * 19, "9" * 4_400])


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A running demo, and somebody of each kind."""
    with town(tmp_path_factory.mktemp("town") / "data") as people:
        yield people


def fill(path: str, data: st.DataObject) -> str:
    """A path with something in its gaps."""

    def value(gap: re.Match[str]) -> str:
        if gap[1] == "account_id":
            return str(data.draw(st.sampled_from([DEMO_ACCOUNT] * 9 + [int("9" * 19)])))
        drawn = data.draw(KEYS if ":int" in gap[0] else VALUES)
        return quote(drawn.encode("utf-8", "surrogatepass"), safe="") or "x"

    return re.sub(r"\{([a-z_]+)[^}]*\}", value, path)


def ask(people: Town, page: Page, who: str, data: st.DataObject) -> Seen:
    """Ask for a page, with whatever was drawn."""
    path = fill(page.path, data)
    fields = data.draw(FIELDS)
    headers = data.draw(st.just({}) | st.sampled_from(HEADERS))
    if page.method == "GET":
        path = f"{path}?{urlencode(fields, errors='surrogatepass')}"[:TARGET_OCTETS_MAX]
    return people.ask(who, page.method, path, fields, headers)


@pytest.mark.parametrize("page", TABLE, ids=lambda page: f"{page.method} {page.path}")
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_sent_is_answered(people: Town, page: Page, data: st.DataObject) -> None:
    """Beside its fields, or as nothing that there is; and what was typed shows as text."""
    who = data.draw(st.sampled_from(ENTITLED[page.needs]) | st.sampled_from(KINDS))
    if not people.is_settled(who):
        people.settle()

    seen = ask(people, page, who, data)

    assert seen.status < FAULTS_FROM, seen
    assert MARKUP not in seen.body
    # What no server reads as HTTP is answered before anybody knows for whom it was.
    if seen.headers["content-type"].startswith("text/html"):
        assert "default-src 'none'" in seen.headers["content-security-policy"]
        assert seen.headers["cache-control"] == "no-store"
