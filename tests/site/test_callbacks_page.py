"""The verifier that our page on callbacks shows takes what we send, and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from angarium.callbacks.render import prepare, spell_status
from angarium.core.account import CallbackMethod, CallbackTarget
from angarium.core.clocktime import SECOND_MS
from angarium.core.notification import StatusNotification
from tests.site.guides import DOCS

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
OLD_SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
NOTIFICATION = StatusNotification(1, 7, 42, "order 7", 27990000001, "ACME", 800_000, 4, 1_400_000_000_000, 0)

Verifier = Callable[[str, Mapping[str, str], bytes], bool]


def verifier_of_the_page() -> Verifier:
    """The function that the page shows."""
    (source,) = re.findall(
        r"^```python\n(.*?)^```", (DOCS / "guide/callbacks.md").read_text(), re.MULTILINE | re.DOTALL
    )
    names: dict[str, Any] = {}
    exec(source, names)
    verifier: Verifier = names["is_genuine"]
    return verifier


def callback(method: CallbackMethod, secrets: str, *, sent_at_s: int) -> tuple[dict[str, str], bytes]:
    """The headers of a callback as it goes out, and what is signed of it: the body, or the query of a GET."""
    prepared = prepare(CallbackTarget(url="https://acme.example/s?a=b", method=method, signing_secret=secrets))
    spelled = spell_status(prepared, NOTIFICATION, public_id="0" * 32, now=sent_at_s * SECOND_MS)
    headers = dict(line.split(": ", 1) for line in spelled.headers.decode().splitlines() if line)
    return headers, spelled.body or spelled.target.partition(b"?")[2]


def test_a_genuine_callback_of_each_form_is_taken() -> None:
    """GET, form, JSON and XML, signed with one secret or with two while it is changed (rest-api 8.6)."""
    is_genuine, now_s = verifier_of_the_page(), int(time.time())

    for method in CallbackMethod:
        for secrets in (SECRET, f"{SECRET} {OLD_SECRET}", f"{OLD_SECRET} {SECRET}"):
            headers, signed = callback(method, secrets, sent_at_s=now_s)
            assert is_genuine(SECRET, headers, signed)


def test_a_changed_a_foreign_and_an_old_callback_are_refused() -> None:
    """One octet more, another secret, or an hour in between (rest-api 8.6)."""
    is_genuine, now_s = verifier_of_the_page(), int(time.time())
    headers, signed = callback(CallbackMethod.JSON, SECRET, sent_at_s=now_s)
    old_headers, old_signed = callback(CallbackMethod.JSON, SECRET, sent_at_s=now_s - 3600)

    assert not is_genuine(SECRET, headers, signed + b" ")
    assert not is_genuine(OLD_SECRET, headers, signed)
    assert not is_genuine(SECRET, old_headers, old_signed)
