"""Pages that only come of what somebody does, or to somebody who is new: to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Browser, expect

from tests.browser.browsing import Window
from tests.browser.people import PASSWORD, invited
from tests.product import Product

LOGIN = "ada@example.com"
LONG_TEXT = (
    "Dear guest, your table for four is ready at eight o\N{RIGHT SINGLE QUOTATION MARK}clock \N{EN DASH} we look "
    "forward to seeing you. If you cannot come, please answer this message, so that others can have it."
)
NEW_ACCOUNT_PAGES = (
    "",
    "/messages",
    "/send",
    "/inbound",
    "/first-message",
    "/connections",
    "/callbacks",
    "/numbers",
    "/opt-outs",
    "/credit",
)


def of_a_stranger(window: Window) -> Iterator[str]:
    """What somebody sees who has not signed in, page by page; the name of each."""
    for path in ("/sign-in", "/forgotten", "/enter?ticket=none"):
        window.go(path)
        yield "stranger" + path.partition("?")[0].replace("/", "-")
    window.expected = (*window.expected, "422")
    window.go("/sign-in")
    window.fill(login="nobody@example.com", password="wrong")
    window.press("Sign in")
    yield "stranger-wrong-password"
    window.expected = (*window.expected, "404", "410")
    for path, name in (("/nowhere", "stranger-nothing-here"), ("/password?ticket=none", "stranger-spent-link")):
        window.go(path)
        yield name


def of_a_newcomer(window: Window, product: Product) -> Iterator[str]:
    """From an invitation to an account without anything in it."""
    made = product.command("account", "create", "Fresh", "--country", "ZA", "--sender", "Fresh")
    assert made.returncode == 0, made.stderr
    window.go(invited(product, LOGIN, "--account", "Fresh", "--role", "owner", "--name", "Ada"))
    yield "newcomer-password"
    window.fill(password=PASSWORD, again=PASSWORD)
    window.press("Set it and sign in")
    account = window.at.rpartition("/")[0]
    for page in NEW_ACCOUNT_PAGES:
        window.go(f"{account}{page or '/'}")
        yield "newcomer" + (page.replace("/", "-") or "-home")
    window.go(f"{account}/first-message")
    window.press("Make a token")
    yield "newcomer-token-made"
    window.go(f"{account}/connections/{_connection(window)}/tokens/new")
    window.press("Make a token")
    yield "newcomer-token-new"
    window.expected = (*window.expected, "404")
    window.go("/service")
    yield "newcomer-nothing-here"


def of_somebody_who_sends(window: Window) -> Iterator[str]:
    """A message in the making, checked, sent, and looked for."""
    window.go("/accounts/1/send")
    window.fill(to="27990000001\n27990000002\n112", text=LONG_TEXT)
    expect(window.page.locator("#preview")).to_contain_text("In all")
    yield "send-preview"
    window.press("Send")
    yield "send-results"
    window.go("/accounts/1/messages?number=0001&state=delivered")
    yield "messages-found"
    window.expected = (*window.expected, "422")
    window.go("/accounts/1/messages?number=abc&since=yesterday")
    yield "messages-mistaken"
    window.go("/accounts/1/connections/1/callback")
    window.press("Test now")
    yield "callback-tested"


def everything(browser: Browser, product: Product, owner: Window) -> Iterator[tuple[Window, str]]:
    """All of them, each with the window that shows it."""
    with Window.opened(browser, product) as window:
        for name in of_a_stranger(window):
            yield window, name
        for name in of_a_newcomer(window, product):
            yield window, name
    for name in of_somebody_who_sends(owner):
        yield owner, name


def _connection(window: Window) -> str:
    """The number of the account's only connection."""
    account = window.at.rpartition("/first-message")[0]
    window.go(f"{account}/connections")
    link = window.page.locator("table a").first.get_attribute("href")
    return str(link).rpartition("/")[2]
