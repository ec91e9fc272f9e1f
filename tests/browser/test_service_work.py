"""An operator at work: queues, routes and rates, strays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.browsing import Window
from tests.product import Product, call


@pytest.fixture(scope="module")
def spare(product: Product) -> str:
    """Another carrier, which nobody answers for, and a dearer route to it."""
    for command in (
        ("carrier", "add", "spare", "--host", "127.0.0.1", "--port", "9"),
        ("route", "add", "", "spare", "--quality", "10"),
    ):
        ran = product.command(*command)
        assert ran.returncode == 0, ran.stderr
    return "spare"


def later(product: Product, *recipients: str) -> None:
    """Send messages that wait in their queue until tomorrow."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    body = {"text": "wait", "to": [*recipients], "scheduledDeliveryTime": f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}"}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    assert answer.status == 202, answer


def test_a_queue_is_held_re_routed_and_cancelled(window: Window, product: Product, spare: str) -> None:
    """Each with a count first and a confirmation, and each is in the audit log."""
    window.expected = ("422",)
    later(product, "27990000001", "27990000002", "27830000003")
    window.go("/service/queues")
    window.follow("Hold demo")
    assert "3 messages wait" in window.text()
    window.press("Hold it")
    assert "The queue of demo is held." in window.text()

    window.page.locator("[name=carrier]").select_option(label="demo")
    window.fill(prefix="2799")
    window.page.locator("[name=to]").select_option(label=spare)
    window.press("Count them")
    said = window.text()
    assert "Give these messages to other carriers?" in said
    assert f"They go to {spare}" in said
    window.press("Re-route 2 messages")
    assert "2 messages are given to other carriers." in window.text()
    row = window.page.locator("tbody tr", has_text=spare).inner_text()
    assert "2" in row.split()

    window.page.locator("[name=do]").select_option("cancel")
    window.press("Count them")
    assert "say that you mean all" in window.text()
    window.page.locator("[name=everything]").check()
    window.press("Count them")
    window.press("Cancel 3 messages")
    assert "3 messages are cancelled" in window.text()

    window.follow("Resume demo")
    window.press("Resume it")
    assert "The queue of demo goes on." in window.text()
    actions = window.go("/service/audit").locator("td[data-name=What]").all_inner_texts()
    assert actions[:4] == ["queue.hold", "queue.cancel", "queue.reroute", "queue.hold"]


def test_rates_come_in_as_a_file_after_a_look_at_the_difference(window: Window, tmp_path: Path) -> None:
    """Mistakes are told by line; the difference is shown; nothing is changed before it is confirmed."""
    sheet = tmp_path / "rates.csv"
    page = window.go("/service/rates")
    window.fill(prefix="4420", value="0.25")
    window.press("Set it")
    assert "United Kingdom" in window.text()

    sheet.write_text("prefix,rate\n4420,x\n")
    page.locator("[name=file]").set_input_files(sheet)
    window.press("Show the difference")
    assert "Line 2: 'x' is not an amount of credits" in window.text()

    sheet.write_text("prefix,rate\n4420,0.3\n4930,0.1\n")
    window.go("/service/rates")
    page.locator("[name=file]").set_input_files(sheet)
    page.locator("[name=keep]").check()
    window.press("Show the difference")
    values = page.locator(".figure .value").all_inner_texts()
    assert values[:3] == ["1", "1", "0"]
    assert "4930" not in page.request.get(f"{window.base}/service/rates").text()
    window.press("Make this change")
    assert "1 added, 1 changed, 0 removed." in window.text()
    with page.expect_download() as download:
        window.follow("Export as CSV")
    exported = download.value.path().read_text()
    assert "4420,,,0.300000" in exported
    assert "4930,,,0.100000" in exported


def test_a_number_is_explained(window: Window, spare: str) -> None:
    """Which route is taken, in which order the others follow, and why one cannot take it."""
    window.expected = ("422",)
    window.go("/service/explain")
    window.fill(number="27990000001", text="x" * 200)
    window.press("Explain")
    said = window.text()
    assert "South Africa" in said
    assert "for 2 parts" in said
    assert spare in said
    window.fill(number="112")
    window.press("Explain")
    assert "an emergency number is never routed" in window.text().lower()
    window.fill(max_credits="cheap")
    window.press("Explain")
    assert "'cheap' is not an amount of credits" in window.text()


def test_strays_have_their_pages(window: Window) -> None:
    """Each says what it is about, also while there is none."""
    for path, said in (
        ("/service/orphans", "Every receipt has found its message."),
        ("/service/quarantine", "Nothing is in quarantine."),
        ("/service/doubts", "No message is in doubt."),
        ("/service/dead-letters", "Every callback was delivered"),
    ):
        window.go(path)
        assert said in window.text()
