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

    window.go("/service/rates?begins=4930")
    page.get_by_role("link", name="Remove 4930").click()
    assert "Remove this rate?" in window.text()
    window.press("Remove it")
    assert "The rate is removed." in window.text()
    assert "4930" not in window.text()


def test_routes_move_to_another_carrier_and_what_waits_after_them(window: Window, product: Product, spare: str) -> None:
    """They are shown first; then the queue that they leave behind is the next page (delivery 2.6)."""
    window.expected = ("422",)
    for command in (("carrier", "add", "old", "--host", "127.0.0.1", "--port", "9"), ("route", "add", "4479", "old")):
        assert product.command(*command).returncode == 0
    assert product.command("rate", "set", "44", "0.5").returncode == 0
    assert "It goes out over old" in window.go("/service/explain?number=447900000001").inner_text("main")
    later(product, "447900000001")
    page = window.go("/service/routes")
    page.locator("[name=from]").select_option(label="old")
    page.locator("[name=to]").select_option(label="old")
    window.press("Show them")
    assert "Choose another carrier" in window.text()
    page.locator("[name=to]").select_option(label=spare)
    page.locator("#move-begins").fill("44")
    window.press("Show them")
    said = window.text()
    assert f"Move these routes to {spare}?" in said
    assert "4479" in said
    window.press("Move 1 route")
    assert f"1 route leads to {spare} now." in window.text()

    window.press("Count them")
    assert f"They go to {spare}" in window.text()
    window.press("Re-route 1 message")
    assert "1 message is given to other carriers." in window.text()
    actions = window.go("/service/audit").locator("td[data-name=What]").all_inner_texts()
    assert actions[:2] == ["queue.reroute", "route.move"]


def test_a_file_may_be_of_one_carrier_alone(window: Window, spare: str, tmp_path: Path) -> None:
    """What others take stays as it is, although the file does not name it."""
    page = window.go("/service/costs")
    for carrier in ("demo", spare):
        page.locator("form.stack [name=carrier]").select_option(label=carrier)
        window.fill(prefix="49", value="0.1")
        window.press("Set it")
    sheet = tmp_path / "costs.csv"
    sheet.write_text("prefix,cost\n491,0.2\n")
    page.locator("[name=file]").set_input_files(sheet)
    page.locator("summary", has_text="Only a part of the table").click()
    page.locator("[name=only_carrier]").select_option(label=spare)
    window.press("Show the difference")
    assert f"Only of the part of carrier {spare}" in window.text()
    window.press("Make this change")
    assert "1 added, 0 changed, 1 removed." in window.text()
    page.locator("#of-carrier").select_option(label=spare)
    window.press("Find")
    with page.expect_download() as download:
        window.follow("Export this part as CSV")
    assert download.value.path().read_text().split() == ["prefix,carrier,cost", f"491,{spare},0.200000"]
    window.go("/service/costs")
    rows = page.locator("tbody tr").all_inner_texts()
    assert ["demo" in row for row in rows if "\t49\t" in f"\t{row}"] == [True]


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
