"""An operator's carriers: links live, a bind to try settings with, PDUs that go by, rebind and drain."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.browser.browsing import Window
from tests.product import Product, call


def opened(window: Window) -> None:
    """Show every group of settings."""
    window.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def test_settings_are_tried_by_a_real_bind_before_they_are_saved(window: Window, product: Product) -> None:
    """Against the demo's simulator: what fails is told in words, and nothing is saved by trying."""
    window.expected = ("422",)
    smsc = urlsplit(f"//{product.ready['smsc']}")
    window.go("/service/carriers/new")
    opened(window)
    window.fill(name="second", host="127.0.0.1", port="9", window="zero")
    window.press("Try a bind with these")
    assert "window must be a whole number from 1 to 10000, not 'zero'." in window.text()
    assert window.page.locator("[name=host]").input_value() == "127.0.0.1"

    opened(window)
    window.fill(window="25")
    window.press("Try a bind with these")
    assert "The bind failed" in window.text()
    assert "No connection to 127.0.0.1:9" in window.text()

    opened(window)
    window.fill(port=str(smsc.port), system_id="demo", password="kept")
    window.press("Try a bind with these")
    assert "The bind worked" in window.text()
    assert "Bound as transceiver" in window.text()
    assert "Nothing was saved yet." in window.text()
    assert window.page.locator("[name=password]").input_value() == "kept"
    assert product.command("carrier", "show", "second").returncode != 0

    window.press("Add it")
    assert "The carrier is added." in window.text()
    window.page.locator("[data-live] .badge", has_text="Bound").first.wait_for()
    window.follow("Settings")
    opened(window)
    assert window.page.locator("[name=window]").input_value() == "25"

    actions = window.go("/service/audit").locator("td[data-name=What]").all_inner_texts()
    assert actions[:3] == ["carrier.add", "carrier.try_bind", "carrier.try_bind"]


def test_pdus_go_by_without_their_texts(window: Window, product: Product) -> None:
    """Live, out and in, while the page is open."""
    page = window.go("/service/carriers/1/trace")
    page.locator(".live.on").wait_for()
    body = {"text": "a secret of mine", "to": ["27990000001"]}
    assert call(product.url, "POST", "/rest/message", token=product.token, body=body).status == 202

    page.locator("tr.out", has_text="submit_sm").first.wait_for()
    page.locator("tr.in", has_text="deliver_sm").first.wait_for()
    said = window.text()
    assert "27990000001" in said
    assert "16 octets, not shown" in said
    assert "a secret" not in said


def test_a_carrier_is_bound_anew_drained_and_put_back(window: Window) -> None:
    """Seen live; what takes it away is asked first, with what it concerns."""
    page = window.go("/service/carriers/1")
    page.locator("[data-live] .badge", has_text="Bound").first.wait_for()
    window.press("Rebind")
    assert "bind anew" in window.text()
    page.locator("[data-live] .badge", has_text="Bound").first.wait_for()
    window.follow("Drain and disable")
    assert "Take demo out of service?" in window.text()
    window.press("Drain and disable it")
    page.locator("[data-live] .badge", has_text="Disabled").first.wait_for()
    window.press("Enable")
    page.locator("[data-live] .badge", has_text="Bound").first.wait_for()
    window.follow("Remove")
    assert "Remove demo?" in window.text()
    window.press("Remove it")
    assert "It stays:" in window.text()
