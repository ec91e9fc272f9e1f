"""What an operator may choose about a carrier: one table, read from a mapping, checked in whole sentences."""

# ruff: noqa: RUF009 - `_setting` is a dataclass field with its row of the table

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from angarium.core.features import ALL_FEATURES, NAMES, Feature, Needs, table_needs
from angarium.smpp.constants import CommandStatus, Npi, Ton
from angarium.smpp.message_ids import IdReading
from angarium.text.national import LANGUAGES

T = TypeVar("T")

PORT_MAX: Final = 65_535
WINDOW_MAX: Final = 10_000
LINKS_MAX: Final = 100
PACE_MAX_PER_S: Final = 1_000_000.0
DURATION_MAX_S: Final = 86_400.0
ADDRESS_OCTETS_MAX: Final = 20
UINT8_MAX: Final = 0xFF


class BadCarrierSettings(ValueError):
    """Settings of a carrier that cannot be used; each problem is a sentence that says what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Bind(StrEnum):
    """How a link binds."""

    TRANSCEIVER = "transceiver"
    PAIR = "pair"
    """A transmitter and a receiver, each with a connection of its own."""


class Gsm7Form(StrEnum):
    """What a carrier expects where we have GSM 7-bit septets."""

    UNPACKED = "unpacked"
    """One septet in each octet: what nearly every carrier means by its default alphabet."""
    PACKED = "packed"
    """Eight septets in seven octets, as on air."""
    LATIN_1 = "latin_1"
    """ISO 8859-1. What it lacks goes as UCS-2 if the segment then still fits, else as a question mark."""


class Validity(StrEnum):
    """How validity_period is sent."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"
    NONE = "none"


class StatusMeaning(StrEnum):
    """What a command_status of this carrier means to us."""

    BUSY = "busy"
    FAILED_FOR_NOW = "failed_for_now"
    REFUSED_CONTENT = "refused_content"
    REFUSED_RECIPIENT = "refused_recipient"
    REFUSED_SENDER = "refused_sender"
    REFUSED_ROUTE = "refused_route"


class _Kind(NamedTuple):
    """How one kind of value is read. `read` raises ValueError with the end of the sentence "NAME must be ..."."""

    name: str
    read: Callable[[object], Any]
    of_text: Callable[[str], object] = str
    """The value that somebody typed, or ValueError for what cannot be one."""


def _text(octets_max: int, *, empty: bool = True) -> _Kind:
    meaning = f"text of {0 if empty else 1} to {octets_max} ASCII characters"

    def read(value: object) -> str:
        if not isinstance(value, str) or not value.isascii() or "\0" in value:
            raise ValueError(meaning)
        if len(value) > octets_max or not (value or empty):
            raise ValueError(meaning)
        return value

    return _Kind(f"text, {octets_max} at most", read)


def _host(*, empty: bool = False) -> _Kind:
    """A name that a resolver can be asked for: it raises something else than an OSError for whatever is none."""
    text = _text(255, empty=empty)

    def read(value: object) -> str:
        host: str = text.read(value)
        labels = host.removesuffix(".").split(".") if host else ["-"]
        if not host.isprintable() or not all(1 <= len(label) <= 63 for label in labels):
            raise ValueError("a host name, with 1 to 63 characters between its dots, or an address")
        return host

    return _Kind("host name or address", read)


def _whole(low: int, high: int) -> _Kind:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(value)

    return _Kind(f"{low} to {high}", read, int)


def _number(low: float, high: float, *, optional: bool = False) -> _Kind:
    def read(value: object) -> float | None:
        if value is None and optional:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}" + (", or null" if optional else ""))
        return float(value)

    def of_text(text: str) -> float | None:
        return None if optional and not text else float(text)

    return _Kind(f"{low:g} to {high:g}" + (", or null" if optional else ""), read, of_text)


