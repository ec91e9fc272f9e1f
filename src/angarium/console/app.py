"""The application: from a request to a page, with the checks that hold for every one of them.

Order: path, session, who may, form token (for whatever changes something), the page. A page that one may not see is
answered like one that does not exist.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as WebRequest
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response as WebResponse
from starlette.routing import Route

from angarium.console.pages import TABLE
from angarium.console.parts import Parts
from angarium.console.render import Static, environment
from angarium.console.table import Needs, Page
from angarium.console.visit import KEY_DIGITS_MAX, NOTICE_COOKIE, Gone, Visit
from angarium.core.people import Role
from angarium.flows.people import Visitor
from angarium.httpd import AsgiHandler, Head, HttpFault, Request, Response
from angarium.ports.store import NotFound, StoreUnavailable

BASE: Final = "/console"
SESSION_COOKIE: Final = "angarium_session"
FORM_COOKIE: Final = "angarium_form"
THEME_COOKIE: Final = "angarium_theme"
FORM_FIELD: Final = "form_token"
FILE_FORM: Final = b"multipart/form-data"
CHANGING: Final = frozenset({"POST"})
STATIC_CACHE_S: Final = 31_536_000

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer: nothing from another host runs, shows or is told anything."""

NEVER_KEPT: Final = ("Cache-Control", "no-store")
"""On every answer but files: what was shown to one person is kept by no proxy, and by no browser after they left."""

_FAULTS: Final = {
    404: ("Nothing here", "There is no such page."),
    405: ("Nothing here", "This page cannot be used in that way."),
    413: ("Too large", "This is more than the service takes at once. Split a file, or use angarium send --csv FILE."),
    500: ("Our fault", "Something went wrong on our side. It was written down for whoever runs this service."),
}
_UNREADABLE: Final = ("Please try again", "This request could not be read.")
_NEEDED_ROLES: Final = {Needs.VIEWER: Role.VIEWER, Needs.DEVELOPER: Role.DEVELOPER, Needs.OWNER: Role.OWNER}


