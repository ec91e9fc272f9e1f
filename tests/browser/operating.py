"""What an operator keeps and does, on the pages of the service: to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.browser.browsing import Window
from tests.product import Product, call

TABLES = (
    "carrier add spare --host 127.0.0.1 --port 9",
    "route add 44 spare --quality 80",
    "route add 4477 demo --account demo",
    "rate set 44 1.25",
    "rate set 27 0.6 --account demo",
    "cost set demo 27 0.4125",
    "cost set spare 44 0.9",
    "account create Acme --country ZA --country GB --sender Acme",
    "credit buy Acme 12.5 --note first-order",
)
"""A second carrier that nobody answers for, and what routes, prices and accounts there are beside the demo's."""
WAITING = ("447800000001", "447800000002", "447800000003")
"""Numbers that only the second carrier takes."""
SHEET = "prefix,account,carrier,rate\n44,,,1.1\n49,,,0.95\n27,demo,,0.6\n"
MISTAKEN_SHEET = "prefix,account,carrier,rate\n44,,,cheap\n49,nobody,,0.95\n"


def keep_more(product: Product) -> None:
    """Give the service more than one of each, and messages that wait."""
    for words in TABLES:
        ran = product.command(*words.split())
        assert ran.returncode == 0, ran.stderr
    send(product, *WAITING)


def send(product: Product, *recipients: str, **more: object) -> list[str]:
    """Send the same to all of these; the id of each message."""
    body = {"text": "Your parcel is on its way.", "to": [*recipients], **more}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    assert answer.status == 202, answer
    return [each["apiMessageId"] for each in answer.json()["data"]["message"]]


def ask_for_a_sender(window: Window) -> None:
    """As an account does, so that an operator has something to decide."""
    window.go("/accounts/1/senders")
    window.fill(sender="Parcels")
    window.press("Ask for it")


def of_an_operator(window: Window, product: Product, folder: Path) -> Iterator[str]:
    """What comes of what an operator does, one thing after the other; the name of each."""
    window.expected = (*window.expected, "422")
    window.go("/service").locator(".menu > details").evaluate("each => { each.open = true }")
    yield "service-menu"
    yield from _messages(window, product)
    yield from _carriers(window, product)
    window.go("/service/explain?number=27990000091&account=1&sender=Shop")
    yield "service-explained-refused"
    window.go("/service/queues/1/hold?to=HELD")
    window.press("Hold it")
    yield "service-queue-held"
    window.go("/service/queues/count?carrier=2&do=cancel")
    yield "service-queue-count-cancel"
    yield from _tables(window, folder)
    window.go("/service/queues/1/hold?to=NO")
    window.press("Resume it")
    window.go("/service/vouchers")
    window.fill(amount="25", count="3")
    window.press("Make them")
    yield "service-vouchers-made"
    window.go("/service/accounts/2")
    window.fill(amount="much", countries="ZA, Atlantis")
    window.press("Book it")
    yield "service-account-mistaken"
    window.go("/service/accounts/1")
    window.press("Act for this account")
    yield "service-acting"
    window.press("Stop acting")


def _messages(window: Window, product: Product) -> Iterator[str]:
    failing = send(product, "27990009001", "27990009012", "27990009016", "447800000004")
    scheduled = send(product, "27990000001", scheduledDeliveryTime=_tomorrow())
    page = window.go("/service/messages?what=9001&state=undelivered")
    page.locator("tbody tr").first.wait_for()
    yield "service-messages-found"
    window.go("/service/messages?what=27990000092&account=1")
    yield "service-messages-none"
    for message_id, name in zip(
        [*failing, *scheduled], ("undelivered", "sender", "retry", "down", "later"), strict=True
    ):
        page = window.go(f"/service/messages/{message_id}")
        if name in {"undelivered", "sender"}:
            page.locator(".verdict .badge.bad").wait_for()
        yield f"service-message-{name}"


def _tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def _tables(window: Window, folder: Path) -> Iterator[str]:
    for text, name in ((SHEET, "difference"), (MISTAKEN_SHEET, "mistaken")):
        sheet = folder / "rates.csv"
        sheet.write_text(text)
        page = window.go("/service/rates")
        page.locator("[name=file]").set_input_files(sheet)
        window.press("Show the difference")
        yield f"service-rates-{name}"


def _carriers(window: Window, product: Product) -> Iterator[str]:
    window.go("/service/carriers/2")
    yield "service-carrier-down"
    window.go("/service/carriers/2/settings")
    window.press("Try a bind with these")
    yield "service-bind-failed"
    page = window.go("/service/carriers/1/trace")
    page.locator(".live.on").wait_for()
    send(product, "27990000001", "27990009010")
    window.page.locator("tr.out").first.wait_for()
    yield "service-trace"
