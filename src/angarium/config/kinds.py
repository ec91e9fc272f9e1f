"""The kinds of values that settings have, and how each is read."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

SECRET_CHARACTERS_MAX: Final = 500


class Listen(NamedTuple):
    """Where to listen; port 0 means any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Secret(str):
    """A text that is used and never shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'" if self else "''"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How one kind of value is read. `read` raises ValueError with the end of the sentence "NAME must be ..."."""

    name: str
    read: Callable[[object, Path], T]
    """From a TOML value, and the folder where relative paths start."""
    from_text: Callable[[str], object] = str
    """From an environment variable or flag to what TOML would have given."""


def path() -> Kind[Path]:
    """A path; relative ones start at the folder of the file that names them."""

    def read(value: object, folder: Path) -> Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("a path")
        try:
            return folder / Path(value).expanduser()
        except RuntimeError as error:  # ~ without a home
            raise ValueError("a path that does not begin with ~ (this user has no home folder)") from error

    return Kind("path", read)


def optional_path() -> Kind[Path | None]:
    """A path, or an empty text for none."""
    some = path()
    return Kind(some.name, lambda value, folder: None if value == "" else some.read(value, folder))


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


def listen() -> Kind[Listen]:
    """An address to listen on."""

    def read(value: object, _: Path) -> Listen:
        return read_listen(value if isinstance(value, str) else "")

    return Kind("host:port", read)


def optional_listen() -> Kind[Listen | None]:
    """An address to listen on, or an empty text for none."""
    some = listen()
    return Kind(some.name, lambda value, folder: None if value == "" else some.read(value, folder))


def text(pattern: str, meaning: str) -> Kind[str]:
    """A text of a certain form; `meaning` ends the sentence "It must be ..."."""

    def read(value: object, _: Path) -> str:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise ValueError(meaning)
        return value

    return Kind("text", read)


def secret() -> Kind[Secret]:
    """A text that is never shown; better given by the environment than in a file or a flag."""

    def read(value: object, _: Path) -> Secret:
        if not isinstance(value, str) or not value.isprintable() or len(value) > SECRET_CHARACTERS_MAX:
            raise ValueError(f"a text of up to {SECRET_CHARACTERS_MAX} printable characters, or empty")
        return Secret(value)

    return Kind("secret", read)


def choice(*words: str) -> Kind[str]:
    """One of several words."""

    def read(value: object, _: Path) -> str:
        if value not in words:
            raise ValueError("one of " + ", ".join(words))
        return str(value)

    return Kind(" | ".join(words), read)


def whole(low: int, high: int) -> Kind[int]:
    """A whole number within limits."""

    def read(value: object, _: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return Kind(f"{low} to {high}", read, lambda text: int(text) if re.fullmatch("-?[0-9]{1,18}", text) else text)


def seconds(low: float, high: float) -> Kind[float]:
    """A number of seconds within limits."""

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


def pauses(low: float, high: float) -> Kind[tuple[float, ...]]:
    """A list of numbers of seconds, each within limits."""
    one = seconds(low, high)

    def read(value: object, folder: Path) -> tuple[float, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError(f"a list of numbers of seconds from {low:g} to {high:g}")
        return tuple(one.read(each, folder) for each in value)

    return Kind(f"list of {one.name}", read, lambda text: [one.from_text(each) for each in text.split(",")])


def words(what: str, is_one: Callable[[str], object]) -> Kind[tuple[str, ...]]:
    """A list of words; `is_one` raises ValueError for what is none."""

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


def host_name(word: str) -> None:
    """Accept a host name or an address; raises ValueError for anything else."""
    if re.fullmatch(r"[A-Za-z0-9*]([A-Za-z0-9.-]*[A-Za-z0-9])?", word, re.ASCII) is None:
        ipaddress.ip_address(word)
