"""The settings table: each setting with its kind, default, unit and sentence, and what each part gets of them."""

# ruff: noqa: RUF009 - `_setting` is a dataclass field with its row of the table

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from angarium.callbacks.settings import CallbackSettings
from angarium.config import kinds
from angarium.config.kinds import Kind, Listen, Secret
from angarium.core.clocktime import SECOND_MS
from angarium.core.inbound import PARTS_WAIT_MS
from angarium.core.message import RECEIPT_MARGIN_MS
from angarium.core.retention import (
    KEEP_DAYS_MAX,
    KEEP_NUMBERS_DAYS,
    KEEP_ROWS_DAYS,
    KEEP_ROWS_DAYS_MIN,
    KEEP_TEXT_DAYS,
    Retention,
)
from angarium.core.retry import SUBMIT_RETRIES, RetrySchedule
from angarium.flows.protection import Policy
from angarium.httpd.settings import HttpdSettings
from angarium.mail.settings import MailSettings, Tls

T = TypeVar("T")

PREFIX: Final = "ANGARIUM_"
SHORT_FLAGS: Final = {"sim_listen": "--listen", "sim_handsets_listen": "--control"}
"""What `angarium sim` calls its two, since it has no others."""

LOOPBACK_NETWORKS: Final = ("127.0.0.0/8", "::1/128")


def _setting(kind: Kind[T], default: T, sentence: str, *, unit: str = "", demo: T | None = None) -> T:
    """One row of the table. `demo` is the default under `--demo`, where it differs."""
    return field(default=default, metadata={"kind": kind, "sentence": sentence, "unit": unit, "demo": demo})


