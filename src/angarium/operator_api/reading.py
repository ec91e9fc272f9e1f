"""From path, query and body to an operation's own Structs; whatever is wrong is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec

from angarium.httpd import Request
from angarium.operator_api.operations import Operation
from angarium.operator_api.problems import Code, Trouble

T = TypeVar("T")

QUERY_FIELDS_MAX: Final = 50
_WHERE: Final = re.compile(r"^(.*?)(?: - at `(?:key in )?(.*)`)?$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"contains unknown field `(.*)`", re.DOTALL)
_MISSING: Final = re.compile(r"missing required field `(.*)`", re.DOTALL)


def parameters_of(operation: Operation[Any, Any, Any], places: Mapping[str, str], query: bytes) -> Any:
    """The parameters of a call. Raises Trouble: unknown for a place, invalid for what the query says."""
    given: dict[str, str] = {}
    for name, value in _query(query):
        if name in given:
            raise Trouble(Code.INVALID, f"the parameter {name} is given more than once", field=name)
        if name in places or name not in operation.parameters.__struct_fields__:
            raise Trouble(Code.INVALID, f"there is no parameter {name} here", field=name)
        given[name] = value
    try:
        return msgspec.convert({**given, **places}, type=operation.parameters, strict=False)
    except msgspec.ValidationError as error:
        detail, field = explained(error)
        if field in places:
            raise Trouble(
                Code.UNKNOWN, f"nothing has {places[field]!r} as its {field}: {detail}", field=field
            ) from error
        raise Trouble(Code.INVALID, detail, field=field) from error


def _query(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=QUERY_FIELDS_MAX
        )
    except ValueError as error:  # not ASCII, not UTF-8, or too many
        raise Trouble(Code.INVALID, "the query is not percent-encoded UTF-8, or has too many parameters") from error


def body_of(operation: Operation[Any, Any, Any], request: Request) -> Any:
    """The body of a call. Raises Trouble: media type, malformed, or invalid."""
    if not operation.has_body:
        return operation.body()
    media_type = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise Trouble(Code.MEDIA_TYPE, f"the Content-Type is {media_type.decode('latin-1')!r}, not 'application/json'")
    try:
        return msgspec.json.decode(request.body, type=operation.body)
    except msgspec.ValidationError as error:
        detail, field = explained(error)
        raise Trouble(Code.INVALID, detail, field=field) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise Trouble(Code.MALFORMED, f"the body is not JSON: {why}") from error


def explained(error: msgspec.ValidationError) -> tuple[str, str]:
    """A sentence, and the field it is about (empty for the whole body)."""
    found = _WHERE.match(str(error))
    assert found is not None, "the pattern takes anything"
    text, place = found[1], (found[2] or "").removeprefix("$").removeprefix(".")
    for pattern in (_UNKNOWN, _MISSING):
        named = pattern.search(text)
        if named is not None:
            place = f"{place}.{named[1]}" if place else named[1]
    return text.replace("`", ""), place
