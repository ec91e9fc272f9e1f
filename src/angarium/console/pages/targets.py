"""Callback and reply URLs of an API connection: set, tried out, signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.responses import Response

from angarium.console.pages.connections import ONE, own_connection
from angarium.console.parts import TRIALS_PER_MINUTE_MAX
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.console.words import duration
from angarium.core.account import ApiConnection, CallbackMethod, CallbackTarget, InboundCharset
from angarium.flows import accounts as flow
from angarium.flows.desk import Mistaken
from angarium.ports.notifier import Trial


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two URLs that a connection can have."""

    name: str
    """As in paths and in the connection's settings."""

    def of(self, connection: ApiConnection) -> CallbackTarget | None:
        """The target of this kind."""
        settings = connection.settings
        return settings.callback if self is CALLBACK else settings.reply

    def changes(self, target: flow.CallbackChanges, form: Mapping[str, str] | None = None) -> flow.ConnectionChanges:
        """Changes of the connection that change this target, with what only a reply URL has."""
        if self is CALLBACK:
            return flow.ConnectionChanges(callback=target)
        if form is None:
            return flow.ConnectionChanges(reply=flow.ReplyChanges(target))
        charset = _charset(form.get("charset", ""))
        secondary = form.get("secondary_url", "").strip()
        return flow.ConnectionChanges(reply=flow.ReplyChanges(target, secondary_url=secondary, charset=charset))


CALLBACK: Final = Kind("callback")
REPLY: Final = Kind("reply")


async def form_of(kind: Kind, visit: Visit) -> Response:
    """The URL with all that belongs to it."""
    return _show(visit, kind, await own_connection(visit))


async def change(kind: Kind, visit: Visit) -> Response:
    """Keep what was typed, and try it out (rest-api 8.1): a call that fails is shown, and kept all the same."""
    connection = await own_connection(visit)
    form = await visit.form()
    url = form.get("url", "").strip()
    password = "" if "forget_password" in form else form.get("password") or None
    target = flow.CallbackChanges(
        url=url,
        method=_method(form.get("method", "")),
        user_name=form.get("user_name", "").strip(),
        password=password,
        verify_tls="verify_tls" in form,
    )
    try:
        changed = await flow.change_connection(visit.desk, connection, kind.changes(target, form if url else None))
    except Mistaken as error:
        visit.mistake(error)
        return _show(visit, kind, connection)
    if not url:
        return visit.go(f"./connections/{connection.connection_id}", "Nothing is pushed there any more.")
    return await _tried(
        visit, kind, changed.connection, said="It is saved, and was called once to see whether it works."
    )


async def test(kind: Kind, visit: Visit) -> Response:
    """Call it as it is set now."""
    return await _tried(visit, kind, await own_connection(visit))


async def sign(kind: Kind, visit: Visit) -> Response:
    """Make a signing secret, replace it without a gap, drop the old one, or sign no more."""
    connection = await own_connection(visit)
    secret = SECRETS.get((await visit.form()).get("do", ""))
    if secret is None or kind.of(connection) is None:
        return visit.go(f"./connections/{connection.connection_id}/{kind.name}")
    changes = kind.changes(flow.CallbackChanges(signing_secret=secret))
    # Pressed twice, it would drop the secret that is still in use.
    changed = await visit.parts.secrets.made(
        await visit.form_key(), lambda: flow.change_connection(visit.desk, connection, changes), now=visit.now
    )
    made = changed.signing_secret if kind is CALLBACK else changed.reply_signing_secret
    if made is None:
        said = "Only the newest secret signs now." if secret else "Nothing is signed any more."
        return visit.go(f"./connections/{connection.connection_id}/{kind.name}", said)
    return visit.show("secret.html", connection=connection, kind=kind.name, secret=made)


async def _tried(visit: Visit, kind: Kind, connection: ApiConnection, *, said: str = "") -> Response:
    target = kind.of(connection)
    if target is None:
        return visit.go(f"./connections/{connection.connection_id}/{kind.name}")
    visit.typed = {}
    wait_ms = visit.parts.trials.take(connection.account_id, now=visit.now)
    if wait_ms:
        visit.problem(
            "",
            f"{'It is saved, but it' if said else 'It'} was not called: an account may try its URLs "
            f"{TRIALS_PER_MINUTE_MAX} times a minute. Test it in {duration(wait_ms)}.",
        )
        return _show(visit, kind, connection, status=429)
    trial = await visit.parts.running.try_target(target, connection.connection_id)
    return _show(visit, kind, connection, trial=trial, said=said)


def _show(
    visit: Visit,
    kind: Kind,
    connection: ApiConnection,
    *,
    trial: Trial | None = None,
    said: str = "",
    status: int | None = None,
) -> Response:
    target = kind.of(connection)
    return visit.show(
        "target.html",
        status=status,
        connection=connection,
        kind=kind.name,
        target=target,
        trial=trial,
        said=said,
        nonce=visit.parts.new_secret(),
    )


def _method(text: str) -> CallbackMethod | None:
    return CallbackMethod(text) if text in CallbackMethod.__members__.values() else None


def _charset(text: str) -> InboundCharset | None:
    return InboundCharset(text) if text in InboundCharset.__members__.values() else None


SECRETS: Final[Mapping[str, str]] = {
    "new": flow.NEW_SECRET,
    "rotate": flow.NEXT_SECRET,
    "newest": flow.NEWEST_SECRET,
    "none": "",
}
"""What can be done about a signing secret, by the value of its button."""


def _pages(kind: Kind) -> tuple[Page, ...]:
    path = f"{ONE}/{kind.name}"
    return (
        Page(path, partial(form_of, kind), Needs.DEVELOPER),
        Page(path, partial(change, kind), Needs.DEVELOPER, "POST"),
        Page(path + "/test", partial(test, kind), Needs.DEVELOPER, "POST"),
        Page(path + "/secret", partial(sign, kind), Needs.DEVELOPER, "POST"),
    )


PAGES: Final = (*_pages(CALLBACK), *_pages(REPLY))