def _yes_or_no() -> _Kind:
    def read(value: object) -> bool:
        if value is not True and value is not False:
            raise ValueError("true or false")
        return value

    return _Kind("true | false", read, bool)


def _choice(words: type[StrEnum]) -> _Kind:
    def read(value: object) -> StrEnum:
        try:
            return words(value)  # type: ignore[arg-type]
        except ValueError:
            raise ValueError("one of " + ", ".join(words)) from None

    return _Kind(" | ".join(words), read)


def _meanings() -> _Kind:
    """Statuses by number or name to meanings, such as {"0x0B": "refused_recipient"}; kept as pairs, hence immutable."""

    def read(value: object) -> tuple[tuple[int, StatusMeaning], ...]:
        try:
            pairs = dict(value).items()  # type: ignore[call-overload]
        except (TypeError, ValueError):
            raise ValueError("a table of command_status to meaning") from None
        return tuple(sorted((read_status(status), _meaning(meaning)) for status, meaning in pairs))

    def of_text(text: str) -> dict[str, str]:
        pairs = [line.replace("=", " ").replace(":", " ").split() for line in text.splitlines() if line.strip()]
        return {pair[0]: " ".join(pair[1:]) for pair in pairs}

    return _Kind("table of status to meaning", read, of_text)


def _languages() -> _Kind:
    """Languages by their words, with commas between them; kept in the order of their identifiers."""
    meaning = "languages with commas between them, among " + ", ".join(LANGUAGES)

    def read(value: object) -> str:
        words = value.replace(",", " ").split() if isinstance(value, str) else [""]
        if not LANGUAGES.keys() >= set(words):
            raise ValueError(meaning)
        return ",".join(word for word in LANGUAGES if word in words)

    return _Kind("languages", read)


def _lacking() -> _Kind:
    """Names of features, such as "UCS2, FLASH"."""
    meaning = "names among " + ", ".join(NAMES)

    def read(value: object) -> str:
        names = {name.strip().upper() for name in str(value).split(",") if name.strip()}
        if not names <= NAMES.keys():
            raise ValueError(meaning)
        return ", ".join(sorted(names))

    return _Kind(meaning, read)


def _meaning(value: object) -> StatusMeaning:
    try:
        return StatusMeaning(value)  # type: ignore[arg-type]
    except ValueError:
        raise ValueError("a table whose values are among " + ", ".join(StatusMeaning)) from None


def read_status(value: object) -> int:
    """Read a command_status given as a number, as "0x58" or "88", or by its name in the specification."""
    number: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and value.upper() in CommandStatus.__members__:
        number = int(CommandStatus[value.upper()])
    elif isinstance(value, str):
        try:
            number = int(value, 0)
        except ValueError:
            number = None
    if number is None or not 0 < number <= 0xFFFFFFFF:
        raise ValueError(f'a table whose keys are statuses such as "0x58" or "ESME_RTHROTTLED"; {value!r} is none')
    return number


def _setting(kind: _Kind, default: T, sentence: str, *, unit: str = "", secret: bool = False) -> T:
    """One row of the table. A secret is not shown when settings or problems are printed."""
    return field(
        default=default,
        repr=not secret,
        metadata={"kind": kind, "sentence": sentence, "unit": unit, "secret": secret},
    )


class Row(NamedTuple):
    """One line of the table of a carrier's settings."""

    name: str
    type: str
    unit: str
    default: object
    sentence: str
    secret: bool


