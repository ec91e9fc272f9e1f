"""Callbacks in a real browser: how an endpoint does, each try with its answer, dead letters tried once more."""

from __future__ import annotations

import re

from tests.browser.browsing import Window
from tests.browser.customer import endpoint
from tests.browser.strays import elsewhere, give_up
from tests.product import Product, call


def when_seen(window: Window, path: str, text: str) -> str:
    """What a page says as soon as it says this: a try is written down a moment after it was answered."""
    for _ in range(100):
        window.go(path)
        if text in window.text():
            break
    return window.text()


def test_dead_letters_are_seen_and_tried_once_more(window: Window, product: Product) -> None:
    """From a failing endpoint to one that has been mended (rest-api 8.5, delivery 5)."""
    with endpoint() as customer:
        window.go("/accounts/1/connections/1/callback")
        window.fill(url=customer.url)
        window.press("Save and test")
        assert "thank you" in window.text()
        customer.status = 503
        body = {"text": "hello", "to": ["27990000001"], "callback": 2}
        # The service looks for changed settings twice a second: until it has seen the URL, nothing is owed.
        while len(customer.told) < 2:
            assert call(product.url, "POST", "/rest/message", token=product.token, body=body).status == 202
            window.go("/accounts/1/callbacks")
        assert "Failing" in when_seen(window, "/accounts/1/callbacks", "Failing")
        window.page.get_by_role("link", name=re.compile(r"callback \d+$")).first.click()
        shown = when_seen(window, window.at, "Answered 503")
        assert "not now" in shown
        assert "Waiting" in shown

        dead = elsewhere(give_up(product))
        assert "failed at every try" in window.go("/accounts/1/").inner_text("main")
        window.follow("See what was answered")
        assert window.page.get_by_role("link", name=re.compile(r"callback \d+$")).count() == len(dead)
        window.follow(f"{len(dead)}, try again")
        assert "given up after the last try" in window.text()
        customer.status = 200
        told = len(customer.told)
        window.press("Try it once more" if len(dead) == 1 else "Try all once more")

        assert "once more." in window.text()
        customer.wait_for(told + len(dead))
        said = when_seen(window, f"/accounts/1/callbacks/{dead[0]}", "Taken")
        assert "thank you" in said
        assert "Works" in when_seen(window, "/accounts/1/callbacks", "Works")

        window.go(f"/accounts/1/callbacks/{dead[0]}")
        window.press("Try it once more")
        customer.wait_for(told + len(dead) + 1)


def test_a_wrong_message_id_is_told_beside_its_field(window: Window) -> None:
    """And nothing is searched."""
    window.expected = ("422",)
    window.go("/accounts/1/callbacks?message=12")
    assert "This is not the id of a message" in window.text()
