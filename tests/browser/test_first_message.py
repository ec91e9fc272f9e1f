"""From an invitation to a delivered first message, and what home says of it, in a real browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from angarium.console.snippets import SNIPPETS
from tests.browser.browsing import Window
from tests.browser.people import arrived
from tests.product import Product

PATIENCE_MS = 20_000


@pytest.fixture
def newcomer(product: Product, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A developer of an account that is as new, with credit, who comes by an invitation."""
    with arrived(chromium, product, request.node.name.replace("_", "-")[:40]) as window:
        yield window


def code(window: Window, name: str) -> str:
    """The program in a tab, as somebody would copy it."""
    window.page.get_by_text(name, exact=True).click()
    return window.page.locator(".panel:visible code").inner_text()


def test_from_sign_in_to_a_delivered_first_message(newcomer: Window, product: Product) -> None:
    """Landed there, a token is made, curl is copied and run, and the message is seen to arrive while one looks."""
    assert newcomer.at.endswith("/first-message")
    assert "Waiting for your message" in newcomer.text()
    assert f"curl {product.url}/rest/message" in code(newcomer, "curl")

    newcomer.press("Make a token")
    token = newcomer.page.locator(".secret").inner_text()
    for snippet in SNIPPETS:
        assert token in code(newcomer, snippet.name)
    ran = subprocess.run(["sh", "-c", code(newcomer, "curl")], capture_output=True, text=True, check=True)
    assert '"accepted":true' in ran.stdout

    travels = newcomer.page.locator("#travels")
    expect(travels).to_contain_text("The handset has it.", timeout=PATIENCE_MS)
    expect(travels.locator(".timeline")).to_contain_text("The carrier took it.")

    python = subprocess.run(
        [sys.executable, "-c", code(newcomer, "Python")], capture_output=True, text=True, check=True
    )
    assert '"accepted":true' in python.stdout


def test_the_first_message_is_sent_from_the_page(newcomer: Window) -> None:
    """Without a terminal; then home leads there no more, and says what happened."""
    newcomer.follow("Home")
    newcomer.follow("Send the first message")
    newcomer.press("Send it now")
    newcomer.expected = ("422",)
    assert "make a token first" in newcomer.text()

    newcomer.press("Make a token")
    newcomer.fill(to="+27 99 000 0001")
    newcomer.press("Send it now")
    assert "It is on its way." in newcomer.text()
    expect(newcomer.page.locator("#travels")).to_contain_text("The handset has it.", timeout=PATIENCE_MS)

    newcomer.follow("Home")
    assert newcomer.page.get_by_role("link", name="Send the first message").count() == 0
    delivered = newcomer.page.locator(".figure").filter(has_text="Delivered").filter(has_text="1 in the last day")
    for _ in range(20):
        if delivered.count():
            break
        newcomer.page.wait_for_timeout(1_000)
        newcomer.page.reload()
    assert delivered.count() == 1
    newcomer.page.get_by_text("As a table").first.click()
    row = newcomer.page.locator("section[aria-labelledby=bars-title] tbody tr").first
    assert row.locator("td").nth(1).inner_text() == "1"
    assert newcomer.page.locator("svg.plot rect").count() == 1


def test_a_number_that_is_none_is_told_beside_its_field(newcomer: Window) -> None:
    """And what was typed is kept."""
    newcomer.expected = ("422",)
    newcomer.press("Make a token")
    newcomer.fill(to="my phone")
    newcomer.press("Send it now")

    assert "Give a number with its country code" in newcomer.text()
    assert newcomer.page.locator("#to").input_value() == "my phone"