class ConsoleApp:
    """Answers the requests of the console; see `handle`."""

    def __init__(
        self,
        parts: Parts,
        *,
        form_key: bytes,
        on_error: Callable[[BaseException], None],
        table: Sequence[Page] = TABLE,
        base: str = BASE,
    ) -> None:
        """`form_key` is a secret of the store: with it the tokens of forms are made. `on_error` gets our own faults."""
        self._parts = parts
        self._form_key = form_key
        self._base = base
        self._static = Static()
        self._jinja: Environment = environment(self._static, base=base)
        routes = [self._route(page) for page in table]
        self._file_paths = [
            route.path_regex
            for route, page in zip(routes, table, strict=True)
            if page.takes_file and page.method in CHANGING
        ]
        routes.append(Route(f"{base}/static/{{name}}", self._file, methods=["GET"]))
        faults = (HTTPException, HttpFault, ClientDisconnect, Exception)
        application = Starlette(routes=routes, exception_handlers=dict.fromkeys(faults, self._fault))
        # It would send people to whatever host they, or somebody between, have written into the request.
        application.router.redirect_slashes = False
        self._shown_paths = [route.path_regex for route in routes if route.methods and "GET" in route.methods]
        self._handler = AsgiHandler(application, on_error=on_error)

    def handle(self, request: Request) -> Response | Awaitable[Response] | None:
        """Answer one request, or None when it is for somebody else."""
        path = request.path
        if path in {"/", self._base}:
            return Response(303, headers=((b"Location", f"{self._base}/".encode()),))
        return self._handler(request) if path.startswith(self._base + "/") else None

    def streams(self, head: Head) -> int:
        """Of how many octets a body may be that is taken while it comes: one with a file in it (httpd.Streams)."""
        if head.method not in CHANGING or not head.headers.get(b"content-type", b"").lower().startswith(FILE_FORM):
            return 0
        takes_file = any(path.match(head.path) for path in self._file_paths)
        return self._parts.uploads.body_octets_max if takes_file else 0

    def close(self) -> None:
        """Let go of what is held open between two pages."""
        self._parts.uploads.close()

    def error_page(self, status: int, request: Request) -> Response:
        """The answer to an error that the HTTP server found itself in a request for the console."""
        scope = {"type": "http", "method": "GET", "path": request.path, "query_string": b"", "headers": []}
        title, sentence = _FAULTS.get(status, _UNREADABLE)
        visit = self._visit(WebRequest(scope), None, form_token="")
        visit.problem("", sentence)
        page = visit.show("fault.html", status=status, title=title, status_code=status)
        headers = tuple((name.encode(), value.encode()) for name, value in (*HEADERS.items(), NEVER_KEPT))
        return Response(status, b"text/html; charset=utf-8", bytes(page.body), headers)

    # --- pages

    def _route(self, page: Page) -> Route:
        route = Route(
            self._base + page.path, self._endpoint(page), methods=[page.method], name=f"{page.method} {page.path}"
        )
        # A number that is no key of the store names nothing, like any other path that is no page.
        route.path_regex = re.compile(route.path_regex.pattern.replace("[0-9]+", f"[0-9]{{1,{KEY_DIGITS_MAX}}}"))
        return route

    def _endpoint(self, page: Page) -> Callable[[WebRequest], Awaitable[WebResponse]]:
        async def answer(request: WebRequest) -> WebResponse:
            try:
                response = await self._answer(page, request)
            finally:
                self._parts.uploads.answered(request)
            response.headers.update(HEADERS)
            if "cache-control" not in response.headers:
                response.headers.update(dict([NEVER_KEPT]))
            return response

        return answer

    async def _answer(self, page: Page, request: WebRequest) -> WebResponse:
        secret = request.cookies.get(SESSION_COOKIE, "")
        address = self._parts.caller_address(request)
        visitor: Visitor | None = None
        try:
            visitor = await self._parts.gatehouse.visitor(secret, address=address) if secret else None
            form_cookie = request.cookies.get(FORM_COOKIE) or self._parts.new_secret()
            visit = self._visit(request, visitor, form_token=self._form_token(form_cookie, secret))
            if page.needs is not Needs.NOBODY and visitor is None:
                return self._to_sign_in(request)
            if not self._may(page, visit):
                return self._nothing(visit)
            if page.method in CHANGING and not await self._is_ours(visit):
                visit.problem("", "This form was not sent from this page, or the page was too old. Please try again.")
                return visit.show("fault.html", status=403, title="Please try again", status_code=403)
            visit.still_may = partial(self._still_may, page, visit, secret)
            response = await page.run(visit)
            if page.method in CHANGING:
                await self._heed_changes()
        except (Gone, NotFound):
            return self._nothing(self._visit(request, visitor, form_token=""))
        except StoreUnavailable as error:
            visit = self._visit(request, None, form_token="")
            visit.problem("", f"Nothing was changed, because the store could not be written: {error}.")
            return visit.show("fault.html", status=503, title="Not now", status_code=503)
        if form_cookie != request.cookies.get(FORM_COOKIE):
            response.set_cookie(
                FORM_COOKIE,
                form_cookie,
                path=self._base,
                httponly=True,
                samesite="lax",
                secure=self._parts.is_secure(request),
            )
        if NOTICE_COOKIE in request.cookies and response.status_code != 303:
            response.delete_cookie(NOTICE_COOKIE, path=self._base)
        return response

    async def _heed_changes(self) -> None:
        """What was changed holds from the answer on, for messages and for the page that comes next."""
        if await self._parts.tables.refresh(self._parts.store):
            self._parts.ring("tables")

    def _visit(self, request: WebRequest, visitor: Visitor | None, *, form_token: str) -> Visit:
        request.state.notice = unquote(request.cookies.get(NOTICE_COOKIE, ""))
        request.state.theme = request.cookies.get(THEME_COOKIE, "")
        return Visit(request, self._parts, self._jinja, self._base, form_token, visitor)

    def _may(self, page: Page, visit: Visit) -> bool:
        """Whether the visitor may see this page; the account that it is about is found on the way."""
        if page.needs in {Needs.NOBODY, Needs.PERSON}:
            return True
        visitor = visit.who
        if page.needs is Needs.OPERATOR:
            return visitor.person.is_operator
        account_id = visit.request.path_params["account_id"]
        visit.account = self._parts.tables.directory.accounts.get(account_id)
        visit.role = visitor.role_in(account_id)
        return visit.account is not None and visit.may(_NEEDED_ROLES[page.needs])

    async def _still_may(self, page: Page, visit: Visit, secret: str) -> bool:
        """Whether the visitor would be shown this page now, and as the same: less is shown to whoever may do less."""
        visitor = await self._parts.gatehouse.present(secret)
        if visitor is None:
            return False
        now = Visit(visit.request, self._parts, self._jinja, self._base, "", visitor)
        return self._may(page, now) and _standing(now) == _standing(visit)

    async def _is_ours(self, visit: Visit) -> bool:
        """Whether a form came from a page of ours: by what the browser says, and by its token."""
        request = visit.request
        site = request.headers.get("sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        origin = request.headers.get("origin")
        # A proxy may ask us by another name than the one that people know.
        ours = {request.headers.get("host"), _host_of(self._parts.address())}
        if origin not in {None, "null"} and _host_of(origin) not in ours:
            return False
        given = (await visit.form()).get(FORM_FIELD, "")
        return hmac.compare_digest(given.encode(), visit.form_token.encode())

    def _form_token(self, form_cookie: str, secret: str) -> str:
        return hmac.new(self._form_key, f"{form_cookie} {secret}".encode(), hashlib.sha256).hexdigest()

    # --- other answers

    def _to_sign_in(self, request: WebRequest) -> WebResponse:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        query = f"?to={quote(wanted, safe='')}" if request.method == "GET" else ""
        return RedirectResponse(f"{self._base}/sign-in{query}", status_code=303)

    def _nothing(self, visit: Visit) -> WebResponse:
        visit.account = None
        visit.problem("", "There is no such page, or it is not yours to see.")
        return visit.show("fault.html", status=404, title="Nothing here", status_code=404)

    async def _fault(self, request: WebRequest, error: Exception) -> WebResponse:
        status = 500
        if isinstance(error, HTTPException):
            status = error.status_code
            if status == 404 and (other := self._other_spelling(request)):
                return RedirectResponse(other, status_code=308, headers=dict([*HEADERS.items(), NEVER_KEPT]))
        elif isinstance(error, HttpFault | ClientDisconnect):
            status = error.status if isinstance(error, HttpFault) else 400
        visit = self._visit(request, None, form_token="")
        title, sentence = _FAULTS.get(status, _UNREADABLE)
        visit.problem("", sentence)
        response = visit.show("fault.html", status=status, title=title, status_code=status)
        response.headers.update(dict([*HEADERS.items(), NEVER_KEPT]))
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    def _other_spelling(self, request: WebRequest) -> str:
        """The page whose path differs by the slash at its end; empty when there is none, or when nothing was asked."""
        path, query = request.scope["path"], request.url.query
        other = path[:-1] if path.endswith("/") else f"{path}/"
        if request.method != "GET" or not any(each.match(other) for each in self._shown_paths):
            return ""
        return quote(other) + (f"?{query}" if query else "")

    async def _file(self, request: WebRequest) -> WebResponse:
        found = self._static.files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        octets, content_type = found
        return HTMLResponse(
            octets,
            headers={
                **HEADERS,
                "Content-Type": content_type,
                "Cache-Control": f"public, max-age={STATIC_CACHE_S}, immutable",
            },
        )


def _standing(visit: Visit) -> tuple[Role | None, bool, bool]:
    """What pages go by when they choose what to show."""
    return visit.role, visit.who.person.is_operator, visit.who.session.is_acting


def _host_of(origin: str | None) -> str | None:
    """The host and port of an origin; None when it is none."""
    try:
        return urlsplit(origin or "").netloc
    except ValueError:
        return None
