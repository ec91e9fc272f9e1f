"""Numbers, what handsets send, senders, opt-outs and account settings in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from angarium.demo import SENDER
from tests.browser.browsing import Window
from tests.browser.customer import endpoint
from tests.browser.people import newly_invited
from tests.browser.strays import elsewhere, give_up_replies
from tests.product import Product, call

HANDSET = "27990000001"


def write_in(product: Product, text: str) -> None:
    """Let a handset of the demo write to the demo's number."""
    ran = product.command("handset", HANDSET, "--reply", text, "--to", SENDER)
    assert ran.returncode == 0, ran.stderr


def when_seen(window: Window, path: str, text: str) -> str:
    """What a page says as soon as it says this: the handset's message takes a moment."""
    for _ in range(200):
        window.go(path)
        if text in window.text():
            break
    return window.text()


def test_what_handsets_send_is_read_and_pushed_once_more(window: Window, product: Product) -> None:
    """Its text as text, whatever is in it; the number's owner is changed among one's own connections (rest-api 9)."""
    write_in(product, "<b>hi</b> \u202eolleh")
    assert "<b>hi</b>" in when_seen(window, "/accounts/1/inbound", "<b>hi</b>")
    assert "U+202E" in window.text()
    window.follow(HANDSET)
    assert "There is no reply URL" in window.text()

    with endpoint() as customer:
        window.go("/accounts/1/connections/1/reply")
        window.fill(url=customer.url)
        window.press("Save and test")
        assert "moMsgId=" in window.text()
        window.go("/accounts/1/inbound")
        window.follow(HANDSET)
        told = len(customer.told)
        # The service looks for changed settings twice a second: until it has seen the URL, there is nowhere to push to.
        for _ in range(200):
            window.press("Push it once more")
            if len(customer.told) > told:
                break
        customer.wait_for(told + 1)
        assert "%3Cb%3Ehi" in customer.told[-1][0].replace("%00", "")
        assert "thank you" in when_seen(window, window.at, "thank you")

        customer.status = 503
        write_in(product, "Are you there?")
        elsewhere(give_up_replies(product))
        assert "could not be pushed" in window.go("/accounts/1/").inner_text("main")
        window.follow("See which")
        assert "Are you there?" in window.text()
        customer.status, told = 200, len(customer.told)
        window.press("Push all dead letters once more")
        assert "One dead letter is pushed once more." in window.text()
        customer.wait_for(told + 1)
        replies = window.page.locator("section[aria-labelledby=replies-title]")
        when_seen(window, "/accounts/1/callbacks", "Works")
        assert replies.locator("tbody tr").count() == 1

        window.go("/accounts/1/connections/new")
        window.fill(name="helpdesk")
        window.press("Make it")
        window.go("/accounts/1/numbers")
        window.page.get_by_role("link", name=f"Change {SENDER}").first.click()
        window.page.get_by_label("API connection").select_option(label="helpdesk")
        window.fill(stop_answer="Bye.")
        window.press("Save")
        assert "helpdesk" in window.text()


def test_an_opt_out_is_entered_heeded_and_taken_away(window: Window, product: Product) -> None:
    """A send to it is refused with 122; a file is looked at before anything is entered (rest-api 9.5)."""
    window.expected = ("422",)
    body = {"text": "hello", "to": ["27990000077"]}

    def code() -> str:
        answer = call(product.url, "POST", "/rest/message", token=product.token, body=body).json()
        return str(answer["data"]["message"][0].get("error", {}).get("code", ""))

    window.go("/accounts/1/opt-outs")
    window.fill(recipient="nobody")
    window.press("Add it")
    assert "is no phone number" in window.text()
    window.fill(recipient="27990000077")
    window.press("Add it")
    assert "27990000077 has opted out." in window.text()
    assert any(code() == "122" for _ in range(500))

    with window.page.expect_download() as waiting:
        window.follow("Export CSV")
    assert Path(waiting.value.path()).read_text().splitlines()[0] == "recipient,sender,since,word"

    window.page.get_by_role("link", name="Remove 27990000077").click()
    window.press("Remove the opt-out")
    assert "may be written to again" in window.text()
    assert any(code() == "" for _ in range(500))


def test_a_file_of_opt_outs_is_looked_at_first(window: Window) -> None:
    """What it would do is told, line by line where it is wrong; only then it is entered."""
    window.go("/accounts/1/opt-outs/import")
    octets = b"recipient,sender,word\n27990000078,,stop\nnobody,,\n27990000079,Shop,=1+1\n"
    window.page.locator("[name=file]").set_input_files(
        {"name": "opt-outs.csv", "mimeType": "text/csv", "buffer": octets}
    )
    window.press("Look at it first")
    assert "2 lines can be entered" in window.text()
    assert "Line 3: 'nobody' is no phone number" in window.text()
    window.go("/accounts/1/opt-outs")
    assert "27990000078" not in window.text()

    window.go("/accounts/1/opt-outs/import")
    window.page.locator("[name=file]").set_input_files(
        {"name": "opt-outs.csv", "mimeType": "text/csv", "buffer": octets}
    )
    window.press("Look at it first")
    window.press("Enter 2")
    assert "2 entered; 0 had opted out already." in window.text()
    exported = window.page.request.get(f"{window.base}/accounts/1/opt-outs/export").text()
    assert "27990000079,Shop," in exported
    assert ",'=1+1" in exported


@pytest.fixture
def dora(product: Product, chromium: Browser) -> Iterator[Window]:
    """A developer of the demo account."""
    with newly_invited(chromium, product, "dora@example.com", "--account", "demo", "--role", "developer") as window:
        yield window


def test_a_sender_is_asked_for_and_registered(dora: Window, window: Window) -> None:
    """By a developer, and by an operator (rest-api 3)."""
    dora.expected = ("422",)
    dora.follow("Senders")
    dora.fill(sender="not a sender!")
    dora.press("Ask for it")
    assert "cannot be a sender" in dora.text()
    dora.fill(sender="Shop")
    dora.press("Ask for it")
    assert "Waits for the operator" in dora.text()

    window.go("/service/senders")
    assert "Shop" in window.text()
    window.press("Register")
    assert "demo may use it" in window.text()
    dora.go("/accounts/1/senders")
    assert "Nothing waits for the operator." in dora.text()


def test_an_operator_adds_and_takes_away_a_number(window: Window) -> None:
    """With a keyword, for a connection; twice is told beside the field."""
    window.expected = ("422",)
    for _ in range(2):
        window.go("/service/numbers")
        window.fill(number="33555", keyword="win")
        window.press("Add it")
    assert "has an owner already" in window.text()

    window.go("/service/numbers")
    window.page.get_by_role("link", name="Take away 33555 win").click()
    window.press("Take it away")
    assert "belongs to nobody now" in window.text()


def test_an_owner_sets_what_is_kept_and_blocks_numbers(window: Window) -> None:
    """Limits and countries are shown; a mistake stays in its field."""
    window.expected = ("422",)
    window.go("/accounts/1/settings")
    window.fill(keep_text_days="many")
    window.press("Save")
    assert "Give a number of days" in window.text()
    window.fill(keep_text_days="7")
    window.press("Save")
    assert "goes by it too" in window.text()
    assert window.page.locator("[name=keep_text_days]").input_value() == "7"

    window.fill(digits="27990000099", note="asked by phone")
    window.press("Block it")
    assert "refused with 121" in window.text()
    window.press("Remove 27990000099")
    assert "27990000099 is not blocked" in window.text()
