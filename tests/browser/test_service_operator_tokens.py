"""Operator tokens in a real browser: made for a password, used, revoked, and told of when somebody goes."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser

from angarium.flows.people import TOTP_DIGITS, TOTP_STEP_S
from tests.browser.browsing import Window
from tests.browser.people import PASSWORD, newly_invited
from tests.product import Product, call

LOGIN = "olga@example.com"
PAGE = "/service/operator-tokens"


@pytest.fixture(scope="module")
def olga(product: Product, chromium: Browser) -> Iterator[Window]:
    """An operator with a password."""
    with newly_invited(chromium, product, LOGIN, "--operator", "--name", "Olga") as window:
        window.expected = ("422",)
        yield window


def opens(product: Product, token: str) -> int:
    """How the operator's API answers this token."""
    return call(product.url, "GET", "/v1/accounts", token=token).status


def ask_for(window: Window, name: str, **proof: str) -> None:
    """Fill the form for a token that may read accounts."""
    window.go(f"{PAGE}/new")
    window.page.get_by_label("accounts:read").check()
    window.fill(name=name, **proof)
    window.press("Make it")


def test_a_token_is_made_for_the_password_and_revoked(olga: Window, product: Product) -> None:
    """Shown once; a wrong password makes none and keeps what was typed; the audit log names the person."""
    olga.go(PAGE)
    olga.follow("New token")
    olga.fill(name="grafana", password="something else")
    olga.press("Make it")
    assert "A token needs a scope" in olga.page.locator("#scopes-wrong").inner_text()
    olga.page.get_by_label("accounts:read").check()
    olga.fill(password="something else")
    olga.press("Make it")
    assert "This is not your password." in olga.page.locator("#password-wrong").inner_text()
    assert olga.page.locator("[name=name]").input_value() == "grafana"
    assert olga.page.get_by_label("accounts:read").is_checked()
    assert olga.page.locator("[name=password]").input_value() == ""

    olga.fill(password=PASSWORD)
    olga.press("Make it")
    token = olga.page.locator("[data-token]").inner_text()
    assert opens(product, token) == 200
    olga.page.reload()
    assert olga.page.locator("[data-token]").inner_text() == token
    assert call(product.url, "GET", "/v1/carriers", token=token).status == 403

    ask_for(olga, "grafana", password=PASSWORD)
    assert "already" in olga.page.locator("#name-wrong").inner_text()

    row = olga.go(PAGE).locator("tr", has_text="grafana")
    assert token not in olga.page.content()
    assert f"by person:{LOGIN}" in row.inner_text()
    assert "never" not in row.inner_text()
    row.get_by_role("link", name="Revoke grafana").click()
    assert opens(product, token) == 200
    olga.press("Revoke it")
    assert "grafana is revoked: calls with it are refused." in olga.text()
    assert opens(product, token) == 401

    log = product.command("--json", "audit", "list", "--author", f"person:{LOGIN}").stdout
    assert "operator_token.create" in log
    assert "operator_token.revoke" in log
    assert token not in log


def test_a_second_factor_is_asked_for_too(olga: Window, window: Window, product: Product) -> None:
    """The password alone makes no token then; and when the person goes, it is said what they leave behind."""
    olga.go("/me")
    olga.follow("Set it up")
    generator = TOTP(base64.b32decode(olga.page.locator(".secret").inner_text()), TOTP_DIGITS, SHA1(), TOTP_STEP_S)

    def code(ahead: int = 0) -> str:
        return generator.generate(int(time.time()) + ahead * TOTP_STEP_S).decode()

    spent = code()
    olga.fill(code=spent, second_factor_password=PASSWORD)
    olga.press("Set it")
    olga.go("/me")
    assert "needs a code" in olga.text()

    ask_for(olga, "robot", password=PASSWORD, code=spent)
    assert "Password or code is wrong" in olga.page.locator("#password-wrong").inner_text()
    ask_for(olga, "robot", password=PASSWORD, code=code(1))
    assert opens(product, olga.page.locator("[data-token]").inner_text()) == 200

    window.go("/service/people").locator("tr", has_text=LOGIN).get_by_role("button", name="Shut out").click()
    assert "Operator tokens that they made still open the API: robot." in window.text()


def test_somebody_without_a_password_is_told_how_to_get_one(window: Window) -> None:
    """Whoever came by a link that is worth one entry has nothing to prove it with."""
    window.go(f"{PAGE}/new")

    assert "You have no password yet" in window.text()
    assert "angarium operator token create" in window.text()
    assert window.page.get_by_role("button", name="Make it").count() == 0
