"""Links for one use, as they leave the console: shown once, and mailed where that is possible."""

from __future__ import annotations

from typing import NamedTuple

from angarium.console.parts import LETTERS_PER_HOUR_MAX, Parts
from angarium.core.people import mail_address, read_login
from angarium.flows import letters, members
from angarium.ports.mail import Letter, NotSent
from angarium.ports.people import PersonRow, TicketKind


class Shown(NamedTuple):
    """A link that is shown this once, and what became of its letter."""

    link: str
    login: str
    is_sent: bool
    trouble: str
    """Why the letter could not be sent; empty when it was, or when there was none to send."""


async def handed_over(parts: Parts, person: PersonRow, ticket: str, *, by: PersonRow) -> Shown:
    """The link of a ticket, mailed to the person's address when there is one and a mail server.

    One person has so many letters sent an hour: an owner of some account must not fill strangers' mail boxes.
    """
    link = link_of(parts, ticket)
    address = mail_address(person.login)
    if parts.mail is None or address is None:
        return Shown(link, person.login, is_sent=False, trouble="")
    if parts.letters.take(by.person_id, now=parts.clock.now()):
        trouble = f"nobody has more than {LETTERS_PER_HOUR_MAX} letters sent an hour"
        return Shown(link, person.login, is_sent=False, trouble=trouble)
    try:
        await parts.mail.send(_letter(parts, person, address, link, by=by.name))
    except NotSent as error:
        return Shown(link, person.login, is_sent=False, trouble=str(error))
    return Shown(link, person.login, is_sent=True, trouble="")


async def forgotten_letters(parts: Parts, login: str) -> list[Letter]:
    """The letter to whoever has forgotten a password; none for a login that is not, or cannot be written to."""
    try:
        person = await parts.store.person_of_login(read_login(login))
    except ValueError:
        return []
    address = None if person is None else mail_address(person.login)
    if person is None or address is None or person.disabled_at is not None:
        return []
    ticket = await members.new_ticket(parts.desk(f"person:{person.login}"), person, TicketKind.RESET)
    return [letters.reset(address, link_of(parts, ticket), service=parts.service_name)]


def link_of(parts: Parts, ticket: str) -> str:
    """Where a ticket is used."""
    return f"{parts.address()}{members.PASSWORD_PATH}{ticket}"


def _letter(parts: Parts, person: PersonRow, address: str, link: str, *, by: str) -> Letter:
    if person.password_hash is None:
        return letters.invitation(address, link, by=by, service=parts.service_name)
    return letters.reset(address, link, service=parts.service_name)
