"""The lamp of a live page: lit while what is shown follows what happens, and only then."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from angarium.console.live import event
from tests.browser.browsing import Window
from tests.browser.test_messages import LIST, send, tomorrow
from tests.product import Product

LIVE = "**/messages/live*"
SOON = "retry: 20\n\n"
"""The browser tries again almost at once."""


def stream(*events: str) -> str:
    """What a stream says before its connection is lost."""
    return SOON + "".join(events)


def test_a_lost_connection_is_said_until_it_is_found_again(window: Window) -> None:
    """Nobody takes an old list for a live one; what is no stream any more asks for a reload."""
    window.expected = ("ERR_CONNECTION_REFUSED", "503")
    page, lamp = window.page, window.page.locator(".live")
    first, broken = [stream(event("content", "<p>Old news</p>"))], [True]

    def answer(route: Route) -> None:
        if first:
            route.fulfill(content_type="text/event-stream", body=first.pop())
        elif broken:
            route.abort("connectionrefused")
        else:
            route.continue_()

    page.route(LIVE, answer)
    window.go(LIST)
    expect(page.get_by_text("Old news")).to_be_visible()
    expect(lamp).to_have_text("Connection lost, trying again …")
    broken.clear()
    expect(lamp).to_have_text("Live")
    expect(page.get_by_text("Old news")).to_have_count(0)

    page.unroute(LIVE)
    page.route(LIVE, lambda route: route.fulfill(status=503))
    page.reload()
    expect(lamp).to_have_text("No longer live: reload the page")


SAID = """
addEventListener("DOMContentLoaded", () => {
  window.said = [];
  const lamp = document.querySelector(".live");
  new MutationObserver(() => window.said.push(lamp.textContent)).observe(lamp, { childList: true, attributes: true });
});
"""
"""Everything that the lamp of a page says."""


def test_a_stream_that_has_lasted_goes_on_in_another(window: Window) -> None:
    """It is the server that has the browser ask again, so that nothing looks lost meanwhile."""
    page, asked = window.page, list[str]()

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()
            return
        body = stream(event("content", "<p>Old news</p>"), event("again", ""))
        route.fulfill(content_type="text/event-stream", body=body)

    page.add_init_script(SAID)
    page.route(LIVE, answer)
    window.go(LIST)
    expect(page.locator("#list-title")).to_be_visible()
    expect(page.locator(".live.on")).to_be_visible()
    expect(page.get_by_text("Old news")).to_have_count(0)
    assert (len(asked), set(page.evaluate("window.said"))) == (2, {"Live"})


def test_the_lamp_goes_out_when_nothing_can_change_any_more(window: Window, product: Product) -> None:
    """A message that has come to its end is as it stays."""
    (message_id,) = send(product, "Later", "27990000051", scheduledDeliveryTime=tomorrow())
    window.go(f"{LIST}/{message_id}")
    lamp = window.page.locator(".live")
    expect(lamp).to_have_text("Live")

    stopped = product.command("message", "stop", message_id)
    assert stopped.returncode == 0, stopped.stderr
    expect(window.page.locator(".verdict")).to_contain_text("Stopped")
    expect(lamp).to_be_hidden()
