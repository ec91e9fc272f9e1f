"""What needs a person, in an operator's hands: the simulator has made all of it."""

from __future__ import annotations

import re

from angarium.demo import SENDER
from tests.browser import strays
from tests.browser.browsing import Window
from tests.browser.customer import endpoint
from tests.browser.strays import elsewhere, give_up, until
from tests.product import Product, call


def status(product: Product, message_id: str) -> str:
    """The status of a message, as its customer sees it."""
    answer = call(product.url, "GET", f"/rest/message/{message_id}", token=product.token)
    return str(answer.json()["data"]["messageStatus"])


def actions(window: Window) -> list[str]:
    """What the audit log says was done, newest first."""
    return window.go("/service/audit").locator("td[data-name=What]").all_inner_texts()


def test_an_orphan_settles_a_message_or_is_dropped(window: Window, product: Product) -> None:
    """What is wrong is said beside its field; the message is settled as if the receipt had found it (delivery 3.1)."""
    window.expected = ("422",)
    first, second, third = strays.orphans(product, 3)
    (message_id,) = strays.send(product, "27990009033")
    until(lambda: status(product, message_id) == "003")

    window.go("/service/orphans")
    window.follow("Only these of demo")
    assert window.text().count(strays.WITHOUT_ID) >= 3
    window.page.locator(f"a[href$='/orphans/{first['orphan_id']}']").click()
    assert "Received by recipient" in window.text() or "DELIVRD" in window.text()
    window.page.locator("#message_id").fill("abc")
    window.press("Settle the message")
    assert "There is no message with this id" in window.page.locator("#message_id-wrong").inner_text()
    assert window.page.locator("#message_id").input_value() == "abc"
    window.page.locator("#message_id").fill(message_id)
    window.press("Settle the message")
    assert "The receipt has settled the message." in window.text()
    assert status(product, message_id) == "004"

    # Messages to its number that still await a word are offered; one click says which it is.
    window.go(f"/service/orphans/{second['orphan_id']}")
    offered = window.page.get_by_role("button", name=re.compile("Settle it ?: [0-9a-f]{32}"))
    assert offered.count() == 3
    settled = (offered.first.text_content() or "").rpartition(" ")[2]
    offered.first.click()
    assert "The receipt has settled the message." in window.text()
    assert status(product, settled) == "004"

    window.go(f"/service/orphans/{third['orphan_id']}")
    window.press("Drop it")
    assert "The receipt is dropped." in window.text()
    assert "Every receipt has found its message." in window.text()
    assert actions(window)[:2] == ["orphan.drop", "orphan.match"]


def test_what_nobody_understands_is_let_out_or_dropped(window: Window, product: Product) -> None:
    """Read again, as what a handset sent, or not at all (delivery 3.11)."""
    again, inbound, _ = strays.quarantined(product, 3)

    window.go(f"/service/quarantine/{again['quarantine_id']}")
    assert SENDER in window.text()
    assert "0000  " in window.page.get_by_label("Its octets").inner_text()
    window.press("Read it again")
    assert "If it still cannot be read, it comes back within seconds." in window.text()

    window.go(f"/service/quarantine/{inbound['quarantine_id']}")
    window.press("Let it out as inbound")
    until(lambda: strays.listed(product, "inbound"))
    until(
        lambda: all(each["quarantine_id"] != inbound["quarantine_id"] for each in strays.listed(product, "quarantine"))
    )

    for _ in strays.listed(product, "quarantine"):
        window.go("/service/quarantine")
        window.press("Drop")
        assert "It is dropped." in window.text()
    until(lambda: not strays.listed(product, "quarantine"))
    assert "quarantine.drop" in actions(window)


def test_a_proposal_about_ids_is_accepted(window: Window, product: Product) -> None:
    """Receipts that had found nothing then settle their messages (delivery 3.2)."""
    message_id = strays.misread(product)

    window.go("/service/carriers/1")
    assert "Its receipts write message ids differently from its answers" in window.text()
    window.press("Read them this way")
    until(lambda: status(product, message_id) == "004")
    window.go("/service/carriers/1")
    assert "Its receipts write message ids differently" not in window.text()
    said = window.go("/service/carriers/1/settings").content()
    assert re.search(r'<option value="hex" selected', said)


def test_dead_letters_are_tried_once_more_by_an_operator(window: Window, product: Product) -> None:
    """All those of an API connection, when its endpoint works again (rest-api 8.5, delivery 5)."""
    with endpoint() as customer:
        customer.status = 503
        ran = product.command("connection", "set", "demo/demo", "--callback-url", customer.url)
        assert ran.returncode == 0, ran.stderr
        # Until the service has seen the URL, nothing is owed.
        until(lambda: strays.send(product, "27990000001", callback=7) and customer.told)
        dead = until(lambda: elsewhere(give_up(product)))
        customer.status = 200
        told = len(customer.told)

        window.go("/service/dead-letters")
        assert f"{len(dead)}" in window.page.locator("td[data-name='Dead letters']").inner_text()
        window.press("Try all once more")
        assert "callbacks are tried once more." in window.text()
        customer.wait_for(told + len(dead))
        until(lambda: "Every callback was delivered" in window.go("/service/dead-letters").inner_text("main"))


def test_a_parked_message_is_tried_again_or_given_up(window: Window, product: Product) -> None:
    """It has taken its link down twice, and waits for a person (delivery 2.7)."""
    one, other = strays.parked(product, 2)

    page = window.go("/service/doubts")
    window.follow("Only what is parked still")
    row = page.locator("tr", has=page.locator(f"a[href$='{one}']"))
    assert "Parked" in row.inner_text()
    row.get_by_role("button", name="Give it up").click()
    assert "The message is given up: what may have left is paid." in window.text()
    assert status(product, one) == "001"

    row = page.locator("tr", has=page.locator(f"a[href$='{other}']"))
    row.get_by_role("button", name="Try again").click()
    assert "The message is tried again, alone on a link." in window.text()
    assert actions(window)[:2] == ["message.try_again", "message.give_up"]
