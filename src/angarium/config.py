"""The settings table, and the one way from file, environment and flags to checked values.

Sources, the later one wins: defaults, `angarium.toml`, environment (`ANGARIUM_...`), flags. The file is the first of
`--config`, `ANGARIUM_CONFIG`, `./angarium.toml`, `DATA_DIR/angarium.toml`. Relative paths in it start at its folder.

Everything that is wrong is found at once, each with its place, its name and its cure.
"""

# ruff: noqa: RUF009 - `_setting` is a dataclass field with its row of the table

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

from angarium.callbacks.settings import CallbackSettings
from angarium.core.clocktime import SECOND_MS
from angarium.core.message import RECEIPT_MARGIN_MS
from angarium.core.retry import SUBMIT_RETRIES, RetrySchedule
from angarium.httpd.settings import HttpdSettings

T = TypeVar("T")

FILE_NAME: Final = "angarium.toml"
FILE_OCTETS_MAX: Final = 1024 * 1024
PREFIX: Final = "ANGARIUM_"
CONFIG_VARIABLE: Final = PREFIX + "CONFIG"
CLIENT_VARIABLES: Final = frozenset(
    PREFIX + name for name in ("URL", "HTTPS_URL", "TOKEN", "API_ID", "HANDSETS_URL", "TRACEBACK")
)
"""What clients read (cli, demo.env): no settings, and no typing errors either."""

SHORT_FLAGS: Final = {"sim_listen": "--listen", "sim_handsets_listen": "--control"}
"""What `angarium sim` calls its two, since it has no others."""

DEFAULT_SOURCE: Final = "default"
LOOPBACK_NETWORKS: Final = ("127.0.0.0/8", "::1/128")


