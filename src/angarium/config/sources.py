"""From file, environment and flags to checked values.

Sources, the later one wins: defaults, `angarium.toml`, environment (`ANGARIUM_...`), flags. The file is the first of
`--config`, `ANGARIUM_CONFIG`, `./angarium.toml`, `DATA_DIR/angarium.toml`. Relative paths in it start at its folder.

Everything that is wrong is found at once, each with its place, its name and its cure.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from angarium.config.kinds import Kind, Listen
from angarium.config.settings import PREFIX, Settings, flag, variable

FILE_NAME: Final = "angarium.toml"
FILE_OCTETS_MAX: Final = 1024 * 1024
CONFIG_VARIABLE: Final = PREFIX + "CONFIG"
CLIENT_VARIABLES: Final = frozenset(
    PREFIX + name for name in ("URL", "HTTPS_URL", "TOKEN", "OPERATOR_TOKEN", "API_ID", "HANDSETS_URL", "TRACEBACK")
)
"""What clients read (cli, demo.env): no settings, and no typing errors either."""
DEFAULT_SOURCE: Final = "default"


class SettingsError(Exception):
    """One or more settings cannot be used; each problem is a sentence that says where it is and what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
    for name in (
        "http_listen",
        "https_listen",
        "operator_listen",
        "console_listen",
        "sim_listen",
        "sim_handsets_listen",
    ):
        listen = getattr(settings, name)
        if listen is None:
            continue
        if listen.port and listen in listeners:
            yield f"{name} and {listeners[listen]} are both {listen}: give each its own port."
        listeners.setdefault(listen, name)
    parts: tuple[Callable[[], object], ...] = (
        lambda: settings.httpd,
        lambda: settings.callbacks_for(demo=False),
        lambda: settings.mail,
    )
    for part in parts:
        try:
            part()
        except ValueError as error:
            yield str(error)
