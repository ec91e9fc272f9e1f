"""From a form to a handset, and back to a reply URL."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import Window
from tests.product import Product, call

HANDSET = "27990000001"
PUSH_TIMEOUT_S = 30


def charge(product: Product, public_id: str) -> float:
    """What a message was charged, as the REST API says."""
    answer = call(product.url, "GET", f"/rest/message/{public_id}", token=product.token)
    return float(answer.json()["data"]["charge"])


def bubbles(page: Page, number: str) -> list[str]:
    """What stands on a handset."""
    return page.locator(f"[data-phone='{number}'] .bubble bdi.text").all_inner_texts()


def test_a_text_is_composed_counted_sent_and_seen_on_its_handset(window: Window) -> None:
    """The count follows what is typed, the charge is what it said, and markup stays text (rest-api 4.3)."""
    page = window.go("/accounts/1/send")
    text = "<b>\N{WHITE SMILING FACE}</b> \u05e9\u05dc\u05d5\u05dd " + "word " * 20
    page.locator("[name=to]").fill(f"+27 99 000 0001\nfoo, {HANDSET[:-1]}2")
    page.locator("[name=text]").fill(text)
    expect(page.locator("#preview .parts")).to_have_text("2 parts")
    expect(page.locator("#preview .sum")).to_contain_text("UCS-2")
    expect(page.locator("#preview .price")).to_have_text("3.200")
    expect(page.locator("#preview")).to_contain_text("Not a phone number")
    each = float(page.locator("#preview .price-each").inner_text())

    window.press("Send")
    assert "2 messages are accepted" in window.text()
    assert "1 was refused" in window.text()
    link = page.get_by_role("link", name=HANDSET).get_attribute("href") or ""
    public_id = link.rpartition("/")[2]
    assert charge(window.product, public_id) == each == 1.6

    window.go(f"/accounts/1/handsets?number={HANDSET}")
    expect(page.locator(f"[data-phone='{HANDSET}'] .bubble").last).to_contain_text("2 parts")
    assert bubbles(page, HANDSET)[-1].strip() == text.strip()


def test_a_form_sent_twice_is_one_send(window: Window) -> None:
    """Going back and pressing again shows the same messages; another text is another send (rest-api 3.3)."""
    page = window.go("/accounts/1/send")

    def sent(text: str) -> str:
        page.locator("[name=to]").fill(HANDSET)
        page.locator("[name=text]").fill(text)
        window.press("Send")
        return page.get_by_role("link", name=HANDSET).get_attribute("href") or ""

    first = sent("Once")
    page.reload()
    assert page.get_by_role("link", name=HANDSET).get_attribute("href") == first
    window.follow("Send another")
    assert sent("Once") != first


def test_options_and_their_mistakes(window: Window) -> None:
    """Each mistake stands beside its field, what was typed is kept, and flash is shown as flash (rest-api 3)."""
    window.expected = ("422",)
    page = window.go("/accounts/1/send")
    page.locator("summary").filter(has_text="Options").click()
    window.fill(to=HANDSET, text="Now!", parts_max="99", scheduled="2020-01-31T09:30")
    page.locator("[name=flash]").check()
    window.press("Send")
    for name, sentence in (("parts_max", "1 to 35"), ("scheduled", "7 days ahead")):
        field = page.locator(f"[name={name}]")
        assert field.get_attribute("aria-invalid") == "true"
        assert sentence in page.locator(f"#{name}-wrong").inner_text()
    assert page.locator("[name=text]").input_value() == "Now!"

    window.fill(parts_max="", scheduled="", sender="not/a sender")
    window.press("Send")
    assert "not yours" in page.locator("#sender-wrong").inner_text()
    window.fill(sender="Angarium")
    window.press("Send")
    assert "1 message is accepted" in window.text()
    window.go(f"/accounts/1/handsets?number={HANDSET}")
    expect(page.locator(".bubble.flash").last).to_contain_text("Now!")
    assert "A sender of letters cannot be answered." in window.text()


def test_what_it_comes_to_is_shown_without_scripts(window: Window, chromium: Browser, product: Product) -> None:
    """By a button, and nothing is sent."""
    state = window.page.context.storage_state()
    with Window.opened(chromium, product, session=state, java_script_enabled=False) as plain:
        page = plain.go("/accounts/1/send")
        plain.fill(to=HANDSET, text="Hello " * 40)
        plain.press("Check")
        assert page.locator("#preview .parts").inner_text() == "2 parts"
        assert page.locator("[name=text]").input_value() == "Hello " * 40
        plain.fill(text="\N{LEFT DOUBLE QUOTATION MARK}Hello\N{RIGHT DOUBLE QUOTATION MARK} " + "word " * 15)
        plain.press("Check")
        assert page.locator("#preview .parts").inner_text() == "2 parts"
        assert "With smart encoding, a setting of the API connection, it takes one part" in plain.text()


@pytest.fixture
def inbox() -> Iterator[tuple[str, Queue[dict[str, list[str]]]]]:
    """A reply URL on loopback, and what is pushed to it."""
    pushed: Queue[dict[str, list[str]]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pushed.put(parse_qs(urlsplit(self.path).query))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/in", pushed
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_typed_on_a_handset_comes_to_the_reply_url(
    window: Window, product: Product, inbox: tuple[str, Queue[dict[str, list[str]]]]
) -> None:
    """It stands on the phone at once, is pushed, and is listed (rest-api 9, 9.1)."""
    url, pushed = inbox
    changed = product.command("connection", "reply", "demo/demo", "--url", url, "--charset", "utf-8")
    assert changed.returncode == 0, changed.stderr
    # The service looks for changed settings twice a second: what comes before that is pushed nowhere.
    assert any(url in window.go("/accounts/1/connections/1").inner_text("main") for _ in range(200))
    page = window.go("/accounts/1/handsets")
    call(product.url, "POST", "/rest/message", token=product.token, body={"text": "Coming?", "to": [HANDSET]})
    expect(page.locator(f"[data-phone='{HANDSET}'] .bubble").last).to_contain_text("Coming?")

    answer = page.locator(f"#answer-{HANDSET}")
    answer.fill("On my way \N{BICYCLE}")
    answer.press("Enter")
    expect(page.locator(f"[data-phone='{HANDSET}'] .bubble.own")).to_contain_text("On my way")
    assert answer.input_value() == ""

    push = pushed.get(timeout=PUSH_TIMEOUT_S)
    assert (push["from"], push["to"], push["text"]) == ([HANDSET], ["27999123456"], ["On my way \N{BICYCLE}"])
    listed = json.loads(product.command("--json", "inbound", "list").stdout)
    assert re.search(HANDSET, json.dumps(listed))
