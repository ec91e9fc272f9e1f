"""The console by keyboard alone, for those who hear it, and without scripts: in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import Window
from tests.browser.people import arrived, newly_invited
from tests.product import Product, call

STOPS_MAX = 80
PATIENCE_MS = 20_000
HANDSET = "27990000001"
FOCUSED = """() => {
    const at = document.activeElement;
    const label = at.labels?.[0] ?? at;
    const outlined = [at, label].some((each) => parseFloat(getComputedStyle(each).outlineWidth) > 0);
    const text = at.getAttribute("aria-label") ?? (at.labels?.[0] ?? at).innerText;
    return [text.replace(/\\s+/g, " ").trim(), outlined];
}"""


@pytest.fixture
def newcomer(product: Product, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A developer of an account that is as new."""
    with arrived(chromium, product, request.node.name.replace("_", "-")[:40]) as window:
        yield window


def tab_to(page: Page, label: str) -> None:
    """Press Tab until what has this label has the focus; each stop on the way can be seen to have it."""
    for _ in range(STOPS_MAX):
        page.keyboard.press("Tab")
        found, is_outlined = page.evaluate(FOCUSED)
        if page.evaluate("document.activeElement !== document.body"):
            assert is_outlined, f"nobody sees where the focus is: {found}"
        if found == label:
            return
    raise AssertionError(f"{label} cannot be reached by Tab")


def press_enter(page: Page) -> None:
    """Press Enter, which leads to another page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def described(page: Page) -> str:
    """The words that go with what has the focus."""
    ids = page.evaluate("document.activeElement.getAttribute('aria-describedby') ?? ''").split()
    return " ".join(page.locator(f"#{each}").inner_text() for each in ids)


def test_a_first_message_by_keyboard_alone(newcomer: Window) -> None:
    """A mistake takes the cursor to its field, where it is told; what is on its way is told aloud."""
    newcomer.expected = ("422",)
    page = newcomer.page
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[0] == "Skip to the page"
    page.keyboard.press("Enter")
    tab_to(page, "Make a token")
    press_enter(page)
    token = page.locator(".secret").inner_text()

    tab_to(page, "To")
    page.keyboard.press("Control+a")
    page.keyboard.type("my phone")
    press_enter(page)
    assert page.title().startswith("Please check")
    assert page.evaluate("document.activeElement.name") == "to"
    assert described(page).startswith("Give a number with its country code")
    assert page.locator("#to").input_value() == "my phone"

    page.keyboard.press("Control+a")
    page.keyboard.type(HANDSET)
    press_enter(page)
    assert page.evaluate(FOCUSED)[0] == "It is on its way."
    assert page.locator(".secret").inner_text() == token
    expect(page.locator("main > [role=status]").last).to_have_text(
        "Delivered. The handset has it.", timeout=PATIENCE_MS
    )


def test_a_token_is_made_once_however_often_its_form_is_sent(newcomer: Window) -> None:
    """Loaded again, the page shows the same one; and another form makes another."""
    newcomer.press("Make a token")
    first = newcomer.page.locator(".secret").inner_text()
    newcomer.page.reload()
    assert newcomer.page.locator(".secret").inner_text() == first

    newcomer.follow("API connections")
    newcomer.follow("first")
    newcomer.follow("Replace or add")
    newcomer.press("Make a token")
    second = newcomer.page.locator("[data-token]").inner_text()
    newcomer.page.reload()
    assert newcomer.page.locator("[data-token]").inner_text() == second != first
    newcomer.follow("Done")
    assert newcomer.page.locator("tbody tr").count() == 2


def test_the_focus_stays_while_a_list_moves(window: Window, product: Product) -> None:
    """New messages come on top of a live list; whoever was at a row still is."""

    def send(text: str) -> None:
        call(product.url, "POST", "/rest/message", token=product.token, body={"text": text, "to": [HANDSET]})

    send("First")
    page = window.go("/accounts/1/messages")
    expect(page.locator(".live.on")).to_be_visible()
    page.get_by_role("link", name=HANDSET).first.focus()
    at = page.evaluate("document.activeElement.href")
    send("Second")

    expect(page.locator("tbody tr").first).to_contain_text("Second", timeout=PATIENCE_MS)
    expect(page.locator("tbody tr").first).to_contain_text("Delivered", timeout=PATIENCE_MS)
    assert page.evaluate("document.activeElement.href") == at


def test_what_arrives_on_a_phone_is_told_aloud(window: Window, product: Product) -> None:
    """Its number and what it says; what was there before is not told again."""

    def send(text: str) -> None:
        call(product.url, "POST", "/rest/message", token=product.token, body={"text": text, "to": [HANDSET]})

    send("Before")
    page = window.go("/accounts/1/handsets")
    for _ in range(50):
        if page.get_by_text("Before").count():
            break
        page.reload()
    expect(page.locator(".live.on")).to_be_visible()
    send("Knock, knock")

    expect(page.locator("main > [role=status]").last).to_have_text(f"{HANDSET}: Knock, knock", timeout=PATIENCE_MS)


def test_a_send_that_nobody_takes_keeps_what_was_typed(window: Window) -> None:
    """All mistakes are told at once, the cursor is in the first of their fields, and mended it goes out."""
    window.expected = ("422",)
    page = window.go("/accounts/1/send")
    page.locator("form[data-preview]").evaluate("form => { form.noValidate = true; }")
    window.press("Send")
    assert page.locator("#to-wrong").inner_text() == "Write at least one number."
    assert page.locator("#text-wrong").inner_text() == "Write a text."

    window.fill(to="my phone", text="Keep me")
    window.press("Send")
    assert page.locator("#to-wrong").inner_text().startswith("myphone: Not a phone number.")
    assert page.locator("[name=text]").input_value() == "Keep me"
    assert page.evaluate("document.activeElement.name") == "to"

    window.fill(to=HANDSET)
    window.press("Send")
    assert "1 message is accepted" in window.text()


def test_what_changes_can_be_looked_at_again_without_scripts(
    window: Window, chromium: Browser, product: Product
) -> None:
    """A phone answers, and a link takes the place of what would come by itself."""
    call(product.url, "POST", "/rest/message", token=product.token, body={"text": "Are you there?", "to": [HANDSET]})
    state = window.page.context.storage_state()
    with Window.opened(chromium, product, session=state, java_script_enabled=False) as plain:
        page = plain.go("/accounts/1/handsets")
        for _ in range(50):
            if page.get_by_text("Are you there?").count():
                break
            plain.follow("Look again")
        page.locator(f"#answer-{HANDSET}").fill("Yes, without scripts")
        page.locator(f"#answer-{HANDSET}").press("Enter")
        expect(page.locator(f"[data-phone='{HANDSET}'] .bubble.own")).to_contain_text("Yes, without scripts")
        assert page.locator(".live").is_hidden()


def test_who_may_only_look_is_led_nowhere_else(product: Product, chromium: Browser) -> None:
    """No entry of a viewer's menu leads to a page that is not theirs."""
    with newly_invited(chromium, product, "vic@example.com", "--account", "demo", "--role", "viewer") as window:
        entries = window.page.locator("nav[aria-label=Main] a").evaluate_all("all => all.map((each) => each.href)")
        answers = [window.page.request.get(each).status for each in entries]
        assert answers == [200] * len(entries)
