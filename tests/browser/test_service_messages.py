"""An operator asks where a message is, what it cost and why it failed, and finds it all on one page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.browsing import Window
from tests.product import Product, call

TEXT = "a secret of mine"


@pytest.fixture(scope="module", autouse=True)
def prices(product: Product) -> None:
    """What the demo's carrier takes, a carrier that nobody answers for, and a handset that has opted out."""
    for words in (
        "cost set demo 27 0.55",
        "carrier add spare --host 127.0.0.1 --port 9",
        "route add 44 spare",
        "optout add demo 27990000091",
    ):
        ran = product.command(*words.split())
        assert ran.returncode == 0, ran.stderr


def send(product: Product, recipient: str, **more: object) -> str:
    """Send to this number; the id of the message."""
    body = {"text": TEXT, "to": [recipient], **more}
    answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    assert answer.status == 202, answer
    return str(answer.json()["data"]["message"][0]["apiMessageId"])


def test_a_delivered_message_is_found_by_its_number(window: Window, product: Product) -> None:
    """From the overview; its page tells what is left of the charge, and not what it says."""
    message_id = send(product, "27990000007")
    window.go("/service")
    window.fill(what="27990000007")
    window.press("Find")
    window.follow("27990000007")
    assert window.at == f"/service/messages/{message_id}"
    expect(window.page.locator(".verdict .badge")).to_have_text("Delivered")
    said = window.text()
    assert "The carrier says that the handset has it." in said
    sums = window.page.locator("table.sums").inner_text().split()
    assert [each for each in sums if each.startswith("0.")] == ["0.80", "0.80", "0.80", "0.55", "0.25"]
    assert TEXT not in said
    window.go(f"/service/messages?what={message_id}")
    assert window.at == f"/service/messages/{message_id}"


def test_its_text_is_read_in_the_accounts_name_and_leaves_a_mark(window: Window, product: Product) -> None:
    """One button leads to it; the log says by whom, of which account, and links to both."""
    message_id = send(product, "27990000008")
    window.go(f"/service/messages/{message_id}")
    window.press("Act for the account to read it")
    assert window.at == f"/accounts/1/messages/{message_id}"
    assert TEXT in window.text()
    window.press("Stop acting")
    rows = window.go("/service/audit").locator("tbody tr")
    assert "account.act_for" in rows.nth(1).inner_text()
    rows.nth(1).get_by_role("link", name="demo", exact=True).click()
    assert window.at == "/service/accounts/1"


def test_a_failed_one_says_why_in_the_carriers_words_and_what_to_do(window: Window, product: Product) -> None:
    """Its answer translated, the price given back, and the way to go on."""
    message_id = send(product, "27990009010")
    page = window.go(f"/service/messages/{message_id}")
    expect(page.locator(".verdict .badge")).to_have_text("Not delivered")
    said = window.text()
    assert "Why did it fail?" in said
    assert "it does not accept this number" in said
    assert "ESME_RINVDSTADR" in said
    assert "Let the customer check the number." in said
    assert "\N{MINUS SIGN}0.80" in page.locator("table.sums").inner_text()
    window.follow("Explain this number")
    assert "It goes out over demo." in window.text()


def test_one_that_waits_says_for_what_and_can_be_stopped(window: Window, product: Product) -> None:
    """Its carrier is down: the page says so, whatever the message's own state is."""
    message_id = send(product, "447800000001", clientMessageId="order-77")
    window.expected = ("422",)
    window.go("/service/messages?own_id=order-77")
    assert "Choose the account" in window.text()
    window.go("/service/messages?own_id=order-77&account=1")
    window.follow("447800000001")
    assert window.at == f"/service/messages/{message_id}"
    said = window.text()
    assert "Its carrier spare is down." in said
    assert "No connection to 127.0.0.1:9" in said
    assert "give what waits for it to another" in said
    window.press("Stop it")
    assert "It is stopped. Its price was given back." in window.text()
    window.follow("Who stopped it")
    assert "message.stop" in window.text()


def test_a_parked_one_is_decided_about_where_it_is_told(window: Window, product: Product) -> None:
    """It took its link down twice, and waits for whoever looks at it (delivery 2.6)."""
    message_id = send(product, "27990009024")
    page = window.go(f"/service/messages/{message_id}")
    expect(page.locator(".verdict .badge")).to_have_text("Parked")
    assert "Decide: try it again, alone on a link, or give it up." in window.text()
    window.press("Give it up")
    assert "The message is given up: what may have left is paid." in window.text()
    expect(page.locator(".verdict .badge")).to_have_text("Unknown")
    actions = window.go("/service/audit").locator("td[data-name=What]").all_inner_texts()
    assert actions[0] == "message.give_up"


def test_what_was_refused_at_the_door_is_explained(window: Window, product: Product) -> None:
    """It left no message: the search says so, and what stands against the number is one step away."""
    body = {"text": TEXT, "to": ["27990000091"]}
    assert call(product.url, "POST", "/rest/message", token=product.token, body=body).status == 410
    window.go("/service/messages?what=27990000091&account=1")
    assert "What is refused is not stored" in window.text()
    window.follow("Explain this number")
    said = window.text()
    assert "its owner has opted out of all that the account sends" in said
    assert "the number is not on it" in said
