"""An operator's accounts: made, sold credit, limited, acted for; and what of it stands in the audit log."""

from __future__ import annotations

from tests.browser.browsing import Window
from tests.product import Product, call


def test_an_account_is_made_sold_credit_and_limited(window: Window) -> None:
    """Step by step, by forms that say what is wrong beside the field and keep what was typed."""
    window.expected = ("422",)
    window.go("/service/accounts/new")
    window.fill(name="Acme Bank", countries="ZA, Atlantis")
    window.press("Make it")
    assert "'Atlantis' is not a country" in window.text()
    assert window.page.locator("[name=name]").input_value() == "Acme Bank"
    window.fill(countries="ZA, GB")
    window.press("Make it")
    assert "The account Acme Bank is made." in window.text()

    window.fill(amount="12.5x")
    window.press("Book it")
    assert "'12.5x' is not an amount of credits" in window.text()
    window.fill(amount="12.5", note="first order")
    window.press("Book it")
    assert "12.50 credits are booked; 12.50 are free now." in window.text()
    window.page.locator("[name=kind]").select_option("back")
    window.fill(amount="13")
    window.press("Book it")
    assert "12.50" in window.text()

    window.fill(messages_per_s="many", credits_per_day="40", senders="Acme\n27990000001", keep_text_days="7")
    window.press("Save")
    assert "'many' is not a whole number" in window.text()
    assert window.page.locator("[name=credits_per_day]").input_value() == "40"
    window.fill(messages_per_s="20")
    window.press("Save")
    assert "The settings are changed." in window.text()
    assert window.page.locator("[name=senders]").input_value().splitlines() == ["Acme", "27990000001"]
    assert window.page.locator("[name=messages_per_s]").input_value() == "20"
    assert "0.00 of 40.00 credits today" in window.text()

    window.follow("Audit log")
    said = window.text()
    assert "account.change" in said
    assert "credit.buy" in said
    assert "person:operator" in said or "person:demo" in said


def test_acting_for_an_account_leaves_its_mark(window: Window) -> None:
    """On every page while it lasts, and in the audit log at both ends and at each change between them."""
    window.go("/service/accounts/1")
    window.press("Act for this account")
    assert window.at == "/accounts/1/"
    assert "You act for demo" in window.page.inner_text(".acting")

    window.go("/service/accounts/1")
    window.fill(amount="1", note="while acting")
    window.press("Book it")
    window.press("Stop acting")
    assert window.at == "/service/accounts/1"
    assert window.page.locator(".acting").count() == 0

    window.go("/service/audit?subject=account/1")
    rows = window.page.locator("tbody tr").all_inner_texts()
    assert "account.act_end" in rows[0]
    assert "for account/1" in rows[0]
    assert "credit.buy" in rows[1]
    assert "for account/1" in rows[1]
    assert "account.act_for" in rows[2]
    assert "for account/1" not in rows[2]


def test_an_account_that_has_run_out_of_credit_is_named(window: Window, product: Product) -> None:
    """While it sends: its messages are refused, and its people are on the telephone."""
    made = product.command("account", "create", "Thrifty", "--country", "any")
    made = product.command("connection", "create", "Thrifty", "web")
    bought = product.command("credit", "buy", "Thrifty", "0.8", "--note", "one message")
    token = product.command("token", "create", "Thrifty/web")
    assert (made.returncode, bought.returncode, token.returncode) == (0, 0, 0)
    window.go("/service/explain?number=27990000001")
    body = {"text": "Hello", "to": ["27990000001"]}
    sent = call(product.url, "POST", "/rest/message", token=token.stdout.split()[0], body=body)
    assert sent.status == 202, sent

    window.go("/service")
    assert "The account Thrifty has 0.00 credits left, and is refused." in window.text()
    window.page.locator("li", has_text="Thrifty").get_by_role("link", name="Its credit").click()
    assert "Thrifty" in window.page.inner_text("h1")
