"""A client of the SMS REST API, for the commands that act as a customer's program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from angarium.cli.failures import CommandFailed, CommandMistaken
from angarium.cli.json_http import JsonHttp

RETRY_AFTER_S_MAX: Final = 60.0
RETRY_AFTER_S_DEFAULT: Final = 1.0


class Answer(NamedTuple):
    """What the server said."""

    status: int
    content: Mapping[str, Any]
    retry_after_s: float

    def data(self) -> Any:
        """The `data` member, or CommandFailed with what the server said instead."""
        if "data" in self.content:
            return self.content["data"]
        raise CommandFailed(self.refusal())

    def refusal(self) -> str:
        """The error of the whole call as a sentence."""
        error = self.content.get("error")
        if not isinstance(error, dict):
            return f"The server answered {self.status} without saying why."
        return f"The server refused: {error.get('description')} (code {error.get('code')}, HTTP {self.status})."


class RestClient(JsonHttp):
    """The operations of rest-api 2, in JSON."""

    def __init__(self, url: str, token: str, *, ca_file: Path | None = None) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise CommandMistaken("The token holds characters that no token has.")
        super().__init__(url, ca_file=ca_file)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "X-Version": "1",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def send(self, body: Mapping[str, Any], *, headers: Mapping[str, str]) -> Answer:
        """Send messages. AnswerLost when it is not known whether the server took them."""
        return self._ask("POST", "/rest/message", body, headers)

    def status(self, message_id: str) -> Answer:
        """The status of one message."""
        return self._ask("GET", f"/rest/message/{quote(message_id, safe='')}")

    def status_by_client_id(self, client_message_id: str) -> Answer:
        """The status of the newest message with this client message id."""
        return self._ask("GET", f"/rest/message?clientMessageId={quote(client_message_id, safe='')}")

    def stop(self, message_id: str) -> Answer:
        """Stop one message, if it has not left yet."""
        return self._ask("DELETE", f"/rest/message/{quote(message_id, safe='')}")

    def coverage(self, number: str) -> Answer:
        """Whether a number can be reached, and for how much."""
        return self._ask("GET", f"/rest/coverage/{quote(number, safe='')}")

    def balance(self) -> Answer:
        """The account's free credit."""
        return self._ask("GET", "/rest/account/balance")

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = self.call(method, path, body, headers={**self._headers, **(headers or {})})
        after = answer.headers.get("Retry-After", "")
        wait_s = float(after) if after.isascii() and after.isdigit() else RETRY_AFTER_S_DEFAULT
        return Answer(answer.status, answer.content, min(wait_s, RETRY_AFTER_S_MAX))
