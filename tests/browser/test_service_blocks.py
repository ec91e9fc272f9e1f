"""The block list of the service in a real browser."""

from __future__ import annotations

from tests.browser.browsing import Window
from tests.browser.strays import until
from tests.product import Product, call

NUMBER = "27990000066"


def code(product: Product) -> str:
    """What a send to the number is refused with; empty when it is taken."""
    body = {"text": "hello", "to": [NUMBER]}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body).json()
    return str(answer["data"]["message"][0].get("error", {}).get("code", ""))


def test_a_number_is_blocked_for_all_found_and_freed(window: Window, product: Product) -> None:
    """A mistake stays in its field; what a number meets is found, prefixes and accounts' own included (rest-api 5)."""
    window.expected = ("422",)
    window.go("/service/blocks")
    window.fill(digits="0821234567")
    window.press("Block it")
    assert "is not a number" in window.page.locator("#digits-wrong").inner_text()
    assert window.page.locator("[name=digits]").input_value() == "0821234567"
    window.fill(digits=f"+{NUMBER}", note="<b>asked</b> by phone")
    window.press("Block it")
    assert f"{NUMBER} is blocked for all accounts. A send to it is refused with 121." in window.text()
    assert "<b>asked</b> by phone" in window.text()
    until(lambda: code(product) == "121")

    own = product.command("block", "add", NUMBER[:6], "--prefix", "--account", "demo", "--delisted")
    assert own.returncode == 0, own.stderr
    until(lambda: code(product) == "128")
    assert window.go("/service/blocks").locator("tbody tr").count() == 1
    window.fill(number="nobody")
    window.press("Search")
    assert "is not a number" in window.page.locator("#number-wrong").inner_text()
    window.fill(number=f"+{NUMBER}")
    window.press("Search")
    assert window.page.locator("td[data-name=For]").all_inner_texts() == ["demo", "all accounts"]
    window.press("Remove")
    assert f"{NUMBER[:6]} is not blocked any more." in window.text()
    until(lambda: code(product) == "121")

    window.press("Remove")
    assert f"{NUMBER} is not blocked any more." in window.text()
    until(lambda: code(product) == "")
    assert "no entry stops a send" in window.go(f"/service/blocks?number={NUMBER}").inner_text("main")
    actions = window.go("/service/audit").locator("td[data-name=What]").all_inner_texts()
    assert actions[:4] == ["block.remove", "block.remove", "block.add", "block.add"]