_TON_NPI: Final = _whole(0, UINT8_MAX)
_DATA_CODING: Final = _whole(0, UINT8_MAX)
_DURATION: Final = _number(0.01, DURATION_MAX_S)
_OPTIONAL_DURATION: Final = _number(0.01, DURATION_MAX_S, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierSettings:
    """Everything about one carrier. The fields are the table; making one with impossible values raises ValueError."""

    # Where and how.
    host: str = _setting(_host(), "127.0.0.1", "Host name or address of the carrier's SMSC.")
    port: int = _setting(_whole(1, PORT_MAX), 2775, "TCP port of the SMSC.")
    connect_timeout_s: float = _setting(_DURATION, 10.0, "How long connecting may take, TLS included.", unit="s")
    tls: bool = _setting(_yes_or_no(), False, "Whether the connection is encrypted with TLS.")
    tls_verify: bool = _setting(_yes_or_no(), True, "Whether the carrier's certificate is checked.")
    tls_ca_file: str = _setting(
        _text(4096), "", "Certificates (PEM) to trust instead of the system's; empty means the system's."
    )
    tls_server_name: str = _setting(
        _host(empty=True), "", "Name that the certificate must carry; empty means the value of host."
    )

    # Binding.
    system_id: str = _setting(_text(15), "", "Our name at the carrier.")
    password: str = _setting(_text(8), "", "Our password at the carrier.", secret=True)
    system_type: str = _setting(_text(12), "", "system_type of the bind, if the carrier wants one.")
    interface_version: int = _setting(_whole(0, UINT8_MAX), 0x34, "interface_version of the bind; 52 is SMPP 3.4.")
    address_range: str = _setting(_text(40), "", "address_range of the bind, for numbers that are served by us.")
    address_range_ton: int = _setting(_TON_NPI, int(Ton.UNKNOWN), "TON that goes with address_range.")
    address_range_npi: int = _setting(_TON_NPI, int(Npi.UNKNOWN), "NPI that goes with address_range.")
    bind: Bind = _setting(_choice(Bind), Bind.TRANSCEIVER, "One transceiver, or a pair of transmitter and receiver.")
    links: int = _setting(_whole(1, LINKS_MAX), 1, "How many transceivers, or pairs, are bound at once.")

    # Flow.
    window: int = _setting(
        _whole(1, WINDOW_MAX), 10, "Requests that may be unanswered at once on one link.", unit="requests"
    )
    read_ahead: int = _setting(
        _whole(0, WINDOW_MAX), 10, "Segments held ready for each link beyond its window, so that it never runs dry."
    )
    pace_per_s: float | None = _setting(
        _number(0.01, PACE_MAX_PER_S, optional=True),
        None,
        "Highest rate on one link; null means as fast as the window allows.",
        unit="messages/s",
    )
    ramp_per_s: float | None = _setting(
        _number(0.01, PACE_MAX_PER_S, optional=True),
        None,
        "Slow start: a link's rate when it is bound, growing by as much each second for a minute; null means none.",
        unit="messages/s",
    )
    response_s: float = _setting(_DURATION, 30.0, "How long an answer may take before it is in doubt.", unit="s")
    enquire_link_s: float | None = _setting(
        _OPTIONAL_DURATION, 30.0, "How long a link may be silent before we ask; null means never.", unit="s"
    )
    inactivity_s: float | None = _setting(
        _OPTIONAL_DURATION, None, "How long a link may carry no message before it is given up.", unit="s"
    )
    session_init_s: float = _setting(_DURATION, 30.0, "How long a bind may take.", unit="s")
    rebind_pause_s: float = _setting(
        _number(0.001, 3600.0), 1.0, "First pause before a lost link is bound again; it doubles each time.", unit="s"
    )
    rebind_pause_s_max: float = _setting(_number(0.001, 3600.0), 60.0, "Longest pause before binding again.", unit="s")
    unacknowledged_max: int = _setting(
        _whole(1, 100_000),
        1_000,
        "Receipts and inbound messages that may wait on one link to be stored; then it is not read from.",
    )

    # Addresses.
    international_ton: int = _setting(_TON_NPI, int(Ton.INTERNATIONAL), "TON of a sender that is a whole number.")
    international_npi: int = _setting(_TON_NPI, int(Npi.ISDN), "NPI of a sender that is a whole number.")
    short_code_ton: int = _setting(_TON_NPI, int(Ton.UNKNOWN), "TON of a sender of up to short_code_digits_max digits.")
    short_code_npi: int = _setting(_TON_NPI, int(Npi.ISDN), "NPI of a sender of up to short_code_digits_max digits.")
    short_code_digits_max: int = _setting(_whole(0, 15), 6, "Longest sender that counts as a short code.")
    alphanumeric_ton: int = _setting(_TON_NPI, int(Ton.ALPHANUMERIC), "TON of a sender with letters.")
    alphanumeric_npi: int = _setting(_TON_NPI, int(Npi.UNKNOWN), "NPI of a sender with letters.")
    default_sender: str = _setting(_text(ADDRESS_OCTETS_MAX), "", "Sender of messages that name none.")
    recipient_ton: int = _setting(_TON_NPI, int(Ton.INTERNATIONAL), "TON of the recipient.")
    recipient_npi: int = _setting(_TON_NPI, int(Npi.ISDN), "NPI of the recipient.")
    recipient_prefix: str = _setting(_text(4), "", 'What the carrier wants before the digits, such as "+" or "00".')

    # Text.
    gsm7_form: Gsm7Form = _setting(
        _choice(Gsm7Form), Gsm7Form.UNPACKED, "How GSM 7-bit text is written for this carrier."
    )
    gsm7_data_coding: int = _setting(_DATA_CODING, 0, "data_coding of GSM 7-bit (or Latin-1) text.")
    binary_data_coding: int = _setting(_DATA_CODING, 4, "data_coding of binary content.")
    ucs2_data_coding: int = _setting(_DATA_CODING, 8, "data_coding of UCS-2 text.")
    flash_gsm7_data_coding: int = _setting(_DATA_CODING, 0x10, "data_coding of GSM 7-bit text shown at once.")
    flash_binary_data_coding: int = _setting(_DATA_CODING, 0x14, "data_coding of binary content shown at once.")
    flash_ucs2_data_coding: int = _setting(_DATA_CODING, 0x18, "data_coding of UCS-2 text shown at once.")
    national_tables: str = _setting(
        _languages(),
        "",
        "Languages whose national tables its handsets read, such as turkish,spanish; texts may use them.",
    )
    service_type: str = _setting(_text(5), "", "service_type of each message, if the carrier wants one.")
    registered_delivery: int = _setting(
        _whole(0, UINT8_MAX), 1, "registered_delivery: 1 asks for receipts, 0 does not."
    )
    validity: Validity = _setting(_choice(Validity), Validity.RELATIVE, "How the validity of a message is sent.")

    # Answers and receipts.
    id_in_response: IdReading = _setting(
        _choice(IdReading), IdReading.AS_IS, "How the carrier's message id in submit_sm_resp is to be read."
    )
    id_in_receipt: IdReading = _setting(
        _choice(IdReading), IdReading.AS_IS, "How the carrier's message id in receipts is to be read."
    )
    receipts_by_text: bool = _setting(
        _yes_or_no(), True, "Whether a text that is plainly a receipt counts as one although esm_class does not say so."
    )
    lacks: str = _setting(
        _lacking(), "", "What this carrier cannot do: messages that need it take another route, or none."
    )
    statuses: tuple[tuple[int, StatusMeaning], ...] = _setting(
        _meanings(), (), "What this carrier means by a command_status, where it differs from the usual."
    )

    def __post_init__(self) -> None:
        problems = [problem for row in fields(self) if (problem := _problem(row.name, row, getattr(self, row.name)))]
        if not problems and self.rebind_pause_s > self.rebind_pause_s_max:
            problems.append("rebind_pause_s must not be longer than rebind_pause_s_max.")
        if not problems and self.national_tables and self.gsm7_form is Gsm7Form.LATIN_1:
            problems.append("national_tables needs gsm7_form unpacked or packed: latin_1 carries no septets.")
        if problems:
            raise BadCarrierSettings(tuple(problems))

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> CarrierSettings:
        """Read settings from a mapping, such as parsed JSON; what is missing has its default.

        Raises BadCarrierSettings with everything that is wrong, unknown names included.
        """
        rows = {row.name: row for row in fields(cls)}
        problems: list[str] = []
        given: dict[str, Any] = {}
        for name, value in values.items():
            row = rows.get(name)
            if row is None:
                near = get_close_matches(name, rows, n=1)
                problems.append(f"{name} is no setting of a carrier" + (f"; is it {near[0]}?" if near else "."))
                continue
            problem = _problem(name, row, value)
            if problem:
                problems.append(problem)
            else:
                given[name] = row.metadata["kind"].read(value)
        if problems:
            raise BadCarrierSettings(tuple(problems))
        return cls(**given)

    @property
    def features(self) -> Needs:
        """What a message may need of this carrier: all but what it lacks; national tables only as named."""
        lacking: int = sum(NAMES[name.strip().upper()] for name in self.lacks.split(",") if name.strip())
        if not self.registered_delivery:
            lacking |= int(Feature.DELIVACK)
        languages = [LANGUAGES[word] for word in self.national_tables.split(",") if word]
        return ALL_FEATURES & ~lacking | table_needs(languages)

    def to_mapping(self) -> dict[str, object]:
        """The settings that differ from their defaults, in plain values: what `from_mapping` reads back."""
        changed: dict[str, object] = {}
        for row in fields(self):
            value = getattr(self, row.name)
            if value == row.default:
                continue
            if row.name == "statuses":
                changed[row.name] = {f"{status:#x}": str(meaning) for status, meaning in value}
            else:
                changed[row.name] = str(value) if isinstance(value, StrEnum) else value
        return changed


def features_of(settings: Mapping[str, object]) -> Needs:
    """What a carrier of these settings has; if they are refused, what is usual."""
    try:
        return CarrierSettings.from_mapping(settings).features
    except BadCarrierSettings:
        return ALL_FEATURES


def of_texts(texts: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """Read settings from the fields of a form: values, and problems by name. A box that is not ticked is not there."""
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for row in fields(CarrierSettings):
        text = texts.get(row.name, "").strip()
        try:
            values[row.name] = row.metadata["kind"].of_text(text)
        except ValueError:
            values[row.name] = text
        problem = _problem(row.name, row, values[row.name])
        if problem:
            problems[row.name] = problem
    if not problems:
        try:
            CarrierSettings.from_mapping(values)
        except BadCarrierSettings as error:
            problems = {problem.split()[0]: problem for problem in error.problems}
    return values, problems


def texts_of(values: Mapping[str, object]) -> dict[str, object]:
    """Settings as the fields of a form have them, defaults included; yes and no stay what they are."""
    try:
        settings = CarrierSettings.from_mapping(values)
    except BadCarrierSettings:
        settings = CarrierSettings()
    return {row.name: _text_of(row.name, getattr(settings, row.name)) for row in fields(settings)}


def _text_of(name: str, value: Any) -> object:
    if name == "statuses":
        return "\n".join(f"{status:#04x} {meaning}" for status, meaning in value)
    if isinstance(value, bool):
        return value
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def describe() -> list[Row]:
    """The table of a carrier's settings, in the order in which they are documented."""
    return [
        Row(
            row.name,
            row.metadata["kind"].name,
            row.metadata["unit"],
            row.default,
            row.metadata["sentence"],
            row.metadata["secret"],
        )
        for row in fields(CarrierSettings)
    ]


def _problem(name: str, row: Any, value: object) -> str:
    """A sentence about what is wrong with a value; empty if nothing is. Never repeats a secret."""
    try:
        row.metadata["kind"].read(value)
    except ValueError as error:
        shown = "" if row.metadata["secret"] else f", not {value!r}"
        return f"{name} must be {error}{shown}."
    return ""
