"""The neutral shapes in JSON: lenient when reading, compact and in one order when writing (rest-api 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quote
from typing import Any, Final

import msgspec

from angarium.core.message import Refused, Result
from angarium.rest.charsets import UTF_8_MARK, to_utf_8
from angarium.rest.wire import DEPTH_MAX, Amount, Fields, Malformed, Members, Value, refused_members


class JsonForm:
    """Reads and writes JSON. Answers are ASCII, so that no client can read them in a wrong charset."""

    content_type: bytes = b"application/json"

    def read(self, body: bytes, *, charset: str) -> Fields:
        if charset:
            body = to_utf_8(body, charset)
        body = body.removeprefix(UTF_8_MARK)
        try:
            fields = _decode(body)
        except (ValueError, RecursionError) as error:
            raise Malformed(str(error)) from None
        if type(fields) is not dict:
            raise Malformed("the body is not an object")
        # With so few brackets no body is deep: counting them spares the usual one a closer look.
        if body.count(b"[") + body.count(b"{") > DEPTH_MAX and _is_deep(fields):
            raise Malformed(f"the body nests deeper than {DEPTH_MAX}")
        return fields

    def write_data(self, members: Members) -> bytes:
        return b'{"data":%b}' % _spell(members).encode("ascii")

    def write_error(self, members: Members) -> bytes:
        return b'{"error":%b}' % _spell(members).encode("ascii")

    def write_messages(self, results: Sequence[Result], public_ids: Sequence[str], base: str) -> bytes:
        entries = ",".join(
            [
                _spell(refused_members(result, base))
                if type(result) is Refused
                else f'{{"accepted":true,"to":"{result[0]}","apiMessageId":"{public_id}"}}'
                for result, public_id in zip(results, public_ids, strict=True)
            ]
        )
        return f'{{"data":{{"message":[{entries}]}}}}'.encode("ascii")


_decode: Final = msgspec.json.Decoder().decode


def _is_deep(body: Any) -> bool:
    """Whether a body nests beyond the limit; the body itself is the first level."""
    level = [body]
    for _ in range(DEPTH_MAX):
        inner: list[Any] = []
        for container in level:
            inner += container.values() if type(container) is dict else container
        level = [value for value in inner if type(value) is list or type(value) is dict]
    return bool(level)


def _spell(members: Members) -> str:
    return "{" + ",".join([f'"{name}":{_spell_value(value)}' for name, value in members]) + "}"


def _spell_value(value: Value | Members) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Amount):
        return str(value)
    return _spell(value)
