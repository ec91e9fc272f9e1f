"""Letters reach a real mail server, and what goes wrong is said in a sentence."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from angarium.httpd import ensure_self_signed
from angarium.mail.settings import MailSettings, Tls
from angarium.mail.smtp import POSTED_MAX, SmtpMail
from angarium.ports.mail import Letter, NotSent
from tests.gateway import SetClock
from tests.mailbox import Mailbox

LETTER = Letter("ada@example.com", "Grüße", "Hello Ada\n\n.a line with a dot\nÄ\n")


@asynccontextmanager
async def mail(
    port: int,
    *,
    failed: Callable[[BaseException], None] | None = None,
    context: ssl.SSLContext | None = None,
    tls: Tls = Tls.NONE,
    user: str = "",
    deadline_s: float = 20.0,
) -> AsyncIterator[SmtpMail]:
    """The port over a server on this machine."""
    settings = MailSettings(
        host="127.0.0.1",
        port=port,
        mail_from="sms@example.org",
        user=user,
        password="secret",
        tls=tls,
        deadline_s=deadline_s,
    )
    part = SmtpMail(settings, clock=SetClock(), on_failed=failed or (lambda error: None), context=context)
    try:
        yield part
    finally:
        await part.close()


async def test_a_letter_arrives_as_it_was_written() -> None:
    """Dots and letters beyond ASCII included; machines that answer letters are asked not to."""
    with Mailbox() as box:
        async with mail(box.port) as part:
            await part.send(LETTER)
        to, subject, text = box.next()

    assert (to, subject, text) == LETTER


async def test_a_letter_is_private_and_signed_in_where_that_is_set(tmp_path: Path) -> None:
    """By STARTTLS, to a server that is trusted."""
    certificate, key = ensure_self_signed(tmp_path, names=("127.0.0.1",), now=datetime(2026, 1, 1, tzinfo=UTC))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT
    trusting.check_hostname = False
    with Mailbox(context=serving) as box:
        async with mail(box.port, tls=Tls.STARTTLS, context=trusting, user="sms") as part:
            await part.send(LETTER)
        assert (box.was_private, len(box.users)) == ([True], 1)

        async with mail(box.port, tls=Tls.STARTTLS) as part:
            with pytest.raises(NotSent, match="certificate of the mail server cannot be trusted"):
                await part.send(LETTER)


async def test_nothing_is_sent_in_the_clear_unless_that_is_set() -> None:
    """A server without STARTTLS gets no letter, and no password."""
    with Mailbox() as box:
        async with mail(box.port, tls=Tls.STARTTLS, user="sms") as part:
            with pytest.raises(NotSent, match="STARTTLS"):
                await part.send(LETTER)
        assert (box.letters.empty(), box.users) == (True, [])


@pytest.mark.parametrize(
    ("refuses", "sentence"), [("ada@", "does not take letters to ada@example.com"), ("user", "smtp_user")]
)
async def test_what_a_server_refuses_is_said(refuses: str, sentence: str) -> None:
    """In words that tell whoever asked what to look at."""
    with Mailbox(refuses=refuses) as box:
        async with mail(box.port, user="sms") as part:
            with pytest.raises(NotSent, match=sentence):
                await part.send(LETTER)


async def test_a_server_that_is_not_there_or_says_nothing_is_given_up() -> None:
    """Within the deadline, however slowly it goes."""
    async with mail(1) as part:
        with pytest.raises(NotSent, match="did not take it"):
            await part.send(LETTER)
    with Mailbox(is_silent=True) as box:
        async with mail(box.port, deadline_s=0.05) as part:
            with pytest.raises(NotSent):
                await part.send(LETTER)


async def test_nobody_adds_a_header_by_an_address() -> None:
    """A line end in it makes it no address."""
    async with mail(1) as part:
        with pytest.raises(NotSent, match="can be addressed"):
            await part.send(LETTER._replace(to="ada@example.com\nBcc: all@example.com"))


async def test_posted_letters_go_out_behind_the_callers_back() -> None:
    """What fails is told, and so is what would be too much."""
    failures: list[BaseException] = []
    gate = asyncio.Event()

    async def write() -> Sequence[Letter]:
        await gate.wait()
        return [LETTER]

    async def fail() -> Sequence[Letter]:
        raise NotSent("no ink")

    with Mailbox() as box:
        async with mail(box.port, failed=failures.append) as part:
            part.post(write)
            part.post(fail)
            for _ in range(POSTED_MAX - 1):
                part.post(write)
            assert [str(each) for each in failures] == [f"{POSTED_MAX} letters wait already"]
            gate.set()
            await asyncio.to_thread(box.next)
    assert "no ink" in [str(each) for each in failures]


def test_mail_needs_an_address_to_come_from() -> None:
    """Said at the start, not with the first letter."""
    with pytest.raises(ValueError, match="mail_from"):
        MailSettings(host="mail.example.com", port=587, mail_from="")
