"""Members of an account and people of the service, and the letters that let them in, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Window
from tests.browser.people import PASSWORD, invited
from tests.browser.test_entry import sign_in
from tests.command_line import CommandLine
from tests.mailbox import Mailbox
from tests.product import Product, running


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    """A mail server on this machine."""
    with Mailbox(refuses="refused@") as box:
        yield box


@pytest.fixture(scope="module")
def product(mailbox: Mailbox, commands: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo that can send mail."""
    settings = {
        "ANGARIUM_SMTP_HOST": "127.0.0.1",
        "ANGARIUM_SMTP_PORT": str(mailbox.port),
        "ANGARIUM_SMTP_TLS": "none",
        "ANGARIUM_MAIL_FROM": "sms@example.org",
    }
    with running(tmp_path_factory.mktemp("mail") / "data", commands, settings) as product:
        yield product


def path_in(text: str) -> str:
    """The link in a letter, below the console's base."""
    found = re.search(r"/console(/password\?ticket=\S+)", text)
    assert found is not None, text
    return found[1]


def invite(window: Window, login: str, role: str) -> None:
    """Fill and send the form."""
    window.go("/accounts/1/people")
    window.fill(login=login)
    window.page.locator("select#role").select_option(role)
    window.press("Invite")


def row(window: Window, login: str) -> str:
    """What the table says of somebody."""
    return window.page.locator("tr", has_text=login).first.inner_text()


def test_a_member_is_invited_by_letter_and_has_the_role(
    window: Window, mailbox: Mailbox, product: Product, chromium: Browser
) -> None:
    """The link is shown once and mailed; whoever follows it may do what the role says, and no more."""
    invite(window, "Grace@example.com", "viewer")
    shown = path_in(window.page.locator("#link").inner_text())
    to, subject, text = mailbox.next()
    assert (to, subject, path_in(text)) == ("grace@example.com", "You are invited to Angarium", shown)
    assert "Invited" in row(window, "grace@example.com")

    with Window.opened(chromium, product) as grace:
        grace.expected = ("404",)
        grace.go(path_in(text))
        grace.fill(password=PASSWORD, again=PASSWORD)
        grace.press("Set it and sign in")
        assert grace.at.startswith("/accounts/1/")
        assert grace.page.get_by_role("link", name="People").count() == 0
        grace.go("/accounts/1/people")
        assert "not yours to see" in grace.text()

    window.go("/accounts/1/people")
    assert "Active" in row(window, "grace@example.com")
    window.page.locator("tr", has_text="grace@").get_by_label("Role of").select_option("developer")
    window.page.locator("tr", has_text="grace@").get_by_role("button", name="Change").click()
    assert "is developer now." in window.text()
    window.page.locator("tr", has_text="grace@").get_by_role("button", name="Remove").click()
    assert "is no member any more." in window.text()


def test_what_cannot_be_sent_is_said_and_the_link_is_there_all_the_same(window: Window) -> None:
    """The owner hands it over; a login that is taken is told beside its field, and what was typed is kept."""
    window.expected = ("422",)
    invite(window, "refused@example.com", "developer")
    assert "The letter was not sent: the mail server does not take letters to refused@example.com." in window.text()
    assert path_in(window.page.locator("#link").inner_text())

    invite(window, "refused@example.com", "viewer")
    assert "There is a person with this login already" in window.page.locator("#login-wrong").inner_text()
    assert window.page.locator("[name=login]").input_value() == "refused@example.com"
    assert window.page.locator("select#role").input_value() == "viewer"


def test_the_last_owner_stays(window: Window) -> None:
    """Neither removed nor made less, also by himself."""
    window.expected = ("422",)
    window.go("/accounts/1/people")
    demo = window.page.locator("tr", has_text="(you)")
    demo.get_by_role("button", name="Remove").click()
    assert "An account needs an owner" in window.text()
    window.page.locator("tr", has_text="(you)").get_by_label("Role of").select_option("viewer")
    window.page.locator("tr", has_text="(you)").get_by_role("button", name="Change").click()
    assert "An account needs an owner" in window.text()
    assert "owner" in row(window, "(you)")


def test_a_forgotten_password_is_chosen_anew_by_letter(
    stranger: Window, window: Window, mailbox: Mailbox, product: Product
) -> None:
    """The answer is the same for a login that does not exist, and asking too often has to wait."""
    stranger.go(invited(product, "alan@example.com", "--account", "demo"))
    stranger.fill(password=PASSWORD, again=PASSWORD)
    stranger.press("Set it and sign in")
    stranger.press("Sign out")

    said: list[str] = []
    for login in ("nobody@example.com", "alan@example.com"):
        stranger.go("/sign-in")
        stranger.follow("Forgotten your password?")
        stranger.fill(login=login)
        stranger.press("Send the link")
        said.append(stranger.text())
    to, _, text = mailbox.next()
    assert (to, said[0]) == ("alan@example.com", said[1])
    assert mailbox.letters.empty()

    stranger.go(path_in(text))
    stranger.fill(password="another long sentence", again="another long sentence")
    stranger.press("Set it and sign in")
    stranger.press("Sign out")
    sign_in(stranger, "alan@example.com", "another long sentence")
    assert stranger.at.startswith("/accounts/1/")

    stranger.expected = ("422",)
    for _ in range(4):
        stranger.go("/forgotten")
        stranger.fill(login="nobody@example.com")
        stranger.press("Send the link")
    assert "too often" in stranger.text()

    log = product.command("--json", "audit", "list").stdout
    assert "person.choose_password" in log


def test_an_operator_keeps_everybody(window: Window, mailbox: Mailbox) -> None:
    """Invited, found, shut out and let in again; links that are not used yet are listed."""
    window.go("/service/people")
    window.fill(login="edsger@example.com", name="Edsger")
    window.page.locator("#account_id").select_option("operator")
    window.press("Invite")
    assert mailbox.next()[0] == "edsger@example.com"

    window.go("/service/people?q=edsger")
    assert "operator" in row(window, "Edsger")
    assert window.page.locator("tr", has_text="invitation").count() == 1
    for button, said in (("Shut out", "is shut out"), ("Let in again", "may sign in again")):
        window.go("/service/people?q=edsger")
        window.press(button)
        assert said in window.text()
