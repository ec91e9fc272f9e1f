"""Messages from handsets in an operator's hands, in a real browser: given to somebody, and pushed once more."""

from __future__ import annotations

import json

from angarium.demo import SENDER
from tests.browser.browsing import Window
from tests.browser.customer import endpoint
from tests.browser.strays import listed, until
from tests.product import Product

HANDSET = "27990000021"
NOBODYS = "40404"


def write_in(product: Product, text: str, *, to: str) -> None:
    """Let a handset of the demo write."""
    ran = product.command("handset", HANDSET, "--reply", text, "--to", to)
    assert ran.returncode == 0, ran.stderr


def test_what_nobody_owns_is_given_to_somebody_and_pushed_again(window: Window, product: Product) -> None:
    """Its text is read while it is nobody's, as text; afterwards it is the account's (rest-api 9)."""
    window.expected = ("422",)
    write_in(product, "<b>hi</b> \u202eolleh", to=NOBODYS)
    until(lambda: listed(product, "inbound?state=unowned"))
    with endpoint() as customer:
        ran = product.command("connection", "reply", "demo/demo", "--url", customer.url)
        assert ran.returncode == 0, ran.stderr
        assert "came to numbers that nobody owns" in window.go("/service").inner_text("main")

        window.go("/service/inbound")
        assert "<b>hi</b>" in window.text()
        assert "U+202E" in window.text()
        window.page.get_by_role("link", name="Assign").first.click()
        window.press("Give it to this one")
        assert "Choose whose it is to be." in window.page.locator("#connection_id-wrong").inner_text()
        window.page.get_by_label("API connection").select_option(label="demo/demo")
        window.press("Give it to this one")
        assert "It belongs to demo/demo now. It is pushed to the reply URL." in window.text()
        customer.wait_for(1)
        assert "Its text is the account's" in window.text()
        assert "<b>hi</b>" not in window.text()

        told = len(customer.told)
        window.press("Push it once more")
        customer.wait_for(told + 1)
        assert "%3Cb%3Ehi" in customer.told[-1][0].replace("%00", "")
        until(lambda: "Answered 200" in window.go(window.at).inner_text("main"))
    page = window.go("/service/audit")
    assert page.locator("td[data-name=What]").all_inner_texts()[:2] == ["inbound.replay", "inbound.assign"]
    about = page.locator("td[data-name=About] a[href*='/service/inbound/']")
    assert len({about.nth(each).get_attribute("href") for each in range(2)}) == 1
    assert "Everything that has come belongs to somebody." in window.go("/service/inbound").inner_text("main")


def test_messages_are_found_by_number_id_and_state(window: Window, product: Product) -> None:
    """From the number or to it, whosever they are; whose a number is by now is chosen already."""
    window.expected = ("422",)
    write_in(product, "win a car", to="33777")
    write_in(product, "hello", to=SENDER)
    (nobodys,) = until(lambda: [each for each in listed(product, "inbound") if each["recipient"] == "33777"])
    until(lambda: [each for each in listed(product, f"inbound?number={SENDER}") if each["sender"] == HANDSET])
    ran = product.command("number", "add", "33777", "demo/demo", "--keyword", "win")
    assert ran.returncode == 0, ran.stderr

    window.go("/service/inbound")
    window.fill(number=f"+{HANDSET}")
    window.press("Search")
    assert {"33777", SENDER} <= set(window.page.locator("td[data-name=To]").all_inner_texts())
    window.fill(number="no number of any carrier at all")
    window.press("Search")
    assert "Give a number as it is shown" in window.page.locator("#number-wrong").inner_text()
    assert window.page.locator("[name=number]").input_value() == "no number of any carrier at all"

    window.fill(number=nobodys["inbound_id"])
    window.press("Search")
    assert window.at == f"/service/inbound/{nobodys['inbound_id']}"
    until(lambda: "has an owner by now" in window.go(window.at).inner_text("main"))
    window.press("Give it to this one")
    assert "It belongs to demo/demo now." in window.text()

    shown = json.loads(product.command("--json", "inbound", "list", "--number", "33777").stdout)
    assert [each["connection"] for each in shown] == ["demo/demo"]
