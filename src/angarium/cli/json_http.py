"""One kept-alive HTTP connection that speaks JSON, and words for everything that can go wrong with it."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

from angarium.cli.failures import CommandMistaken, NetworkTrouble

TIMEOUT_S: Final = 30.0
ANSWER_OCTETS_MAX: Final = 16 * 1024 * 1024


class AnswerLost(NetworkTrouble):
    """The request was written, and no answer came that can be read: the server may or may not have taken it."""


class JsonAnswer(NamedTuple):
    """What the server said."""

    status: int
    content: Mapping[str, Any]
    headers: http.client.HTTPMessage


class JsonHttp:
    """Not for several threads. Connects when first used, and again when the server has closed."""

    def __init__(self, url: str, *, ca_file: Path | None = None, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError as error:
            raise CommandMistaken(f"The URL {url!r} has no valid port.") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CommandMistaken(f"{url!r} is not the URL of a server: it looks like http://127.0.0.1:8080.")
        self._where = f"{parts.scheme}://{parts.netloc}"
        self._base = parts.path.rstrip("/")
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = _tls_context(ca_file)
            self._connection = http.client.HTTPSConnection(parts.hostname, port, timeout=timeout_s, context=context)
        else:
            self._connection = http.client.HTTPConnection(parts.hostname, port, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, headers: Mapping[str, str]
    ) -> JsonAnswer:
        """One request. Raises NetworkTrouble when it was not sent, AnswerLost when nobody knows what became of it."""
        octets = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
        if self._connection.sock is None:
            self._connect()
        try:
            self._connection.request(method, self._base + path, octets, dict(headers))
            response = self._connection.getresponse()
            text = response.read(ANSWER_OCTETS_MAX + 1)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise AnswerLost(
                f"{self._where} closed the connection or fell silent before it answered ({_words(error)})."
            ) from error
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise AnswerLost(
                f"{self._where} answered {response.status} with something that is not ours: is it an Angarium server?"
            )
        return JsonAnswer(response.status, content, response.headers)

    def _connect(self) -> None:
        try:
            self._connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise NetworkTrouble(
                f"{self._where} shows a certificate that is not trusted here ({error.verify_message}): "
                "name its file with --ca-file."
            ) from error
        except (OSError, UnicodeError) as error:
            raise NetworkTrouble(
                f"{self._where} cannot be reached ({_words(error)}): is the server running there?"
            ) from error


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except ssl.SSLError as error:
        raise CommandMistaken(f"--ca-file {ca_file} holds no certificate (PEM).") from error


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
