"""People who sign in: operators of the service, and members of accounts with a role in each."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

LOGIN_CHARACTERS_MAX: Final = 254
PASSWORD_CHARACTERS_MIN: Final = 10
PASSWORD_CHARACTERS_MAX: Final = 200
NAME_CHARACTERS_MAX: Final = 100

_LOGIN: Final = re.compile(r"[^\s@/<>\"\']{1,64}(@[A-Za-z0-9.-]{1,189})?")


class Role(StrEnum):
    """What a member may do in an account; each may also do what those after it may."""

    OWNER = "owner"
    """Everything, people and credit included."""
    DEVELOPER = "developer"
    """Send, and change API connections, numbers and callbacks."""
    VIEWER = "viewer"
    """Look, and change nothing."""

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may."""
        return _RANKS[self] <= _RANKS[needed]


_RANKS: Final = {Role.OWNER: 0, Role.DEVELOPER: 1, Role.VIEWER: 2}


class BadPerson(ValueError):
    """This cannot be a login or a password; `field` names which, the message says what to do."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def read_login(text: str) -> str:
    """A login as it is stored and compared: an e-mail address or a name, in lower case. Raises BadPerson."""
    login = text.strip().lower()
    if len(login) > LOGIN_CHARACTERS_MAX or not login.isprintable() or _LOGIN.fullmatch(login) is None:
        raise BadPerson("login", "A login is an e-mail address, or a name without spaces.")
    return login


def read_person_name(text: str) -> str:
    """How pages call somebody; may be empty. Raises BadPerson."""
    name = text.strip()
    if len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise BadPerson("name", f"A name has at most {NAME_CHARACTERS_MAX} printable characters.")
    return name


def mail_address(login: str) -> str | None:
    """Where a person can be written to: the login, when it is an e-mail address."""
    return login if "@" in login and login.isascii() else None


def check_password(password: str, *, login: str) -> str:
    """A password good enough to be set. Raises BadPerson. Length is what counts: no rules about kinds of characters."""
    if len(password) < PASSWORD_CHARACTERS_MIN:
        raise BadPerson(
            "password", f"A password has at least {PASSWORD_CHARACTERS_MIN} characters; a sentence is good."
        )
    if len(password) > PASSWORD_CHARACTERS_MAX:
        raise BadPerson("password", f"A password has at most {PASSWORD_CHARACTERS_MAX} characters.")
    plain = password.lower()
    if plain in {login, login.partition("@")[0]} or len(set(plain)) < 4:
        raise BadPerson("password", "This password is too easy to guess; take a sentence.")
    return password
