"""One visit to one page: who, of which account, what they typed, and the ways to answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from angarium.console.parts import Parts
from angarium.console.uploads import Upload
from angarium.core.account import Account
from angarium.core.people import Role
from angarium.flows.desk import Desk, Mistaken
from angarium.flows.people import Visitor

NOTICE_COOKIE: Final = "angarium_notice"
NOTICE_CHARACTERS_MAX: Final = 300
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


KEY_DIGITS_MAX: Final = 18
"""A longer number is no key of the store, which would not take it."""


def read_key(text: str) -> int | None:
    """A key of the store as pages write it; None for whatever else was typed."""
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) <= KEY_DIGITS_MAX else None


class Gone(Exception):
    """There is nothing of this number that the visitor may see: answered as if it never was."""


async def _always() -> bool:
    return True


@dataclass(slots=True)
class Visit:
    """What a page is given."""

    request: Request
    parts: Parts
    jinja: Environment
    base: str
    form_token: str
    visitor: Visitor | None = None
    account: Account | None = None
    role: Role | None = None
    problems: dict[str, str] = field(default_factory=dict)
    """What is wrong with what was typed, by field: shown beside it. The empty name is for the whole form."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What was typed, to be shown again."""
    is_focused: bool = False
    """Whether a field of the page has been given the cursor."""
    still_may: Callable[[], Awaitable[bool]] = _always
    """Whether the visitor might come to this page now: sessions end and roles are taken while a page is open."""

    @property
    def who(self) -> Visitor:
        """Who visits a page that needs somebody."""
        assert self.visitor is not None, "the table lets nobody come here unknown"
        return self.visitor

    @property
    def of(self) -> Account:
        """The account of a page that is about one."""
        assert self.account is not None, "the table names the account of this page"
        return self.account

    def may(self, role: Role) -> bool:
        """Whether the visitor may, in this account, what this role may."""
        return self.role is not None and self.role.covers(role)

    @property
    def now(self) -> int:
        """The present moment."""
        return self.parts.clock.now()

    @property
    def address(self) -> str:
        """Where the visitor is."""
        return self.parts.caller_address(self.request)

    @property
    def desk(self) -> Desk:
        """Where changes are made, in the visitor's name."""
        return self.parts.desk(self.who.author)

    @property
    def service_url(self) -> str:
        """Where the visitor has come to: it is written into programs, so nothing but a host may be in it."""
        host = self.request.headers.get("host", "")
        scheme = "https" if self.parts.is_secure(self.request) else "http"
        return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}"

    # --- what was asked

    def number(self, name: str) -> int:
        """A number of the path."""
        return int(self.request.path_params[name])

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.request.query_params.get(name, default)

    async def form(self) -> Mapping[str, str]:
        """What was typed, by field; the last of several. It is kept for the page to show again."""
        self.typed = dict((await self.parts.uploads.form(self.request)).fields)
        return self.typed

    async def form_key(self) -> str:
        """What is the same only for the same form of the same session, sent again."""
        nonce = (await self.form()).get("nonce") or self.parts.new_secret()
        return f"{self.who.session.session_id} {self.request.url.path} {nonce}"

    async def choices(self, name: str) -> list[str]:
        """All values of a field that can be chosen more than once."""
        return [value for each, value in (await self.parts.uploads.form(self.request)).fields if each == name]

    async def upload(self, name: str) -> Upload | None:
        """The file that was chosen; None when none can be used, which is said beside the field then."""
        upload = (await self.parts.uploads.form(self.request)).files.get(name)
        if upload is None or upload.problem:
            self.problem(name, "Choose a CSV file." if upload is None else upload.problem)
            return None
        return upload

    async def keep(self, upload: Upload) -> str:
        """Keep a file until this person goes on to the next page with it; the key to find it by."""
        form = await self.parts.uploads.form(self.request)
        return self.parts.uploads.keep(upload, form, person_id=self.who.person.person_id, now=self.now)

    async def kept(self, key: str) -> Upload | None:
        """The file that was kept, once; None when it has gone meanwhile."""
        form = await self.parts.uploads.form(self.request)
        return self.parts.uploads.kept(key, form, person_id=self.who.person.person_id, now=self.now)

    def problem(self, name: str, sentence: str) -> None:
        """Say what is wrong beside a field; an empty name is for the whole form."""
        self.problems.setdefault(name, sentence)

    def mistake(self, error: Mistaken) -> None:
        """The same for what a flow says is wrong; on top where the form has no such field."""
        name = error.field.rpartition(".")[2]
        self.problem(name if name in self.typed else "", str(error))

    @property
    def is_amiss(self) -> bool:
        """Whether something is wrong in a field, so that the page is shown again to have it mended."""
        return any(self.problems)

    def takes_focus(self, name: str) -> bool:
        """Whether the cursor goes into this field: into the first of the page in which something is wrong."""
        if self.is_focused or name not in self.problems:
            return False
        self.is_focused = True
        return True

    # --- answers

    def link(self, path: str) -> str:
        """A page of the console; a path that begins with a dot is within the account of this visit."""
        if path.startswith("."):
            return f"{self.base}/accounts/{self.of.account_id}{path[1:]}"
        return self.base + path

    def show(self, template: str, *, status: int | None = None, **values: Any) -> Response:
        """A page; 422 when something that was typed is wrong."""
        page = self.jinja.get_template(template)
        html = page.render(visit=self, problems=self.problems, typed=self.typed, **values)
        return HTMLResponse(html, status_code=status or (422 if self.problems else 200))

    def go(self, path: str, notice: str = "") -> Response:
        """To another page, which shows the notice once."""
        response = RedirectResponse(self.link(path), status_code=303)
        if notice:
            response.set_cookie(
                NOTICE_COOKIE,
                quote(notice[:NOTICE_CHARACTERS_MAX]),
                max_age=60,
                path=self.base,
                httponly=True,
                samesite="lax",
                secure=self.parts.is_secure(self.request),
            )
        return response
