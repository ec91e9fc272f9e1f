"""What an operator may choose about mail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tls(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"
    """Begun in the clear, then TLS; without it nothing is sent."""
    TLS = "tls"
    """From the first octet."""
    NONE = "none"
    """In the clear: for a mail server on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """One mail server."""

    host: str
    port: int
    mail_from: str
    user: str = ""
    password: str = ""
    tls: Tls = Tls.STARTTLS
    deadline_s: float = 20.0
    """How long one letter may take from connecting to the server's yes."""

    def __post_init__(self) -> None:
        if "@" not in self.mail_from:
            raise ValueError("smtp_host needs mail_from: the address that letters come from, such as sms@example.com")
