"""One's own things: password, second factor, sessions, and how pages look."""

from __future__ import annotations

import base64
from typing import Final
from urllib.parse import quote

import segno
from starlette.responses import RedirectResponse, Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Gone, Visit, read_key
from angarium.core.people import BadPerson
from angarium.flows import members
from angarium.flows.people import TOTP_SECRET_OCTETS, UNCONFIRMED
from angarium.ports.people import TicketKind

THEME_COOKIE: Final = "angarium_theme"
THEMES: Final = {"light", "dark", "auto"}
THEME_KEPT_S: Final = 31_536_000


async def profile(visit: Visit) -> Response:
    """Everything about oneself on one page."""
    return await _show(visit)


async def change_password(visit: Visit) -> Response:
    """Replace one's password; other sessions end."""
    form = await visit.form()
    if form.get("password") != form.get("again"):
        visit.problem("again", "The two are not the same.")
        return await _show(visit)
    try:
        await visit.parts.gatehouse.change_password(visit.who, form.get("old", ""), form.get("password", ""))
    except BadPerson as error:
        visit.problem(error.field, str(error))
        return await _show(visit)
    return visit.go("/me", "Your password is changed, and your other sessions have ended.")


async def choose_first_password(visit: Visit) -> Response:
    """Whoever has come in by an entry ticket and has no password may choose one, as after an invitation."""
    person = visit.who.person
    if person.password_hash is not None:
        raise Gone
    ticket = await members.new_ticket(visit.desk, person, TicketKind.RESET)
    return RedirectResponse(visit.link(f"/password?ticket={ticket}"), status_code=303)


async def end_session(visit: Visit) -> Response:
    """End one of one's sessions, or all the others."""
    form = await visit.form()
    gatehouse, who = visit.parts.gatehouse, visit.who
    chosen = form.get("session", "")
    if chosen == "others":
        ended = await gatehouse.end_sessions(who.person.person_id, all_but=who.session.session_id)
    else:
        ended = await gatehouse.end_sessions(who.person.person_id, session_id=read_key(chosen) or 0)
    return visit.go("/me", "One session has ended." if ended == 1 else f"{ended} sessions have ended.")


async def second_factor_form(visit: Visit) -> Response:
    """A new secret as QR code and text, to be proved by a code."""
    secret = base64.b32encode(visit.parts.new_secret().encode()[:TOTP_SECRET_OCTETS]).decode()
    return _show_secret(visit, secret)


async def set_second_factor(visit: Visit) -> Response:
    """Set it, once a code proves that the authenticator has the secret; whoever only found a screen cannot."""
    form = await visit.form()
    secret = form.get("secret", "")
    try:
        octets = base64.b32decode(secret)
    except ValueError:
        octets = b""
    if len(octets) != TOTP_SECRET_OCTETS:
        return visit.go("/me/second-factor")
    if not await visit.parts.gatehouse.confirms(visit.who, form.get("second_factor_password", "")):
        visit.problem("second_factor_password", UNCONFIRMED)
        return _show_secret(visit, secret)
    if not await visit.parts.gatehouse.set_second_factor(visit.who.person, octets, form.get("code", "")):
        visit.problem("code", "This is not the code that the authenticator shows now.")
        return _show_secret(visit, secret)
    return visit.go("/me", "From now on signing in needs a code of your authenticator.")


async def remove_second_factor(visit: Visit) -> Response:
    """Go back to the password alone; it is asked for."""
    form = await visit.form()
    if not await visit.parts.gatehouse.confirms(visit.who, form.get("second_factor_password", "")):
        visit.problem("second_factor_password", UNCONFIRMED)
        return await _show(visit)
    await visit.parts.gatehouse.remove_second_factor(visit.who.person)
    return visit.go("/me", "The second factor is removed.")


async def set_theme(visit: Visit) -> Response:
    """Choose light, dark, or as the system is; kept in the browser."""
    form = await visit.form()
    chosen = form.get("theme", "auto")
    back = form.get("back", "")
    to = back if back.startswith(visit.base + "/") else visit.link("/")
    response = RedirectResponse(to, status_code=303)
    response.set_cookie(
        THEME_COOKIE,
        chosen if chosen in THEMES else "auto",
        max_age=THEME_KEPT_S,
        path=visit.base,
        httponly=True,
        samesite="lax",
        secure=visit.parts.is_secure(visit.request),
    )
    return response


async def _show(visit: Visit) -> Response:
    sessions = await visit.parts.store.sessions(visit.who.person.person_id, now=visit.now)
    return visit.show("me.html", sessions=sessions)


def _show_secret(visit: Visit, secret: str) -> Response:
    label = quote(f"{visit.parts.service_name}:{visit.who.person.login}")
    address = f"otpauth://totp/{label}?secret={secret}&issuer={quote(visit.parts.service_name)}"
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2, dark="#000", light="#fff")
    return visit.show("second_factor.html", secret=secret, picture=picture)


PAGES: Final = (
    Page("/me", profile, Needs.PERSON),
    Page("/me/password", change_password, Needs.PERSON, "POST"),
    Page("/me/password/first", choose_first_password, Needs.PERSON, "POST"),
    Page("/me/sessions/end", end_session, Needs.PERSON, "POST"),
    Page("/me/second-factor", second_factor_form, Needs.PERSON),
    Page("/me/second-factor", set_second_factor, Needs.PERSON, "POST"),
    Page("/me/second-factor/remove", remove_second_factor, Needs.PERSON, "POST"),
    Page("/theme", set_theme, Needs.NOBODY, "POST"),
)
