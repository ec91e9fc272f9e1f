"""API connections in a real browser: tokens, lockdown, URLs that are tried out, signing secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Window
from tests.browser.customer import endpoint
from tests.browser.people import PASSWORD, newly_invited
from tests.product import Product, call


@pytest.fixture(scope="module")
def dora(product: Product, chromium: Browser) -> Iterator[Window]:
    """A developer of the demo account, with a password and an API connection of her own."""
    with newly_invited(chromium, product, "dora@example.com", "--account", "demo", "--role", "developer") as window:
        window.follow("API connections")
        window.follow("New connection")
        window.fill(name="shop")
        window.press("Make it")
        assert "What it needs now is a token." in window.text()
        yield window


def new_token(window: Window, home: str, *, old: str | None = None) -> str:
    """Make a token on its page and read it there."""
    page = window.go(f"{home}/tokens/new")
    if old is not None:
        page.get_by_label("The old ones end").select_option(label=old)
    window.press("Make a token")
    return page.locator("[data-token]").inner_text()


def status(product: Product, token: str, path: str = "/rest/account/balance") -> tuple[int, str]:
    """How the REST API answers this token."""
    answer = call(product.url, "GET", path, token=token)
    return answer.status, answer.json().get("error", {}).get("code", "")


def when_noticed(product: Product, token: str, wanted: tuple[int, str]) -> tuple[int, str]:
    """The answer as soon as a running server has noticed a change: it looks twice a second."""
    for _ in range(2_000):
        found = status(product, token)
        if found == wanted:
            return found
    return status(product, token)


def home_of(window: Window) -> str:
    """The page of her connection."""
    window.go("/")
    window.follow("API connections")
    window.follow("shop")
    return window.at


def test_a_token_is_replaced_without_a_gap(dora: Window, product: Product) -> None:
    """Both work for a while; the old one is refused when it is ended (rest-api 1.3)."""
    home = home_of(dora)
    old = new_token(dora, home)
    assert when_noticed(product, old, (200, "")) == (200, "")

    new = new_token(dora, home, old="in a day")

    assert old != new
    assert [when_noticed(product, token, (200, "")) for token in (old, new)] == [(200, ""), (200, "")]
    table = dora.go(home).locator("table").inner_text()
    assert "Ends" in table
    assert "Valid" in table

    dora.page.get_by_role("link", name=re.compile("^End token")).last.click()
    dora.press("End it")
    assert "calls with it are refused" in dora.text()
    assert when_noticed(product, old, (401, "001")) == (401, "001")
    assert status(product, new) == (200, "")


def test_a_token_is_shown_once_more_for_the_password(dora: Window, product: Product) -> None:
    """A wrong one is told beside its field; that it was shown is in the audit log."""
    dora.expected = ("422",)
    home = home_of(dora)
    made = new_token(dora, home, old="at once")
    dora.go(home).get_by_role("link", name=re.compile("^Show token")).first.click()
    dora.fill(password="something else")
    dora.press("Show it")
    assert "This is not your password" in dora.text()

    dora.fill(password=PASSWORD)
    dora.press("Show it")

    assert dora.page.locator("[data-token]").inner_text() == made
    audit = product.command("--json", "audit", "list", "--author", "person:dora@example.com").stdout
    assert "token.show" in audit
    assert made not in audit


def test_a_locked_connection_is_refused_from_elsewhere(dora: Window, product: Product) -> None:
    """The right token from the wrong address is 401 with 007; a typing error stays in its field (rest-api 1.7)."""
    dora.expected = ("422",)
    home = home_of(dora)
    token = new_token(dora, home, old="at once")
    dora.go(f"{home}/lockdown")
    dora.fill(networks="192.0.2.7\nnowhere")
    dora.press("Save")
    assert "'nowhere' is not an address or a network" in dora.text()
    assert dora.page.locator("[name=networks]").input_value() == "192.0.2.7\nnowhere"

    dora.fill(networks="192.0.2.7")
    dora.press("Save")
    assert "only these addresses" in dora.text()
    assert when_noticed(product, token, (401, "007")) == (401, "007")

    dora.go(f"{home}/lockdown")
    dora.fill(networks="")
    dora.press("Save")
    assert when_noticed(product, token, (200, "")) == (200, "")


def test_a_callback_url_is_tried_out_and_signed(dora: Window) -> None:
    """Saving calls it; the page shows request and answer, and the secrets follow one another (rest-api 8.1, 8.6)."""
    home = home_of(dora)
    with endpoint() as customer:
        dora.go(f"{home}/callback")
        dora.fill(url=customer.url, user_name="gateway", password="sesame")
        dora.press("Save and test")

        said = dora.text()
        assert "It is saved" in said
        assert f"GET /told?api_id={home.rpartition('/')[2]}&apiMsgId={'0' * 32}&" in said
        assert "Authorization: Basic ********" in said
        assert "sesame" not in dora.page.content()
        assert "thank you" in said
        assert [path.partition("?")[0] for path, _ in customer.told] == ["/told"]

        dora.press("Make a signing secret")
        assert dora.page.locator(".secret").inner_text().startswith("whsec_")
        dora.follow("Done")
        dora.press("Replace it")
        dora.follow("Done")
        customer.status = 503
        dora.press("Test now")
        assert "would be tried again" in dora.text()
        assert "not now" in dora.text()
        assert customer.told[-1][1].count("v1,") == 2

        dora.press("Drop the old one")
        dora.press("Test now")
        assert customer.told[-1][1].count("v1,") == 1


def test_a_url_that_may_not_be_called_is_said_so(dora: Window) -> None:
    """Its address is checked like that of any callback (rest-api 8.7); what was typed wrongly is kept."""
    dora.expected = ("422",)
    home = home_of(dora)
    dora.go(f"{home}/reply")
    dora.fill(url="ftp://example.com/")
    dora.press("Save and test")
    assert "must start with http:// or https://" in dora.text()
    assert dora.page.locator("[name=url]").input_value() == "ftp://example.com/"

    dora.fill(url="http://192.168.7.7/mo")
    dora.press("Save and test")
    assert "Calling 192.168.7.7 is not allowed: it is private." in dora.text()
    assert dora.page.get_by_text("What was sent").count() == 0


def test_settings_of_sending_are_kept(dora: Window) -> None:
    """And each mistake among them is told beside its field, all at once."""
    dora.expected = ("422",)
    home = home_of(dora)
    dora.go(f"{home}/settings")
    dora.fill(sender="no/sender", country_prefix="027", segments_max="99")
    dora.press("Save")
    wrong = [dora.page.locator(f"#{name}-wrong").inner_text() for name in ("sender", "country_prefix", "segments_max")]
    assert ["cannot be a sender" in wrong[0], "no leading 0" in wrong[1]] == [True, True]
    assert wrong[2] == "Give a number from 1 to 35."

    dora.fill(sender="Shop", country_prefix="27", segments_max="5")
    dora.page.get_by_label("When nobody knows").select_option("unknown")
    dora.press("Save")
    said = dora.text()
    assert "up to 5" in said
    assert "it may be lost" in said


def test_limits_of_a_connection_are_seen(dora: Window, product: Product) -> None:
    """Whoever meets a 429 finds what the operator has set where the connection is (rest-api 1.2)."""
    home = home_of(dora)
    connection = home.rpartition("/")[2]
    ran = product.command("connection", "set", connection, "--per-second", "5", "--credits-per-day", "7.5")
    assert ran.returncode == 0, ran.stderr

    said = dora.go(home).inner_text("main")
    assert "5 messages a second" in said
    assert "7.50 credits a day" in said
