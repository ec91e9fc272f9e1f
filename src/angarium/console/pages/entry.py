"""Coming in and going out."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.responses import RedirectResponse, Response

from angarium.console import links
from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit
from angarium.console.words import duration
from angarium.core.people import BadPerson
from angarium.flows.people import Refused, Signed, Wait


async def sign_in_form(visit: Visit) -> Response:
    """The form; whoever is in already goes on."""
    if visit.visitor is not None:
        return visit.go("/")
    return visit.show("sign_in.html", wants_code=False, to=visit.asked("to"))


async def sign_in(visit: Visit) -> Response:
    """Come in by password, and by code where a second factor is set."""
    form = await visit.form()
    outcome = await visit.parts.gatehouse.sign_in(
        form.get("login", ""),
        form.get("password", ""),
        form.get("code", ""),
        address=visit.address,
        agent=visit.request.headers.get("user-agent", ""),
    )
    if isinstance(outcome, Signed):
        return admitted(visit, outcome, to=form.get("to", ""))
    if isinstance(outcome, Wait):
        visit.problem("", f"Too many wrong tries. Please wait {duration(outcome.wait_ms)}, then try again.")
    else:
        if outcome is Refused.CODE_DUE:
            visit.problem("password", "Give it once more, together with the code.")
        visit.problem("code" if outcome is Refused.CODE_DUE else "", outcome.value)
    wants_code = outcome is Refused.CODE_DUE or "code" in form
    return visit.show("sign_in.html", wants_code=wants_code, to=form.get("to", ""))


async def sign_out(visit: Visit) -> Response:
    """End this session."""
    await visit.parts.gatehouse.sign_out(visit.who)
    response = visit.go("/sign-in", "You are signed out.")
    response.delete_cookie(SESSION_COOKIE, path=visit.base)
    return response


async def password_form(visit: Visit) -> Response:
    """Choose a password by invitation or reset."""
    ticket = visit.asked("ticket")
    person = await visit.parts.gatehouse.holder(ticket)
    if person is None:
        visit.problem("", Refused.TICKET_SPENT.value)
        return visit.show("fault.html", status=410, title="This link is spent", status_code=410)
    return visit.show("choose_password.html", person=person, ticket=ticket)


async def choose_password(visit: Visit) -> Response:
    """Set it, and come in."""
    form = await visit.form()
    ticket = form.get("ticket", "")
    if form.get("password") != form.get("again"):
        visit.problem("again", "The two are not the same.")
    else:
        try:
            outcome = await visit.parts.gatehouse.choose_password(
                ticket,
                form.get("password", ""),
                address=visit.address,
                agent=visit.request.headers.get("user-agent", ""),
            )
            if isinstance(outcome, Signed):
                return admitted(visit, outcome)
            if outcome is Refused.CODE_DUE:
                return visit.go(
                    "/sign-in", "Your password is set. Sign in with it, and the code of your authenticator."
                )
            visit.problem("", outcome.value)
        except BadPerson as error:
            visit.problem(error.field, str(error))
    person = await visit.parts.gatehouse.holder(ticket)
    if person is None:
        return visit.show("fault.html", status=410, title="This link is spent", status_code=410)
    return visit.show("choose_password.html", person=person, ticket=ticket)


async def forgotten_form(visit: Visit) -> Response:
    """Ask for another password; without mail only a person can help."""
    return visit.show("forgotten.html", is_sent=False)


async def forgotten(visit: Visit) -> Response:
    """Send a link, if there is such a login. The answer, and how long it takes, tell nobody whether there is."""
    login = (await visit.form()).get("login", "")
    mail = visit.parts.mail
    if mail is None:
        raise Gone
    wait = visit.parts.gatehouse.asks_again(login, address=visit.address)
    if wait is not None:
        visit.problem("", f"That was asked for too often. Please wait {duration(wait.wait_ms)}, then try again.")
        return visit.show("forgotten.html", is_sent=False)
    mail.post(partial(links.forgotten_letters, visit.parts, login))
    return visit.show("forgotten.html", is_sent=True)


async def enter_form(visit: Visit) -> Response:
    """An entry ticket is used by a form: a browser that looks ahead at links must not use it up."""
    return visit.show("enter.html", ticket=visit.asked("ticket"))


async def enter(visit: Visit) -> Response:
    """Come in by an entry ticket."""
    form = await visit.form()
    outcome = await visit.parts.gatehouse.enter(
        form.get("ticket", ""), address=visit.address, agent=visit.request.headers.get("user-agent", "")
    )
    if isinstance(outcome, Signed):
        return admitted(visit, outcome, to=visit.link("/welcome"))
    visit.problem("", outcome.value)
    return visit.show("fault.html", status=410, title="This link is spent", status_code=410)


def admitted(visit: Visit, signed: Signed, *, to: str = "") -> Response:
    """The answer to somebody who has come in: the session's cookie, and the page that was wanted."""
    # Only a path of our own: a sign-in page must not lead to a stranger's.
    wanted = to if to.startswith(visit.base + "/") and not to.startswith("//") else visit.link("/")
    response = RedirectResponse(wanted, status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        signed.secret,
        path=visit.base,
        httponly=True,
        samesite="lax",
        secure=visit.parts.is_secure(visit.request),
    )
    return response


SESSION_COOKIE: Final = "angarium_session"
PAGES: Final = (
    Page("/forgotten", forgotten_form, Needs.NOBODY),
    Page("/forgotten", forgotten, Needs.NOBODY, "POST"),
    Page("/sign-in", sign_in_form, Needs.NOBODY),
    Page("/sign-in", sign_in, Needs.NOBODY, "POST"),
    Page("/sign-out", sign_out, Needs.PERSON, "POST"),
    Page("/password", password_form, Needs.NOBODY),
    Page("/password", choose_password, Needs.NOBODY, "POST"),
    Page("/enter", enter_form, Needs.NOBODY),
    Page("/enter", enter, Needs.NOBODY, "POST"),
)
