"""A window of a browser on the console, and what must hold on every page it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState

from tests.house.tree import ROOT
from tests.product import Product

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / ".node-interop" / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SERIOUS = {"serious", "critical"}
TIMEOUT_MS = 30_000
WIDTHS_PX = (360, 1600)


@dataclass
class Window:
    """One window; whatever its pages complain of, or ask of other hosts, is remembered."""

    page: Page
    product: Product
    base: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of complaints that a test has asked for: a page that is refused is one to the browser."""

    @classmethod
    @contextmanager
    def opened(
        cls, browser: Browser, product: Product, *, session: Path | StorageState | None = None, **options: Any
    ) -> Iterator[Self]:
        """Open a window, and fail in the end if any page complained or asked another host for anything."""
        context: BrowserContext = browser.new_context(
            base_url=product.url, storage_state=session, **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        context.set_default_timeout(TIMEOUT_MS)
        window = cls(context.new_page(), product, f"{product.url}/console")
        window.page.on("console", window._said)
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        window.page.on("request", window._asked)
        try:
            yield window
        finally:
            context.close()
        left = [each for each in window.complaints if not any(part in each for part in window.expected)]
        assert (left, window.foreign) == ([], [])

    def go(self, path: str) -> Page:
        """Show a page of the console."""
        self.page.goto(f"{self.base}{path}")
        return self.page

    @property
    def at(self) -> str:
        """The page that is shown, below the console's base."""
        return self.page.url.removeprefix(self.base)

    def press(self, label: str) -> None:
        """Press a button."""
        self._click("button", label)

    def follow(self, label: str) -> None:
        """Follow a link."""
        self._click("link", label)

    def _click(self, role: Literal["button", "link"], label: str) -> None:
        self.page.get_by_role(role, name=label, exact=True).first.click()
        self._come()

    def fill(self, **values: str) -> None:
        """Fill fields by their names."""
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)

    def text(self) -> str:
        """What the page says."""
        self._come()
        return self.page.inner_text("main")

    def faults(self) -> list[str]:
        """What is seriously wrong for people with disabilities, and what does not fit the width of the window."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("rules => axe.run(document, rules)", AXE_RULES)
        faults = [
            f"{each['id']}: {each['help']} ({each['nodes'][0]['html'][:120]})"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [*faults, *([f"the page is {too_wide} px too wide"] if too_wide > 0 else [])]

    def turn(self, *, width: int, height: int = 900, scheme: str) -> None:
        """Look at the page that is shown in another width, or in light or dark."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    def faults_in_every_look(self, path: str) -> list[str]:
        """The same for a page in light and dark, on a narrow and on a wide screen."""
        self.go(path)
        found: list[str] = []
        for width in WIDTHS_PX:
            for scheme in ("light", "dark"):
                self.turn(width=width, scheme=scheme)
                found += [f"{path} at {width} px, {scheme}: {fault}" for fault in self.faults()]
        return found

    def _come(self) -> None:
        """Wait for the rest of a page that a click has led to: nobody is to read half of it."""
        self.page.wait_for_load_state("domcontentloaded")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc != urlsplit(self.base).netloc:
            self.foreign.append(request.url)


def entered(browser: Browser, product: Product, state: Path) -> Path:
    """Sign in by the link that the demo prints, and keep the session."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(str(product.ready["entry_url"]))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/enter" not in url)
    context.storage_state(path=state)
    context.close()
    return state
