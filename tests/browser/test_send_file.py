"""A CSV of thousands by hand: dry run, run, pause, cancel, results; and what a kill leaves of it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.browsing import Window, entered
from tests.product import Product, call
from tests.service import rows as rows_of

FIRST = 27990000001
LONG_MS = 60_000


def upload(window: Window, name: str, lines: list[str], **fields: str) -> None:
    """Choose a file and have it checked."""
    window.go("/accounts/1/send/file")
    window.page.locator("[name=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    )
    window.fill(**fields)
    window.press("Check this file")


def results(window: Window) -> list[dict[str, str]]:
    """The results of the file that is shown."""
    link = window.page.get_by_role("link", name="Results as CSV").get_attribute("href")
    text = window.page.request.get(f"{window.product.url}{link}").text()
    return list(csv.DictReader(io.StringIO(text)))


def figure(window: Window, name: str) -> str:
    """A figure of the page."""
    named = window.page.locator(".name", has_text=re.compile(f"^{name}$"))
    return window.page.locator(".figure", has=named).locator(".value").inner_text()


def test_a_file_is_reckoned_before_it_is_sent(window: Window) -> None:
    """Problems have their line numbers, the price is what is charged, and results name each message (rest-api 4.3)."""
    lines = ["to,text,clientMessageId"]
    lines += [f'{FIRST + at},"Hello, guest {at}",guest-{at}' for at in range(7)]
    lines += ["nobody,Hello,", "112,Hello,", '=1+1,"<b>",']
    upload(window, "<b>guests.csv", lines)

    assert window.page.locator("h1").inner_text() == "<b>guests.csv"
    assert [figure(window, each) for each in ("Messages", "Parts", "Price", "Refused", "Bad lines")] == [
        "8",
        "7",
        "5.60",
        "1",
        "2",
    ]
    assert re.search(r"9\s+'nobody' is not a phone number", window.text())
    assert re.search(r"10\s+112\s+No route", window.text())

    window.press("Send 8 messages")
    page = window.page
    expect(page.locator(".badge").first).to_have_text("Done", timeout=LONG_MS)
    expect(page.locator(".progress")).to_contain_text("7 accepted, 1 refused")
    rows = results(window)
    assert [row["status"] for row in rows] == ["accepted"] * 7 + ["refused"]
    status = call(
        window.product.url, "GET", f"/rest/message/{rows[0]['apiMessageId']}", token=window.product.token
    ).json()["data"]
    assert (status["charge"], status["clientMessageId"]) == (0.8, "guest-0")


def test_a_bad_file_is_told_beside_its_field(window: Window) -> None:
    """In a sentence that says what to do; what was typed is kept."""
    window.expected = ("422",)
    upload(window, "f.csv", ["to", "27990000001"], sender="Angarium")
    assert "no column text" in window.page.locator("#file-wrong").inner_text()
    assert window.page.locator("[name=sender]").input_value() == "Angarium"
    upload(window, "f.csv", ["number", "27990000001"], text="Hello")
    assert "must name its columns" in window.page.locator("#file-wrong").inner_text()


def test_a_file_that_is_too_large_is_refused_by_a_page(window: Window) -> None:
    """Which says what to do."""
    answer = window.page.request.post(
        f"{window.base}/accounts/1/send/file", data=b"x" * 1_100_000, headers={"Content-Type": "text/csv"}
    )

    assert answer.status == 413
    assert "Split a file" in answer.text()
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_file_that_is_too_large_is_told_before_it_is_sent(window: Window) -> None:
    """The browser knows how large it is, and nothing is sent in vain."""
    chosen = window.go("/accounts/1/send/file").locator("[name=file]")
    assert chosen.get_attribute("data-octets-max") == str(32 * 1024 * 1024)
    assert "is larger than 32 MB" in str(chosen.get_attribute("data-too-large"))
    chosen.evaluate("input => { input.dataset.octetsMax = 3; }")
    for octets, is_good in ((b"four", False), (b"two", True)):
        chosen.set_input_files({"name": "f.csv", "mimeType": "text/csv", "buffer": octets})
        assert chosen.evaluate("input => input.validity.valid") is is_good


def test_a_run_is_paused_goes_on_and_is_cancelled(window: Window, product: Product) -> None:
    """A pause holds it where it is; a cancel leaves the rest unsent, and both say so."""
    limited = product.command("account", "set", "demo", "--per-second", "100")
    assert limited.returncode == 0, limited.stderr
    try:
        upload(window, "many.csv", ["to,text", *(f"{FIRST + 10_000 * at},Hello" for at in range(2_000))])
        window.press("Send 2000 messages")
        page = window.page
        expect(page.locator(".done")).not_to_have_text("0", timeout=LONG_MS)
        window.press("Pause")
        expect(page.locator(".badge").first).to_have_text("Paused")
        page.reload()
        stood = page.locator(".done").inner_text()
        window.press("Go on")
        expect(page.locator(".done")).not_to_have_text(stood, timeout=LONG_MS)
        window.press("Cancel")
        expect(page.locator(".badge").first).to_have_text("Cancelled")
        assert "not sent" in window.text()
        assert 0 < len(results(window)) < 2_000
    finally:
        product.command("account", "set", "demo", "--per-second", "0")


def test_a_run_outlives_a_kill(tmp_path: Path, chromium: Browser) -> None:
    """Each line is accepted once, however often the product dies on the way (rest-api 3.3, delivery 1.1, 1.3)."""
    count = 3_000
    product = Product(tmp_path / "data").start()
    try:
        with Window.opened(chromium, product, session=entered(chromium, product, tmp_path / "state.json")) as window:
            upload(window, "many.csv", ["to,text", *(f"{FIRST + 10_000 * at},Hello {at}" for at in range(count))])
            window.press(f"Send {count} messages")
            expect(window.page.locator(".done")).not_to_have_text("0", timeout=LONG_MS)
            path = window.at
            window.page.close()
        product.kill()
        product.start()
        with Window.opened(chromium, product, session=entered(chromium, product, tmp_path / "state.json")) as window:
            window.go(path)
            expect(window.page.locator(".badge").first).to_have_text("Done", timeout=LONG_MS)
            rows = results(window)
            assert [row["status"] for row in rows] == ["accepted"] * count
            assert len({row["apiMessageId"] for row in rows}) == count
        assert product.stop() == 0
    finally:
        if product.is_running:
            product.kill()
    assert rows_of(tmp_path / "data", "SELECT count(*) FROM messages") == [(count,)]
    product.check_ledger()
