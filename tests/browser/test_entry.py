"""Coming in, being kept out, and one's own things, in a real browser."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser

from angarium.flows.people import TOTP_STEP_S
from tests.browser.browsing import Window
from tests.browser.people import PASSWORD, newly_invited
from tests.product import Product


@pytest.fixture
def ada(product: Product, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A developer of the demo account, who has just chosen a password."""
    login = f"{request.node.name.replace('_', '-')[:60]}@example.com"
    with newly_invited(chromium, product, login, "--account", "demo", "--role", "developer", "--name", "Ada") as window:
        yield window


def sign_in(window: Window, login: str, password: str = PASSWORD) -> None:
    """Fill and send the form."""
    window.go("/sign-in")
    window.fill(login=login, password=password)
    window.press("Sign in")


def login_of(window: Window) -> str:
    """Who has signed in."""
    found = re.search(r"signed in as (\S+)", window.go("/me").inner_text("main"))
    assert found is not None
    return found[1]


def test_an_invitation_leads_to_ones_account(ada: Window) -> None:
    """A member of one account comes straight to it, at first to its first message, and sees nothing of the service."""
    assert re.fullmatch(r"/accounts/\d+/first-message", ada.at)
    assert ada.page.get_by_role("link", name="Overview").count() == 0

    ada.expected = ("404",)
    ada.go("/service")
    assert "not yours to see" in ada.text()


def test_whoever_is_not_signed_in_comes_back_where_they_wanted_to_go(ada: Window) -> None:
    """Through the form, to the page, and never to another host."""
    login = login_of(ada)
    ada.press("Sign out")
    assert ada.page.get_by_text("You are signed out.").is_visible()

    ada.go("/me")
    assert ada.at.startswith("/sign-in?to=")
    ada.fill(login=login, password=PASSWORD)
    ada.press("Sign in")
    assert ada.at == "/me"

    ada.press("Sign out")
    ada.go("/sign-in?to=//example.com/")
    ada.fill(login=login, password=PASSWORD)
    ada.press("Sign in")
    assert ada.page.url.startswith(ada.base)


def test_a_wrong_password_is_told_and_what_was_typed_is_kept(stranger: Window) -> None:
    """But for the password itself."""
    stranger.expected = ("422",)
    sign_in(stranger, "nobody@example.com", "wrong")

    assert "Login, password or code is wrong." in stranger.text()
    assert stranger.page.locator("[name=login]").input_value() == "nobody@example.com"
    assert stranger.page.locator("[name=password]").input_value() == ""


def test_a_bad_new_password_is_told_beside_its_field(ada: Window) -> None:
    """The form stays, and the mistake has its place."""
    ada.expected = ("422",)
    ada.go("/me")
    ada.fill(old=PASSWORD, password="short", again="short")
    ada.press("Change password")

    field = ada.page.locator("[name=password]")
    assert field.get_attribute("aria-invalid") == "true"
    described = ada.page.locator(f"#{field.get_attribute('aria-describedby').split()[0]}")
    assert "at least 10 characters" in described.inner_text()


def test_a_second_factor_is_set_used_and_removed(ada: Window) -> None:
    """By the key on the page, as an authenticator would."""
    login = login_of(ada)
    ada.follow("Set it up")
    secret = base64.b32decode(ada.page.locator(".secret").inner_text())

    def code(ahead: int = 0) -> str:
        generator = TOTP(secret, 6, SHA1(), TOTP_STEP_S)
        return generator.generate(int(time.time()) + ahead * TOTP_STEP_S).decode()

    assert ada.faults() == []
    ada.fill(code=code(), second_factor_password=PASSWORD)
    ada.press("Set it")
    assert "needs a code" in ada.text()
    ada.press("Sign out")

    ada.expected = ("422",)
    sign_in(ada, login)
    assert "Enter the code" in ada.text()
    ada.fill(password=PASSWORD, code=code(1))
    ada.press("Sign in")
    ada.go("/me")
    ada.fill(second_factor_password=PASSWORD)
    ada.press("Remove it")
    assert "The second factor is removed." in ada.text()


def test_a_session_can_be_ended_from_another(ada: Window, chromium: Browser, product: Product) -> None:
    """And that browser is out at its next page."""
    login = login_of(ada)
    with Window.opened(chromium, product) as elsewhere:
        sign_in(elsewhere, login)
        ada.go("/me")
        ada.press("End all others")
        assert "One session has ended." in ada.text()

        elsewhere.go("/me")
        assert elsewhere.at.startswith("/sign-in")


def test_a_form_from_another_page_changes_nothing(ada: Window) -> None:
    """Without the page's own token, or sent from another site, it is refused."""
    ada.expected = ("403",)
    answer = ada.page.request.post(f"{ada.base}/sign-out", form={"form_token": "made up"})
    assert answer.status == 403
    token = ada.go("/me").locator("[name=form_token]").first.input_value()
    crossed = ada.page.request.post(
        f"{ada.base}/sign-out", form={"form_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert crossed.status == 403

    ada.go("/me")
    assert ada.at == "/me"


def test_pages_of_entry_are_fit_for_everybody(ada: Window, stranger: Window) -> None:
    """In light and dark, on a wide and on a narrow screen: nothing serious for axe, and nothing to scroll sideways."""
    assert stranger.faults_in_every_look("/sign-in") == []
    assert ada.faults_in_every_look("/me") == []
    assert ada.faults_in_every_look("/") == []


def test_everything_is_reached_by_keyboard_alone(stranger: Window) -> None:
    """The first stop leads past the frame, and the form is filled and sent without a mouse."""
    stranger.expected = ("422",)
    page = stranger.go("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("nobody")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert "is wrong" in stranger.text()


def test_the_theme_is_kept(ada: Window) -> None:
    """Auto, dark, light, and around again."""
    page = ada.go("/me")
    for theme in ("dark", "light", None):
        page.locator("[name=theme]").click()
        assert page.locator("html").get_attribute("data-theme") == theme
    assert ada.at == "/me"


def test_pages_work_without_scripts(product: Product, chromium: Browser) -> None:
    """Signing in is a form like any other."""
    login = "without-scripts@example.com"
    with newly_invited(chromium, product, login, "--operator", java_script_enabled=False) as window:
        assert window.at == "/service"


def test_who_came_by_the_demos_link_chooses_a_password(window: Window) -> None:
    """By it they come in again; the last test here, because their other sessions end."""
    window.go("/me")
    window.press("Choose a password")
    window.fill(password=PASSWORD, again=PASSWORD)
    window.press("Set it and sign in")
    window.go("/me")
    assert window.page.get_by_role("button", name="Change password").is_visible()
    window.press("Sign out")

    sign_in(window, "demo")
    assert window.at == "/service"
