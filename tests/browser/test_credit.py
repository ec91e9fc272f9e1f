"""Buying with play coins, redeeming a voucher and being warned, in a real browser."""

from __future__ import annotations

from tests.browser.browsing import Window
from tests.product import Product, call

PROBES_MAX = 5_000


def statement(window: Window) -> list[str]:
    """The rows of the statement as they are downloaded."""
    answer = window.page.request.get(f"{window.base}/accounts/1/credit/statement.csv")
    assert answer.status == 200
    return answer.text().splitlines()


def test_credit_is_bought_on_the_page_of_a_provider(window: Window) -> None:
    """There and back; reloading buys nothing more, and what was not paid is not credited."""
    window.expected = ("422",)
    window.go("/accounts/1/credit")
    window.fill(amount="a lot")
    window.press("Go on to pay")
    assert "is not an amount of credits" in window.page.locator("#amount-wrong").inner_text()

    window.fill(amount="250.5")
    window.press("Go on to pay")
    window.follow("Pay 250.50 play coins")
    assert "Nothing is charged" in window.text()
    window.press("Pay with play coins")
    assert "The credits are yours to spend." in window.text()
    window.page.reload()
    assert [row.split(",")[1:] for row in statement(window)].count(["250.500000", "demo", "purchase 1"]) == 1

    before = statement(window)
    window.go("/accounts/1/credit")
    window.fill(amount="99")
    window.press("Go on to pay")
    window.follow("Pay 99.00 play coins")
    window.press("Do not pay")
    assert "Nothing was paid" in window.text()
    assert statement(window) == before


def test_a_voucher_is_redeemed_once(window: Window, product: Product) -> None:
    """Made by the operator, shown once, typed by the owner; wrong codes have to wait after a while."""
    window.expected = ("422",)
    window.go("/service/vouchers")
    window.fill(amount="75", note="fair")
    window.press("Make them")
    code = window.page.locator("#codes").inner_text().strip()
    window.go("/service/vouchers")
    assert code not in window.text()

    window.go("/accounts/1/credit")
    window.fill(code=code.lower())
    window.press("Redeem")
    assert "The voucher has brought 75.00 credits." in window.text()
    for _ in range(6):
        window.go("/accounts/1/credit")
        window.fill(code=code)
        window.press("Redeem")
    assert "Too many wrong codes." in window.page.locator("#code-wrong").inner_text()

    listed = product.command("--json", "voucher", "list").stdout
    assert '"redeemed_at": "2' in listed
    made = product.command("voucher", "create", "10", "--count", "2")
    assert len(made.stdout.split()) == 2
    window.go("/service/vouchers")
    window.press("Revoke")
    assert "is worth nothing any more." in window.text()


def test_what_a_day_has_cost_is_told(window: Window, product: Product) -> None:
    """On the page and as a file, once it was counted."""
    body = {"text": "Hello", "to": ["27990000001", "27990000002"]}
    assert call(product.url, "POST", "/rest/message", token=product.token, body=body).status == 202
    for _ in range(PROBES_MAX):
        days = window.page.request.get(f"{window.base}/accounts/1/credit/spending.csv").text().splitlines()
        if days[1:] and days[1].endswith(",2,1.600000"):
            break
    assert (
        "1.60"
        in window.go("/accounts/1/credit").locator("section", has_text="Spent in the last seven days").inner_text()
    )


def test_an_owner_is_warned(window: Window) -> None:
    """On the page, when less is free than was said."""
    window.go("/accounts/1/credit")
    window.fill(warn_below="100000000")
    window.press("Save")
    assert "The warning is set." in window.text()
    assert "Less is free than the 100000000.00 credits" in window.text()
    window.go("/accounts/1/")
    window.follow("See the credit")
    window.fill(warn_below="")
    window.press("Save")
    assert "The warning is off." in window.text()
