"""Messages in a real browser: found, watched, stopped, sent again, taken away as a file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import Window
from tests.product import Product, call

LIST = "/accounts/1/messages"
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe\x07 {{ 7*7 }}"


def send(product: Product, text: str, *to: str, **parameters: Any) -> list[str]:
    """Send over the REST API; the ids of the messages."""
    body = {"text": text, "to": list(to) or ["27990000001"], **parameters}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    assert answer.status == 202, answer
    return [each["apiMessageId"] for each in answer.json()["data"]["message"]]


def tomorrow() -> str:
    """A time of delivery that does not come while a test runs."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


def numbers(window: Window) -> list[str]:
    """The recipients on the list."""
    return window.page.locator("tbody a").all_inner_texts()


@pytest.fixture(scope="module")
def sent(product: Product) -> list[str]:
    """Messages to be found."""
    one = send(product, "Your Code is 482913", "27990000017", clientMessageId="=HYPERLINK(1)")
    two = send(product, "Ваш код: 7", "27990000117", "27990000218", clientMessageId="order-9")
    return one + two


def test_a_search_by_whatever_is_known(window: Window, sent: list[str]) -> None:
    """Last digits, own id, our id, text in any alphabet, status and time; what is wrong is told beside its field."""
    window.go(LIST)
    window.page.get_by_text("Search", exact=True).first.click()
    window.fill(number="017")
    window.press("Search")
    assert numbers(window) == ["27990000017"]

    window.go(f"{LIST}?own_id=order-9")
    assert numbers(window) == ["27990000218", "27990000117"]
    window.go(f"{LIST}?text=КОД")
    assert numbers(window) == ["27990000218", "27990000117"]
    window.go(f"{LIST}?text=code+is")
    assert numbers(window) == ["27990000017"]
    window.go(f"{LIST}?until=2026-01-01&state=delivered")
    assert "No message is like this." in window.text()
    window.go(f"{LIST}?id={sent[0]}")
    assert window.at == f"{LIST}/{sent[0]}"

    window.expected = ("422",)
    window.go(f"{LIST}?number=abc&since=yesterday")
    assert window.page.locator("#since").get_attribute("aria-invalid") == "true"
    assert window.page.locator("#number").input_value() == "abc"


def test_a_time_is_typed_in_the_visitors_own_zone(window: Window, chromium: Browser, sent: list[str]) -> None:
    """It is sent in UTC, and shown again as it was typed; without scripts it is typed in UTC."""
    state = window.page.context.storage_state()
    with Window.opened(chromium, window.product, session=state, timezone_id="Africa/Johannesburg") as there:
        page = there.go(f"{LIST}?number=abc&since=2020-01-31T10:00")
        assert page.get_by_label("Accepted since (Africa/Johannesburg)").input_value() == "2020-01-31T12:00"
        there.fill(number="017", since="2020-01-31T13:30")
        there.press("Search")
        assert "since=2020-01-31T11%3A30%3A00" in there.at
        assert page.locator("#since").input_value() == "2020-01-31T13:30"
        assert numbers(there) == ["27990000017"]
        there.expected = ("422",)


def test_a_live_list_and_a_live_message(window: Window, product: Product, sent: list[str]) -> None:
    """A new message comes on top while the list is open; its own page goes on to the end by itself."""
    window.go(LIST)
    expect(window.page.locator(".live.on")).to_be_visible()

    (message_id,) = send(product, "Are you there?", "27990000031")
    row = window.page.locator("tbody tr").first
    expect(row).to_contain_text("27990000031")
    expect(row).to_contain_text("Delivered")

    row.get_by_role("link").click()
    assert window.at == f"{LIST}/{message_id}"
    expect(window.page.locator(".timeline")).to_contain_text("The carrier says that the handset has it.")
    expect(window.page.locator(".timeline")).to_contain_text("its word: DELIVRD")
    assert "0.800 credits" in window.text()


def test_pages_of_a_list(window: Window, product: Product) -> None:
    """Older, newer and newest, without a message missing or twice."""
    send(product, "Many", *[f"2799001{place:04}" for place in range(120)])
    window.go(f"{LIST}?number=&own_id=&text=many")
    first = numbers(window)
    window.follow("Older")
    second = numbers(window)
    window.follow("Older")
    third = numbers(window)
    assert len({*first, *second, *third}) == len(first) + len(second) + len(third) == 120
    window.follow("Newer")
    assert numbers(window) == second
    window.follow("Newest")
    assert numbers(window) == first


def test_a_message_is_stopped(window: Window, product: Product) -> None:
    """While it waits for its time; its price comes back (rest-api 2.7)."""
    (message_id,) = send(product, "Later", scheduledDeliveryTime=tomorrow())
    window.go(f"{LIST}/{message_id}")
    assert "Scheduled" in window.text()

    window.press("Stop it")
    assert "It is stopped. Its price was given back." in window.text()
    assert "Stopped before it left." in window.text()
    assert window.page.get_by_role("button", name="Stop it").count() == 0


def test_a_message_is_sent_again(window: Window, product: Product) -> None:
    """After a look at its price, as a new one; pressing twice is sending once."""
    (message_id,) = send(product, "Once more", "27990000041")
    window.go(f"{LIST}/{message_id}")
    window.follow("Send again…")
    assert "0.800 credits" in window.text()
    hidden = window.page.locator("main [type=hidden]").all()
    form: dict[str, str | float | bool] = {each.get_attribute("name") or "": each.input_value() for each in hidden}
    path = f"{window.base}{LIST}/{message_id}/again"

    window.press("Send it")
    assert "accepted as a new message" in window.text()
    assert window.at != f"{LIST}/{message_id}"
    again = window.page.request.post(path, form=form, max_redirects=0)
    assert again.headers["location"].endswith(window.at)
    assert len(numbers_to(window, "27990000041")) == 2


def numbers_to(window: Window, number: str) -> list[str]:
    """Messages to one number."""
    window.go(f"{LIST}?number={number}")
    return numbers(window)


def test_a_strangers_text_is_shown_as_text(window: Window, product: Product) -> None:
    """Markup, control characters and marks that turn the text, in the list and on the page of the message."""
    (message_id,) = send(product, HOSTILE, clientMessageId="<script>alert(2)</script>")

    for path in (LIST, f"{LIST}/{message_id}"):
        window.go(path)
        assert "<img src=x onerror=alert(1)>⟨U+202E⟩gnp.exe" in window.text()
        assert "<script>alert(2)</script>" in window.text()
        assert window.page.locator("main img").count() == 0


def test_an_export_is_what_the_search_finds(window: Window, sent: list[str]) -> None:
    """As CSV that no spreadsheet runs, opened as a program would."""
    window.go(f"{LIST}?number=27990000017")
    with window.page.expect_download() as downloading:
        window.follow("Export as CSV")
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text("utf-8"))))

    assert [row["message_id"] for row in rows] == [sent[0]]
    assert rows[0]["recipient"] == "27990000017"
    assert rows[0]["client_message_id"] == "'=HYPERLINK(1)"
    assert rows[0]["charge"] == "0.800000"
