"""People who come to the console by invitation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser

from tests.browser.browsing import Window
from tests.product import Product

PASSWORD = "a horse in the sea"


def invited(product: Product, login: str, *options: str) -> str:
    """Invite a person by the command line; the path of the link."""
    ran = product.command("--json", "person", "invite", login, *options)
    assert ran.returncode == 0, ran.stderr
    found = re.search(r"/password\?ticket=[^\"]+", ran.stdout)
    assert found is not None
    return found[0]


@contextmanager
def newly_invited(browser: Browser, product: Product, login: str, *options: str, **looks: Any) -> Iterator[Window]:
    """A window of somebody who has followed an invitation, and has just chosen a password."""
    with Window.opened(browser, product, **looks) as window:
        window.go(invited(product, login, *options))
        window.fill(password=PASSWORD, again=PASSWORD)
        window.press("Set it and sign in")
        yield window


@contextmanager
def arrived(browser: Browser, product: Product, name: str) -> Iterator[Window]:
    """A window of a developer of an account that is as new, with credit, who has just come by an invitation."""
    made = product.command("account", "create", name, "--country", "any", "--any-sender")
    assert made.returncode == 0, made.stderr
    bought = product.command("credit", "buy", name, "10")
    assert bought.returncode == 0, bought.stderr
    with newly_invited(browser, product, f"{name}@example.com", "--account", name, "--role", "developer") as window:
        yield window
