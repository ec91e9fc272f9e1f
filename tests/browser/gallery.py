"""Every page of the console with something on it: to be looked at, and to be held against what holds for all.

`python -m tests.browser.gallery FOLDER` (make screenshots) writes a picture of each page, in light and dark, wide and
narrow.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from angarium.console.pages import TABLE
from angarium.console.table import Page
from angarium.demo import SENDER
from tests.browser.browsing import CHROMIUM, CHROMIUM_FLAGS, Window, entered
from tests.browser.moments import everything
from tests.browser.operating import ask_for_a_sender, keep_more, of_an_operator
from tests.browser.strays import elsewhere, give_up, misread, orphans, parked, quarantined
from tests.command_line import CommandLine
from tests.product import Product, call

SHOWN_ONCE = frozenset({"/password", "/enter"})
"""Pages that want a ticket of their own."""
ASKED = {
    "/service/explain": "?number=27990000001&account=1",
    "/service/routes/move": "?from=1&to=2",
    **{f"/service/{table}/remove": "?number=1" for table in ("routes", "rates", "costs")},
}
"""What pages are asked that show more when they are."""
HTML = "text/html"
FAILURES_FROM = 500
NOWHERE = "http://127.0.0.1:9/told"
"""Where nobody listens."""
NOBODYS = "40404"
"""A number without an owner."""
HEIGHT = 800
FOUND_AFTER_MAX = 20
TEXTS = (
    "Hello from Angarium",
    "Your code is 482 913. It is valid for ten minutes.",
    "Ваш заказ готов и ждёт вас в пункте выдачи.",
    "مرحبا بك في أنغاريوم",
    "Nice to meet you \N{SMILING FACE WITH SMILING EYES} — see you at 5?",
    "<b>Not bold</b> & = formula",
)
FATES = ("0001", "0002", "9001", "9002", "9010", "9012", "9013", "9033")


class Look(NamedTuple):
    """How a page is looked at."""

    name: str
    width: int
    scheme: str


TRIED = (Look("wide", 1280, "light"), Look("narrow-dark", 360, "dark"))
"""Both schemes and both ends of the widths, in as few looks as can be."""
LOOKS = (Look("wide", 1280, "light"), Look("wide-dark", 1280, "dark"), Look("narrow", 360, "light"))


def fill(product: Product) -> Mapping[str, str]:
    """Put something on every page of a demo; what to put into the paths of pages."""
    surround(product)
    keep_more(product)
    # Before the messages that are throttled, which slow the link down.
    (orphan, *_), (stray, *_) = orphans(product, 2), quarantined(product, 2)
    misread(product)
    ids: list[str] = []
    for number, text in enumerate(TEXTS):
        body = {
            "text": text,
            "to": [f"2799000{fate}" for fate in FATES],
            "callback": 7,
            "clientMessageId": f"order-{number}",
            "maxMessageParts": 5,
        }
        answer = call(product.url, "POST", "/rest/message", token=product.token, body=body)
        assert answer.status == 202, answer
        ids += [each["apiMessageId"] for each in answer.json()["data"]["message"]]
    elsewhere(give_up(product))
    parked(product)
    return {
        "orphan_id": str(orphan["orphan_id"]),
        "quarantine_id": str(stray["quarantine_id"]),
        "account_id": "1",
        "operator_token_id": "1",
        "connection_id": "1",
        "token_id": "1",
        "number_id": "1",
        "notification_id": "1",
        "inbound_public_id": inbound_id(product, "--number", SENDER),
        "inbound_id": inbound_id(product, "--state", "unowned"),
        "carrier_id": "1",
        "message_id": ids[0],
        "public_id": ids[0],
    }


def surround(product: Product) -> None:
    """Give the demo a failing endpoint, a locked and signed connection, and what else people set."""
    for words in (
        f"connection set demo/demo --callback-url {NOWHERE} --callback-user gateway --callback-secret new",
        f"connection reply demo/demo --url {NOWHERE} --secret new --user gateway",
        "connection create demo shop --sender Shop --network 192.0.2.0/24 --network 2001:db8::/32",
        "token rotate demo/demo --old-for 24h",
        "number add 33555 demo/shop --keyword win",
        "optout add demo 27990000090 --sender Shop",
        "optout add demo 27990000091",
        "block add 27990000092 --account demo --note asked-by-phone",
        "block add 27990000093 --delisted --note given-up",
        "block add 882 --prefix --note satellites",
        "person invite grace@example.com --account demo --role developer --name Grace",
        "voucher create 50 --count 2 --note fair",
    ):
        ran = product.command(*words.split())
        assert ran.returncode == 0, ran.stderr
    for text in TEXTS:
        for number in (NOBODYS, SENDER):
            ran = product.command("handset", "27990000001", "--reply", text, "--to", number)
            assert ran.returncode == 0, ran.stderr


def inbound_id(product: Product, *options: str) -> str:
    """The id of a message that a handset has sent, such a one."""
    for _ in range(FOUND_AFTER_MAX):
        found = json.loads(product.command("--json", "inbound", "list", *options).stdout)
        if found:
            return str(found[0]["id"])
    raise AssertionError("what a handset has sent did not arrive")


def purchase(window: Window) -> dict[str, str]:
    """Begin to buy; the number of the purchase, and the key by which its provider knows it."""
    window.go("/accounts/1/credit")
    window.fill(amount="250")
    window.press("Go on to pay")
    return {"purchase_id": "1", "key": str(window.page.locator("a.main").get_attribute("href")).rpartition("/")[2]}


def file_of_messages(window: Window) -> str:
    """Upload a file with mistakes in it, by hand; the number of its job."""
    page = window.go("/accounts/1/send/file")
    lines = [
        "to,text",
        *(f'2799000{fate},"Dear guest, your table is ready."' for fate in FATES),
        "nobody,Hello",
        "112,Hello",
    ]
    file = {"name": "guests.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    page.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]
    window.press("Check this file")
    return window.at.rpartition("/")[2]


LOOKED_AT = {
    "/service/rates/import": ("/service/rates", "prefix,rate\n,0.7\n4420,0.3\n4930,0.1\n", "Show the difference"),
    "/service/routes/import": (
        "/service/routes",
        "prefix,carrier,quality\n44,nobody,50\n12x,demo,1\n",
        "Show the difference",
    ),
    "/accounts/1/opt-outs/import?looked": (
        "/accounts/1/opt-outs/import",
        "recipient,sender\n27990000078,\nnobody,\n27990000079,Shop\n",
        "Look at it first",
    ),
}
"""Pages that say what a file would do, some with mistakes in it: where it is chosen, its lines, and the button."""


def path_of(page: Page, samples: Mapping[str, str]) -> str | None:
    """A path that shows this page, or None when there is nothing of its kind."""
    wanted = re.findall(r"\{(\w+)", page.path)
    if page.method != "GET" or page.path in SHOWN_ONCE or not all(name in samples for name in wanted):
        return None
    return re.sub(r"\{(\w+)[^}]*\}", lambda match: samples[match[1]], page.path) + ASKED.get(page.path, "")


def paths(window: Window, samples: Mapping[str, str]) -> Iterator[str]:
    """The paths of all pages that show something to people; exports and live streams are left out."""
    samples = {**samples, **purchase(window), "job_id": file_of_messages(window)}
    ask_for_a_sender(window)
    for page in TABLE:
        path = path_of(page, samples)
        if path is None or "/live" in path:
            continue
        answer = window.page.request.get(f"{window.base}{path}", max_redirects=0)
        assert answer.status < FAILURES_FROM, f"{path}: {answer.status}"
        if answer.status == 200 and answer.headers.get("content-type", "").startswith(HTML):
            yield path
    yield from LOOKED_AT


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        CommandLine.started(Path(scratch)) as commands,
        sync_playwright() as driver,
    ):
        product = Product(Path(scratch) / "data", commands=commands).start()
        try:
            samples = fill(product)
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            state = entered(browser, product, Path(scratch) / "state.json")
            with Window.opened(browser, product, session=state) as window:
                for path in paths(window, samples):
                    show(window, path)
                    for look in LOOKS:
                        dress(window, look)
                        picture(window, folder, name_of(path), look)
                    print(path)
                for seen, name in everything(browser, product, window):
                    for look in LOOKS:
                        dress(seen, look)
                        picture(seen, folder, name, look)
                    print(name)
                for name in of_an_operator(window, product, Path(scratch)):
                    for look in LOOKS:
                        dress(window, look)
                        picture(window, folder, name, look)
                    print(name)
            browser.close()
        finally:
            product.stop()


def name_of(path: str) -> str:
    """What the picture of a page is called: the same each time, whichever message it shows."""
    plain = re.sub(r"/[\w-]{30,}", "/one", path.partition("?")[0])
    return re.sub(r"\W+", "-", plain.strip("/")) or "start"


def show(window: Window, path: str) -> None:
    """Show a page."""
    if path not in LOOKED_AT:
        window.go(path)
        return
    place, lines, button = LOOKED_AT[path]
    window.go(place)
    file = {"name": "f.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    window.page.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]
    window.press(button)


def dress(window: Window, look: Look) -> None:
    """Give what is shown this look."""
    window.turn(width=look.width, height=HEIGHT, scheme=look.scheme)


def picture(window: Window, folder: Path, name: str, look: Look) -> None:
    """Keep what is shown, as in a window that is high enough for all of it: some buttons stay where one looks."""
    window.page.set_viewport_size(
        {
            "width": look.width,
            "height": max(HEIGHT, window.page.evaluate("document.documentElement.scrollHeight")),
        }
    )
    window.page.screenshot(path=folder / f"{name}--{look.name}.png", full_page=True)


if __name__ == "__main__":
    main()