class SettingsError(Exception):
    """One or more settings cannot be used; each problem is a sentence that says where it is and what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# --- kinds of values -------------------------------------------------------------------------------------------------


class Listen(NamedTuple):
    """Where to listen; port 0 means any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How one kind of value is read. `read` raises ValueError with the end of the sentence "NAME must be ..."."""

    name: str
    read: Callable[[object, Path], T]
    """From a TOML value, and the folder where relative paths start."""
    from_text: Callable[[str], object] = str
    """From an environment variable or flag to what TOML would have given."""


def _path() -> Kind[Path]:
    def read(value: object, folder: Path) -> Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("a path")
        try:
            return folder / Path(value).expanduser()
        except RuntimeError as error:  # ~ without a home
            raise ValueError("a path that does not begin with ~ (this user has no home folder)") from error

    return Kind("path", read)


def _optional_path() -> Kind[Path | None]:
    path = _path()
    return Kind(path.name, lambda value, folder: None if value == "" else path.read(value, folder))


def read_listen(text: str) -> Listen:
    """Read `host:port` or `[IPv6]:port`; ValueError ends the sentence "It must be ..."."""
    cure = "host:port, such as 127.0.0.1:8080 or [::1]:8080 (port 0 takes any free one; 0.0.0.0 is every IPv4 address)"
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})", text, re.ASCII)
    if found is None or int(found[3]) > 65535:
        raise ValueError(cure)
    if found[1] is not None:
        try:
            ipaddress.IPv6Address(found[1])
        except ValueError as error:
            raise ValueError(cure) from error
    return Listen(found[1] or found[2], int(found[3]))


def _listen() -> Kind[Listen]:
    def read(value: object, _: Path) -> Listen:
        return read_listen(value if isinstance(value, str) else "")

    return Kind("host:port", read)


def _text(pattern: str, meaning: str) -> Kind[str]:
    def read(value: object, _: Path) -> str:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise ValueError(meaning)
        return value

    return Kind("text", read)


def _choice(*words: str) -> Kind[str]:
    def read(value: object, _: Path) -> str:
        if value not in words:
            raise ValueError("one of " + ", ".join(words))
        return str(value)

    return Kind(" | ".join(words), read)


def _whole(low: int, high: int) -> Kind[int]:
    def read(value: object, _: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return Kind(f"{low} to {high}", read, lambda text: int(text) if re.fullmatch("-?[0-9]{1,18}", text) else text)


def _seconds(low: float, high: float) -> Kind[float]:
    def read(value: object, _: Path) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a number of seconds from {low:g} to {high:g}")
        return float(value)

    def from_text(text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text

    return Kind(f"{low:g} to {high:g}", read, from_text)


def _pauses(low: float, high: float) -> Kind[tuple[float, ...]]:
    one = _seconds(low, high)

    def read(value: object, folder: Path) -> tuple[float, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError(f"a list of numbers of seconds from {low:g} to {high:g}")
        return tuple(one.read(each, folder) for each in value)

    return Kind(f"list of {one.name}", read, lambda text: [one.from_text(each) for each in text.split(",")])


def _words(what: str, is_one: Callable[[str], object]) -> Kind[tuple[str, ...]]:
    def read(value: object, _: Path) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ValueError(f"a list of {what}")
        for word in value:
            try:
                is_one(word)
            except ValueError as error:
                raise ValueError(f"a list of {what}; {word!r} is none") from error
        return tuple(value)

    return Kind(f"list of {what}", read, lambda text: [word.strip() for word in text.split(",") if word.strip()])


def _host_name(word: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9*]([A-Za-z0-9.-]*[A-Za-z0-9])?", word, re.ASCII) is None:
        ipaddress.ip_address(word)


# --- the table -------------------------------------------------------------------------------------------------------


def _setting(kind: Kind[T], default: T, sentence: str, *, unit: str = "", demo: T | None = None) -> T:
    """One row of the table. `demo` is the default under `--demo`, where it differs."""
    return field(default=default, metadata={"kind": kind, "sentence": sentence, "unit": unit, "demo": demo})


_HTTPD: Final = HttpdSettings()
_CALLBACKS: Final = CallbackSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that an operator may set. The fields are the settings table; parts get theirs from the methods below."""

    data_dir: Path = _setting(
        _path(), Path("var"), "Folder of the store, the self-signed certificate and demo.env.", demo=Path("var/demo")
    )
    http_listen: Listen = _setting(_listen(), Listen("127.0.0.1", 8080), "Where the API is served over plain HTTP.")
    https_listen: Listen = _setting(_listen(), Listen("127.0.0.1", 8443), "Where the API is served over HTTPS.")
    tls_certificate: Path | None = _setting(
        _optional_path(), None, "Certificate chain (PEM) for HTTPS; without one a self-signed one is made."
    )
    tls_key: Path | None = _setting(_optional_path(), None, "Private key (PEM) of tls_certificate.")
    tls_names: tuple[str, ...] = _setting(
        _words("host names or addresses", _host_name),
        ("localhost", "127.0.0.1", "::1"),
        "Names in the self-signed certificate.",
    )
    documentation_base: str = _setting(
        _text(r"(https?://[^\s\"<>]{1,200}[^\s\"<>/])?", "an http or https URL without a slash at its end, or empty"),
        "",
        "Where error codes are explained (BASE in BASE/105.htm); empty means this server.",
    )

    log_level: str = _setting(
        _choice("debug", "info", "warning", "error"), "info", "The least severe lines that are logged."
    )
    log_format: str = _setting(
        _choice("auto", "console", "json"),
        "auto",
        "How log lines look; auto means console at a terminal and JSON elsewhere.",
    )
    log_numbers: str = _setting(_choice("mask", "full"), "mask", "Whether phone numbers in logs are masked.")

    http_body_octets_max: int = _setting(
        _whole(1024, 64 * 1024 * 1024),
        _HTTPD.body_octets_max,
        "Longest body of a request; longer is answered 413.",
        unit="octets",
    )
    http_header_octets_max: int = _setting(
        _whole(1024, 1024 * 1024),
        _HTTPD.header_octets_max,
        "Longest header block of a request; longer is answered 431.",
        unit="octets",
    )
    http_header_timeout_s: float = _setting(
        _seconds(0.1, 3600),
        _HTTPD.header_timeout_s,
        "How long a client may take for its request's header block.",
        unit="s",
    )
    http_body_timeout_s: float = _setting(
        _seconds(0.1, 3600),
        _HTTPD.body_timeout_s,
        "How long a client may take for its request's body; steady progress extends it.",
        unit="s",
    )
    http_idle_timeout_s: float = _setting(
        _seconds(0.1, 86_400),
        _HTTPD.idle_timeout_s,
        "How long an HTTP connection may stay silent between two requests.",
        unit="s",
    )
    http_connections_max: int = _setting(
        _whole(1, 1_000_000),
        _HTTPD.connections_max,
        "HTTP connections open at once on each listener; more are answered 503.",
    )

    callback_deadline_s: float = _setting(
        _seconds(0.1, 600),
        _CALLBACKS.deadline_s,
        "How long a customer's endpoint may take to answer a callback.",
        unit="s",
    )
    callback_connections_max: int = _setting(
        _whole(1, 10_000), _CALLBACKS.connections_max, "Connections to one customer's endpoint at once."
    )
    callback_networks_allowed: tuple[str, ...] = _setting(
        _words("networks such as 10.1.0.0/16", ipaddress.ip_network),
        (),
        "Networks that callbacks may reach although they are not public.",
    )
    callback_ca_file: Path | None = _setting(
        _optional_path(), None, "Certificates (PEM) to trust for callbacks instead of the system's."
    )

    store_waiting_max: int = _setting(
        _whole(100, 1_000_000), 10_000, "Pieces of work that may wait for the next commit; more are refused with 503."
    )
    store_busy_max_s: float = _setting(
        _seconds(0.1, 600),
        10.0,
        "How long another process may keep the store to itself before work is refused.",
        unit="s",
    )
    claim_lease_s: float = _setting(
        _seconds(1, 3600),
        120.0,
        "How long a claimed message may be on its way to a carrier before it counts as in doubt.",
        unit="s",
    )
    submit_retry_pauses_s: tuple[float, ...] = _setting(
        _pauses(0.001, 86_400),
        tuple(pause_ms / SECOND_MS for pause_ms in SUBMIT_RETRIES.pauses_ms),
        "Pauses before a message is tried again after a carrier's temporary error; the last one recurs.",
        unit="s",
    )
    receipt_margin_s: float = _setting(
        _seconds(0, 604_800),
        RECEIPT_MARGIN_MS / SECOND_MS,
        "How long after its validity a message waits for a missing receipt before it ends as unknown.",
        unit="s",
    )
    drain_timeout_s: float = _setting(
        _seconds(0, 3600), 15.0, "How long a stop waits for answers that carriers and customers still owe.", unit="s"
    )

    sim_listen: Listen = _setting(
        _listen(),
        Listen("127.0.0.1", 2775),
        "Where the simulated carrier takes SMPP binds.",
        demo=Listen("127.0.0.1", 0),
    )
    sim_handsets_listen: Listen = _setting(
        _listen(),
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
    def submit_retries(self) -> RetrySchedule:
        """When a message is tried again after a carrier's temporary error."""
        pauses_ms = tuple(round(pause_s * SECOND_MS) for pause_s in self.submit_retry_pauses_s)
        return RetrySchedule(pauses_ms, repeat_last=True)

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
    if isinstance(value, Listen | Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def show(value: object) -> str:
    """A setting's value as people read it."""
    if value is None:
        return ""
    if isinstance(value, tuple) and not isinstance(value, Listen):
        return ", ".join(map(show, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- from sources to settings ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for each where its value came from."""

    settings: Settings
    sources: Mapping[str, str]
    file: Path | None
    warnings: tuple[str, ...]


class _Given(NamedTuple):
    """One value as some source gave it: `where` begins a sentence about it."""

    name: str
    value: object
    source: str
    where: str
    folder: Path


def load(
    *,
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    config: Path | None = None,
    demo: bool = False,
) -> Loaded:
    """Read all sources; raise SettingsError with every problem there is.

    `flags` holds what was given on the command line as text, by the setting's name; None means not given.
    """
    problems: list[str] = []
    rows = {row.name: row for row in fields(Settings)}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, row in rows.items():
        assert row.default is not MISSING, "every setting has a default"
        use_demo = demo and row.metadata["demo"] is not None
        values[name] = row.metadata["demo"] if use_demo else row.default
        sources[name] = "default (demo)" if use_demo else DEFAULT_SOURCE

    outside = [*_from_environment(rows, environ), *_from_flags(rows, flags)]
    file = _find_file(config, environ, data_dir=_data_dir(outside, default=values["data_dir"]), problems=problems)
    from_file = [] if file is None else list(_from_file(file, rows, problems))
    for given in [*from_file, *outside]:
        kind: Kind[Any] = rows[given.name].metadata["kind"]
        try:
            values[given.name] = kind.read(given.value, given.folder)
        except ValueError as error:
            problems.append(f"{given.where} must be {error}, not {_short(given.value)}.")
        sources[given.name] = given.source

    settings = Settings(**values)
    problems.extend(_cross_checks(settings))
    if problems:
        raise SettingsError(tuple(problems))
    return Loaded(settings, sources, file, tuple(_near_misses(environ, rows)))


def _from_environment(rows: Mapping[str, Field[Any]], environ: Mapping[str, str]) -> Iterator[_Given]:
    for name, row in rows.items():
        key = variable(name)
        if environ.get(key):  # an empty variable counts as none, as compose files like to pass them
            value = row.metadata["kind"].from_text(environ[key])
            yield _Given(name, value, "environment", f"Environment: {key}", Path())


def _from_flags(rows: Mapping[str, Field[Any]], flags: Mapping[str, str | None]) -> Iterator[_Given]:
    for name, text in flags.items():
        if text is not None:
            yield _Given(name, rows[name].metadata["kind"].from_text(text), "flag", flag(name), Path())


def _data_dir(outside: list[_Given], *, default: Path) -> Path:
    """The data directory as far as it is known before the file is read."""
    given = [
        one.value for one in outside if one.name == "data_dir" and isinstance(one.value, str) and "\0" not in one.value
    ]
    return Path(given[-1]) if given else default


def _find_file(config: Path | None, environ: Mapping[str, str], *, data_dir: Path, problems: list[str]) -> Path | None:
    named = [(config, "--config")] if config is not None else []
    if not named and environ.get(CONFIG_VARIABLE):
        named = [(Path(environ[CONFIG_VARIABLE]), CONFIG_VARIABLE)]
    for path, where in named:
        if _is_file(path):
            return path
        problems.append(f"{where} names {path}, which is not a file that can be read: correct the path.")
        return None
    return next((path for path in (Path(FILE_NAME), data_dir / FILE_NAME) if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no right to look, or no path at all
        return False


def _from_file(path: Path, rows: Mapping[str, Field[Any]], problems: list[str]) -> Iterator[_Given]:
    octets = b""
    try:
        with path.open("rb") as stream:
            octets = stream.read(FILE_OCTETS_MAX + 1)
        if len(octets) > FILE_OCTETS_MAX:
            problems.append(f"{path} is larger than {FILE_OCTETS_MAX} octets: it can hardly be a settings file.")
            return
        text = octets.decode()
        content = tomllib.loads(text)
    except OSError as error:
        problems.append(f"{path} cannot be read ({error.strerror or error}): give this user the right to read it.")
        return
    except UnicodeDecodeError as error:
        problems.append(
            f"{path}, line {_line_at(octets, error.start)}: this is not UTF-8 text: save the file as UTF-8."
        )
        return
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else _without_stop(str(error))
        problems.append(f'{path} is not valid TOML: {why}. Settings look like: http_listen = "127.0.0.1:8080"')
        return
    for name, value in content.items():
        where = f"{path}{_line_of(text, name)}: {name[:60]}"
        if name in rows:
            yield _Given(name, value, str(path), where, path.parent)
        else:
            problems.append(f"{where} is not a setting{_meant(name, rows)}")


def _line_at(octets: bytes, offset: int) -> int:
    return octets.count(b"\n", 0, offset) + 1


def _line_of(text: str, name: str) -> str:
    """`, line 3` for the line that sets a name; tomllib does not keep it. Empty when it stands nowhere plainly."""
    found = re.search(rf"^[ \t]*\[?[ \t]*([\"']?){re.escape(name)}\1[ \t]*[=.\]]", text, re.MULTILINE)
    return "" if found is None else f", line {text.count(chr(10), 0, found.start()) + 1}"


def _without_stop(sentence: str) -> str:
    return sentence.rstrip(".")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _meant(name: str, rows: Mapping[str, Field[Any]]) -> str:
    close = get_close_matches(name[:60], rows, n=1)
    return f"; did you mean {close[0]}?" if close else "; `angarium config table` lists them all."


def _near_misses(environ: Mapping[str, str], rows: Mapping[str, Field[Any]]) -> Iterator[str]:
    """Variables that look like mistyped settings. A guess, so a warning: orchestrators add names of their own."""
    known = {variable(name) for name in rows} | CLIENT_VARIABLES | {CONFIG_VARIABLE}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.85)
            if close:
                yield f"Environment: {name} is not a setting and is ignored; did you mean {close[0]}?"


def _cross_checks(settings: Settings) -> Iterator[str]:
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        missing = "tls_key" if settings.tls_key is None else "tls_certificate"
        yield f"tls_certificate and tls_key belong together: set {missing} too, or neither."
    for name in ("tls_certificate", "tls_key", "callback_ca_file"):
        path = getattr(settings, name)
        if path is not None and not _is_file(path):
            yield f"{name} names {path}, which is not a file that can be read: correct the path."
    listeners: dict[Listen, str] = {}
    for name in ("http_listen", "https_listen", "sim_listen", "sim_handsets_listen"):
        listen = getattr(settings, name)
        if listen.port and listen in listeners:
            yield f"{name} and {listeners[listen]} are both {listen}: give each its own port."
        listeners.setdefault(listen, name)
    parts: tuple[Callable[[], object], ...] = (lambda: settings.httpd, lambda: settings.callbacks_for(demo=False))
    for part in parts:
        try:
            part()
        except ValueError as error:
            yield str(error)
