"""From whatever went wrong to one sentence and an exit code."""

from __future__ import annotations

import errno
import re
from typing import Final, NamedTuple

import typer

from angarium.config import SettingsError
from angarium.core.credit import BadAmount
from angarium.flows.desk import Mistaken
from angarium.httpd import CertificateError, ListenError
from angarium.ports.payments import NoProvider
from angarium.ports.store import AlreadyExists, NotFound, StoreUnavailable

DONE: Final = 0
FAILED: Final = 1
MISTAKE: Final = 2
TROUBLE: Final = 3
INTERRUPTED: Final = 130


class CommandFailed(Exception):
    """What was asked could not be done; the message says why and what to do."""

    exit_code: int = FAILED
    kind: str = "failed"


class CommandMistaken(CommandFailed):
    """The command itself is wrong; the message says how it is written."""

    exit_code = MISTAKE
    kind = "usage"


class NetworkTrouble(CommandFailed):
    """The server could not be reached, or what answers there is none of ours."""

    exit_code = TROUBLE
    kind = "network"


class Failure(NamedTuple):
    """What to tell: sentences, and the exit code."""

    kind: str
    sentences: tuple[str, ...]
    exit_code: int


def explain(error: Exception) -> Failure:
    """Say what an exception means to whoever typed the command. Every exception has an answer."""
    if isinstance(error, SettingsError):
        return Failure("settings", error.problems, MISTAKE)
    if isinstance(error, CommandFailed):
        return Failure(error.kind, (str(error),), error.exit_code)
    if isinstance(error, typer.TyperException):
        return Failure("usage", (_of_usage(error),), MISTAKE)
    if isinstance(error, Mistaken):
        return Failure("usage", (str(error),), MISTAKE)
    if isinstance(error, AlreadyExists | NotFound | BadAmount):
        return Failure("failed", (_sentence(error),), FAILED)
    if isinstance(error, StoreUnavailable):
        return Failure("store", (_sentence(error),), TROUBLE)
    if isinstance(error, ListenError | CertificateError | NoProvider):
        return Failure("system", (_sentence(error),), TROUBLE)
    if isinstance(error, OSError):
        return Failure("system", (_of_system(error),), TROUBLE)
    return Failure(
        "internal",
        (_UNEXPECTED.format(f"{type(error).__name__}: {error}"),),
        FAILED,
    )


def _of_usage(error: typer.TyperException) -> str:
    """What the option parser says, and where the command is explained."""
    # A group called without a command has shown its help already, and says nothing more.
    text = error.format_message().strip() or "Say what to do"
    text = text if text.endswith("?") else text.rstrip(".") + "."
    context = getattr(error, "ctx", None)
    return text if context is None else f"{text} See `{context.command_path} --help`."


_UNEXPECTED: Final = (
    "Angarium met something it does not know how to handle ({}). "
    "Please report it; with ANGARIUM_TRACEBACK=1 it shows where."
)


def _sentence(error: Exception) -> str:
    # KeyError and its kin put quotes around what they say.
    text = str(error.args[0]) if error.args else (type(error).__doc__ or type(error).__name__)
    if re.match("[a-z]+ ", text):
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def _of_system(error: OSError) -> str:
    """One sentence with a cure for each trouble a machine commonly makes."""
    address = re.search(r"\('([^']*)', (\d+)", str(error))
    if error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES} and address is not None:
        where = f"{address[1]}:{address[2]}"
        if error.errno == errno.EADDRINUSE:
            return (
                f"Cannot listen on {where}: another program does already. Stop it, or listen elsewhere with "
                "--http-listen and --https-listen (port 0 takes any free one)."
            )
        why = "this address is not one of this machine" if error.errno == errno.EADDRNOTAVAIL else "not permitted"
        return f"Cannot listen on {where}: {why}. Choose another address and a port above 1023."
    what = f"{error.filename}: " if error.filename is not None else ""
    why = error.strerror or str(error) or type(error).__name__
    cure = _CURES.get(error.errno or 0, "")
    return f"{what}{why}.{cure}"


_CURES: Final = {
    errno.EACCES: " Give this user the right to it, or choose another place with --data-dir.",
    errno.EPERM: " Give this user the right to it, or choose another place with --data-dir.",
    errno.EROFS: " Choose a place that can be written with --data-dir.",
    errno.ENOTDIR: " A folder is needed there: choose another place with --data-dir.",
    errno.EEXIST: " A folder is needed there: choose another place with --data-dir.",
    errno.ENOENT: " Check the path.",
    errno.ENOSPC: " Free some disk space and try again: nothing was half-written.",
    errno.EDQUOT: " Free some of this user's disk space and try again: nothing was half-written.",
    errno.EMFILE: " Raise the limit of open files (ulimit -n).",
    errno.ECONNREFUSED: " Is the server running? `angarium run` starts one.",
}
