"""Log lines: one event with its keys a line, as JSON or for a person at a console.

An event is a dotted name in the past tense (`link.changed`), its facts are keys. Nothing is set up globally: whoever
logs is given the `Log`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, Protocol, TextIO, cast

import structlog

LEVELS: Final[Mapping[str, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
FORMATS: Final = ("auto", "console", "json")
HIDDEN_DIGITS: Final = 4
"""How many digits at the end of a phone number are not shown."""
HIDDEN: Final = "[hidden]"

SECRET_KEYS: Final = frozenset(
    {
        "answer",
        "authorization",
        "body",
        "content",
        "message_payload",
        "password",
        "payload",
        "secret",
        "short_message",
        "text",
        "token",
        "user_data",
    }
)
"""Keys whose value is never shown: the text of messages, and what opens doors."""
NUMBER_KEYS: Final = frozenset({"destination_addr", "handset", "msisdn", "recipient", "sender", "source_addr", "to"})
"""Keys whose value is a phone number also when it is an integer or short."""

_Event = MutableMapping[str, Any]


class Log(Protocol):
    """Where events are logged. Writing never raises."""

    def debug(self, event: str, **keys: object) -> object:
        """Log what only a developer wants to know."""
        ...

    def info(self, event: str, **keys: object) -> object:
        """Log the ordinary course of things."""
        ...

    def warning(self, event: str, **keys: object) -> object:
        """Log what somebody should look at some day."""
        ...

    def error(self, event: str, **keys: object) -> object:
        """Log what somebody should look at now."""
        ...


def setup_logging(
    level: str = "info", form: str = "auto", *, mask_numbers: bool = True, file: TextIO | None = None
) -> Log:
    """Return the log of this process. `form` is one of FORMATS: auto is console at a terminal and JSON elsewhere.

    Lines go to `file`, standard error by default. Raises `ValueError` for an unknown level or form.
    """
    if level not in LEVELS:
        raise ValueError(f"The log level must be one of {', '.join(LEVELS)}, not {level!r}.")
    if form not in FORMATS:
        raise ValueError(f"The log format must be one of {', '.join(FORMATS)}, not {form!r}.")
    stream = sys.stderr if file is None else file
    is_console = form == "console" or (form == "auto" and stream.isatty())
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _Discretion(mask_numbers=mask_numbers),
    ]
    if is_console:
        # The pretty traceback would show local variables, and with them the text of messages.
        plain = structlog.dev.plain_traceback
        processors.append(structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain))
    else:
        processors.append(structlog.processors.JSONRenderer(ensure_ascii=False))
    logger = structlog.wrap_logger(
        _Lines(stream),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=True,
    )
    return cast(Log, logger.bind())


def mask_number(number: str) -> str:
    """A phone number with its last digits hidden: `27990000001` becomes `2799000****`; short ones are hidden whole."""
    keep = max(0, len(number) - HIDDEN_DIGITS)
    return number[:keep] + "*" * (len(number) - keep)


class _Lines:
    """Writes lines. A log that cannot be written (disk full, pipe closed) must not stop the work it speaks of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def _write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream has been closed
            return

    debug = info = warning = error = _write


class _Discretion:
    """Hides what a log may not show: texts and secrets by their key, phone numbers wherever they stand."""

    def __init__(self, *, mask_numbers: bool) -> None:
        self._mask_numbers = mask_numbers

    def __call__(self, _logger: object, _method: str, event: _Event) -> _Event:
        shown = {key: event[key] for key in _FIRST if key in event}
        shown.update((key, self._shown(key, value)) for key, value in event.items() if key not in shown)
        return shown

    def _shown(self, key: str, value: object) -> object:
        if key in SECRET_KEYS:
            return HIDDEN
        if isinstance(value, Mapping):
            return {str(inner): self._shown(str(inner), each) for inner, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._shown(key, each) for each in value]
        if isinstance(value, bytes):
            value = value.decode("ascii", "backslashreplace")
        if not self._mask_numbers or isinstance(value, bool | float) or value is None:
            return value
        if key in NUMBER_KEYS and isinstance(value, int | str):
            return _DIGITS.sub(lambda found: mask_number(found[0]), str(value))
        if isinstance(value, int) or key.endswith("_id"):
            return value
        return _NUMBER.sub(lambda found: mask_number(found[0]), value if isinstance(value, str) else str(value))


_FIRST: Final = ("timestamp", "level", "event")
"""What every line begins with, and what is shown as it is."""
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z.])\+?[0-9]{7,15}(?![0-9A-Za-z])")
_DIGITS: Final = re.compile(r"[0-9]{3,}")