_HTTPD: Final = HttpdSettings()
_CALLBACKS: Final = CallbackSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that an operator may set. The fields are the settings table; parts get theirs from the methods below."""

    data_dir: Path = _setting(
        kinds.path(),
        Path("var"),
        "Folder of the store, the self-signed certificate and demo.env.",
        demo=Path("var/demo"),
    )
    http_listen: Listen = _setting(
        kinds.listen(), Listen("127.0.0.1", 8080), "Where the API is served over plain HTTP."
    )
    https_listen: Listen = _setting(kinds.listen(), Listen("127.0.0.1", 8443), "Where the API is served over HTTPS.")
    operator_listen: Listen | None = _setting(
        kinds.optional_listen(),
        None,
        "Where the operator's API (/v1) is served, over plain HTTP; empty means where the REST API is, beside it.",
    )
    tls_certificate: Path | None = _setting(
        kinds.optional_path(), None, "Certificate chain (PEM) for HTTPS; without one a self-signed one is made."
    )
    tls_key: Path | None = _setting(kinds.optional_path(), None, "Private key (PEM) of tls_certificate.")
    tls_names: tuple[str, ...] = _setting(
        kinds.words("host names or addresses", kinds.host_name),
        ("localhost", "127.0.0.1", "::1"),
        "Names in the self-signed certificate.",
    )
    documentation_base: str = _setting(
        kinds.text(
            r"(https?://[^\s\"<>]{1,200}[^\s\"<>/])?", "an http or https URL without a slash at its end, or empty"
        ),
        "",
        "Where error codes are explained (BASE in BASE/105.htm); empty means this server.",
    )

    console_url: str = _setting(
        kinds.text(
            r"(https?://[^\s\"<>]{1,200}[^\s\"<>/])?", "an http or https URL without a slash at its end, or empty"
        ),
        "",
        "Where people reach the console from outside, for links in invitations; empty means the plain HTTP address.",
    )
    console_listen: Listen | None = _setting(
        kinds.optional_listen(),
        None,
        "Where the console is served, over plain HTTP; empty means where the REST API is, beside it.",
    )
    console_upload_octets_max: int = _setting(
        kinds.whole(64 * 1024, 1024 * 1024 * 1024),
        32 * 1024 * 1024,
        "Largest file that the console takes; it is read from the disk of data_dir and never kept in memory.",
        unit="octets",
    )
    smtp_host: str = _setting(
        kinds.text(r"[A-Za-z0-9.:-]{0,253}", "a host name or an address, or empty"),
        "",
        "The mail server that takes invitations, password links and warnings; empty means that no mail is sent.",
    )
    smtp_port: int = _setting(
        kinds.whole(1, 65_535), 587, "Its port: 587 for smtp_tls starttls, 465 for tls, often 25 for none."
    )
    smtp_user: str = _setting(
        kinds.text(r"[ -~]{0,200}", "up to 200 printable ASCII characters, or empty"),
        "",
        "Who signs in at the mail server; empty means that nobody does.",
    )
    smtp_password: Secret = _setting(kinds.secret(), Secret(), "The password of smtp_user; it is never shown.")
    smtp_tls: str = _setting(
        kinds.choice(*Tls),
        Tls.STARTTLS.value,
        "How the way to the mail server is kept private; none is for a mail server on this machine.",
    )
    mail_from: str = _setting(
        kinds.text(r"([^\x00-\x20<>@\x7f-\uffff]{1,64}@[A-Za-z0-9.-]{1,189})?", "an e-mail address, or empty"),
        "",
        "The address that letters come from.",
    )

    payment_provider: str = _setting(
        kinds.text(r"[A-Za-z0-9_.-]{0,64}", "the name of an entry point, or empty"),
        "",
        "Who takes payments for credit: an entry point of the group angarium.payments; empty means nobody.",
    )
    payment_settings: Path | None = _setting(
        kinds.optional_path(), None, "A file with the provider's own settings; it is handed to it as it is."
    )

    log_level: str = _setting(
        kinds.choice("debug", "info", "warning", "error"), "info", "The least severe lines that are logged."
    )
    log_format: str = _setting(
        kinds.choice("auto", "console", "json"),
        "auto",
        "How log lines look; auto means console at a terminal and JSON elsewhere.",
    )
    log_numbers: str = _setting(kinds.choice("mask", "full"), "mask", "Whether phone numbers in logs are masked.")

    http_body_octets_max: int = _setting(
        kinds.whole(1024, 64 * 1024 * 1024),
        _HTTPD.body_octets_max,
        "Longest body of a request; longer is answered 413.",
        unit="octets",
    )
    http_header_octets_max: int = _setting(
        kinds.whole(1024, 1024 * 1024),
        _HTTPD.header_octets_max,
        "Longest header block of a request; longer is answered 431.",
        unit="octets",
    )
    http_header_timeout_s: float = _setting(
        kinds.seconds(0.1, 3600),
        _HTTPD.header_timeout_s,
        "How long a client may take for its request's header block.",
        unit="s",
    )
    http_body_timeout_s: float = _setting(
        kinds.seconds(0.1, 3600),
        _HTTPD.body_timeout_s,
        "How long a client may take for its request's body; steady progress extends it.",
        unit="s",
    )
    http_idle_timeout_s: float = _setting(
        kinds.seconds(0.1, 86_400),
        _HTTPD.idle_timeout_s,
        "How long an HTTP connection may stay silent between two requests.",
        unit="s",
    )
    http_proxies_trusted: tuple[str, ...] = _setting(
        kinds.words("networks such as 10.1.0.0/16", ipaddress.ip_network),
        (),
        "Proxies whose Forwarded, or X-Forwarded-For and -Proto, are believed; each must append to one of them.",
    )
    http_connections_max: int = _setting(
        kinds.whole(1, 1_000_000),
        _HTTPD.connections_max,
        "HTTP connections open at once on each listener; more are answered 503.",
    )

    callback_deadline_s: float = _setting(
        kinds.seconds(0.1, 600),
        _CALLBACKS.deadline_s,
        "How long a customer's endpoint may take to answer a callback.",
        unit="s",
    )
    callback_connections_max: int = _setting(
        kinds.whole(1, 10_000), _CALLBACKS.connections_max, "Connections to one customer's endpoint at once."
    )
    callback_networks_allowed: tuple[str, ...] = _setting(
        kinds.words("networks such as 10.1.0.0/16", ipaddress.ip_network),
        (),
        "Networks that callbacks may reach although they are not public.",
    )
    callback_ca_file: Path | None = _setting(
        kinds.optional_path(), None, "Certificates (PEM) to trust for callbacks instead of the system's."
    )

    predefined_text: str = _setting(
        kinds.text(r"[^\x00-\x1f\x7f]{0,160}", "a text of up to 160 characters on one line, or empty"),
        "This is a test message from Angarium. Buy credit to send your own text.",
        "What an account's messages say until its first purchase; empty lets them say their own.",
    )
    senders: str = _setting(
        kinds.choice("as-account", "registered"),
        "as-account",
        "Whether senders must be registered: as each account is set, or always.",
        demo="as-account",
    )

    store_waiting_max: int = _setting(
        kinds.whole(100, 1_000_000),
        10_000,
        "Pieces of work that may wait for the next commit; more are refused with 503.",
    )
    store_busy_max_s: float = _setting(
        kinds.seconds(0.1, 600),
        10.0,
        "How long another process may keep the store to itself before work is refused.",
        unit="s",
    )
    claim_lease_s: float = _setting(
        kinds.seconds(1, 3600),
        120.0,
        "How long a claimed message may be on its way to a carrier before it counts as in doubt.",
        unit="s",
    )
    carrier_down_s: float = _setting(
        kinds.seconds(0, 86_400),
        60.0,
        "How long a carrier may be without a bound link before what waits for it is offered to others.",
        unit="s",
    )
    carrier_slow_s: float = _setting(
        kinds.seconds(1, 86_400),
        120.0,
        "How long a message with escalate may wait for a carrier that is up before it is offered to a faster one.",
        unit="s",
    )
    submit_retry_pauses_s: tuple[float, ...] = _setting(
        kinds.pauses(0.001, 86_400),
        tuple(pause_ms / SECOND_MS for pause_ms in SUBMIT_RETRIES.pauses_ms),
        "Pauses before a message is tried again after a carrier's temporary error; the last one recurs.",
        unit="s",
    )
    receipt_margin_s: float = _setting(
        kinds.seconds(0, 604_800),
        RECEIPT_MARGIN_MS / SECOND_MS,
        "How long after its validity a message waits for a missing receipt before it ends as unknown.",
        unit="s",
    )
    inbound_parts_wait_s: float = _setting(
        kinds.seconds(60, 604_800),
        PARTS_WAIT_MS / SECOND_MS,
        "How long a message from a handset waits for missing parts before it is delivered without them.",
        unit="s",
    )
    keep_text_days: int = _setting(
        kinds.whole(0, KEEP_DAYS_MAX),
        KEEP_TEXT_DAYS,
        "How long texts of messages are kept, for accounts that set no time of their own; 0 is until they are final.",
        unit="d",
    )
    keep_numbers_days: int = _setting(
        kinds.whole(0, KEEP_DAYS_MAX),
        KEEP_NUMBERS_DAYS,
        "How long the last four digits of recipients, and of handsets that write, are kept, likewise.",
        unit="d",
    )
    keep_rows_days: int = _setting(
        kinds.whole(KEEP_ROWS_DAYS_MIN, KEEP_DAYS_MAX),
        KEEP_ROWS_DAYS,
        "How long anything at all is kept of a message; credit and statements stay.",
        unit="d",
    )
    drain_timeout_s: float = _setting(
        kinds.seconds(0, 3600),
        15.0,
        "How long a stop waits for answers that carriers and customers still owe.",
        unit="s",
    )

    sim_listen: Listen = _setting(
        kinds.listen(),
        Listen("127.0.0.1", 2775),
        "Where the simulated carrier takes SMPP binds.",
        demo=Listen("127.0.0.1", 0),
    )
    sim_handsets_listen: Listen = _setting(
        kinds.listen(),
        Listen("127.0.0.1", 2780),
        "Where the simulated handsets are read and answered, over HTTP.",
        demo=Listen("127.0.0.1", 0),
    )

    @property
    def httpd(self) -> HttpdSettings:
        """The HTTP server's share; ValueError says what cannot work together."""
        return HttpdSettings(
            body_octets_max=self.http_body_octets_max,
            header_octets_max=self.http_header_octets_max,
            header_timeout_s=self.http_header_timeout_s,
            body_timeout_s=self.http_body_timeout_s,
            idle_timeout_s=self.http_idle_timeout_s,
            connections_max=self.http_connections_max,
        )

    @property
    def retention(self) -> Retention:
        """How long texts and numbers are kept where an account does not say."""
        return Retention(text_days=self.keep_text_days, number_days=self.keep_numbers_days)

    @property
    def submit_retries(self) -> RetrySchedule:
        """When a message is tried again after a carrier's temporary error."""
        pauses_ms = tuple(round(pause_s * SECOND_MS) for pause_s in self.submit_retry_pauses_s)
        return RetrySchedule(pauses_ms, repeat_last=True)

    @property
    def policy(self) -> Policy:
        """What is decided for all accounts."""
        return Policy(predefined_text=self.predefined_text, senders_registered=self.senders == "registered")

    @property
    def mail(self) -> MailSettings | None:
        """The mail's share; None when none is sent. ValueError says what cannot work together."""
        if not self.smtp_host:
            return None
        return MailSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            user=self.smtp_user,
            password=self.smtp_password,
            tls=Tls(self.smtp_tls),
            mail_from=self.mail_from,
        )

    def callbacks_for(self, *, demo: bool) -> CallbackSettings:
        """The callbacks' share; a demo may also call this machine. ValueError says what cannot work together."""
        return CallbackSettings(
            deadline_s=self.callback_deadline_s,
            connect_deadline_s=min(_CALLBACKS.connect_deadline_s, self.callback_deadline_s),
            connections_max=self.callback_connections_max,
            networks_allowed=self.callback_networks_allowed + (LOOPBACK_NETWORKS if demo else ()),
            ca_file=str(self.callback_ca_file or ""),
        )


class Row(NamedTuple):
    """One setting, for reading: a line of the table."""

    name: str
    form: str
    unit: str
    default: str
    variable: str
    sentence: str


def table() -> list[Row]:
    """The settings table, in its order."""
    return [
        Row(
            name=row.name,
            form=row.metadata["kind"].name,
            unit=row.metadata["unit"],
            default=show(row.default),
            variable=variable(row.name),
            sentence=row.metadata["sentence"],
        )
        for row in fields(Settings)
    ]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def flag(name: str) -> str:
    """The flag of a setting, where a command has one."""
    return SHORT_FLAGS.get(name) or "--" + name.replace("_", "-")


def plain(value: object) -> object:
    """A setting's value as JSON can hold it."""
    if isinstance(value, Secret):
        return show(value)
    if isinstance(value, Listen | Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def show(value: object) -> str:
    """A setting's value as people read it."""
    if value is None:
        return ""
    if isinstance(value, Secret):
        return "********" if value else ""
    if isinstance(value, tuple) and not isinstance(value, Listen):
        return ", ".join(map(show, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
