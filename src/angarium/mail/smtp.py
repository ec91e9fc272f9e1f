"""The port's Mail over one mail server: the standard library's client, in threads of its own."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Final

from angarium.core.clocktime import SECOND_MS
from angarium.mail.settings import MailSettings, Tls
from angarium.ports.clock import Clock
from angarium.ports.mail import Letter, NotSent

POSTED_MAX: Final = 100
"""Letters that may wait behind callers' backs; more are dropped."""
AT_ONCE_MAX: Final = 2


class SmtpMail:
    """The port's Mail."""

    def __init__(
        self,
        settings: MailSettings,
        *,
        clock: Clock,
        on_failed: Callable[[BaseException], None],
        context: ssl.SSLContext | None = None,
    ) -> None:
        """`on_failed` gets what went wrong with a letter that nobody waits for. `context` says whom to trust."""
        self._settings = settings
        self._clock = clock
        self._on_failed = on_failed
        self._context = context
        self._threads = ThreadPoolExecutor(AT_ONCE_MAX, thread_name_prefix="mail")
        self._posted: set[asyncio.Task[None]] = set()

    async def send(self, letter: Letter) -> None:
        """Hand one letter to the mail server."""
        exchange = _Exchange(self._settings, self._context)
        message = self._message(letter)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                await loop.run_in_executor(self._threads, exchange.run, message)
        except TimeoutError as error:
            exchange.abort()
            raise NotSent(f"the mail server {self._settings.host} took too long") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise NotSent(f"the mail server does not take letters to {letter.to}") from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent("the mail server does not accept smtp_user and smtp_password") from error
        except ssl.SSLCertVerificationError as error:
            raise NotSent(f"the certificate of the mail server cannot be trusted: {error.verify_message}") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise NotSent(f"the mail server {self._settings.host} did not take it: {error}") from error

    def post(self, write: Callable[[], Awaitable[Sequence[Letter]]]) -> None:
        """Write letters and send them, behind the caller's back."""
        if len(self._posted) >= POSTED_MAX:
            self._on_failed(NotSent(f"{POSTED_MAX} letters wait already"))
            return
        task = asyncio.create_task(self._write_and_send(write), name="mail")
        self._posted.add(task)
        task.add_done_callback(self._posted.discard)

    async def close(self) -> None:
        """Let go of what still waits."""
        for task in self._posted:
            task.cancel()
        await asyncio.gather(*self._posted, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _write_and_send(self, write: Callable[[], Awaitable[Sequence[Letter]]]) -> None:
        try:
            for letter in await write():
                await self.send(letter)
        except Exception as error:  # noqa: BLE001 - nobody waits for it: it is said, and the next one goes on
            self._on_failed(error)

    def _message(self, letter: Letter) -> EmailMessage:
        # Headers refuse line ends by themselves: nobody adds one by a name or an address.
        try:
            message = EmailMessage(policy=SMTP)
            message["From"] = self._settings.mail_from
            message["To"] = letter.to
            message["Subject"] = letter.subject
            message["Date"] = formatdate(self._clock.now() / SECOND_MS)
            message["Message-ID"] = make_msgid(domain=self._settings.mail_from.rpartition("@")[2].rstrip(">"))
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(letter.text)
        except (ValueError, IndexError) as error:
            raise NotSent(f"no letter can be addressed to {letter.to!r}") from error
        return message


class _Exchange:
    """One conversation with the mail server, in a thread; `abort` ends it from another."""

    def __init__(self, settings: MailSettings, context: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._context = context
        self._client: smtplib.SMTP | None = None

    def run(self, message: EmailMessage) -> None:
        settings = self._settings
        with self._connected() as client:
            self._client = client
            if settings.tls is Tls.STARTTLS:
                client.starttls(context=self._trust())
            if settings.user:
                client.login(settings.user, settings.password)
            client.send_message(message)

    def abort(self) -> None:
        client = self._client
        if client is not None and client.sock is not None:
            with suppress(OSError):
                client.sock.shutdown(socket.SHUT_RDWR)

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.tls is Tls.TLS:
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.deadline_s, context=self._trust())
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.deadline_s)

    def _trust(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()
