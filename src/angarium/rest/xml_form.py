"""The neutral shapes in XML, elements only (rest-api 2.1, 2.2).

Read with expat, whose callbacks build nothing: what is deep, unknown or long costs no memory. A DOCTYPE is refused
where it begins, so that no entity can be declared, expanded or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn
from xml.parsers import expat

from angarium.core.message import Refused, Result
from angarium.rest.charsets import known_charset, to_utf_8
from angarium.rest.wire import DEPTH_MAX, Amount, Fields, Malformed, Members, Value, refused_members


class XmlForm:
    """Reads and writes XML. Answers are UTF-8; a character that XML has no way to write becomes U+FFFD."""

    content_type: bytes = b"application/xml"

    def read(self, body: bytes, *, charset: str) -> Fields:
        if body.count(b"<") > MARKUP_MAX:
            raise Malformed(f"the body holds more than {MARKUP_MAX} tags")
        # Once the charset is known the body is UTF-8, whatever its own declaration says (RFC 7303, 3.2).
        return _parse(to_utf_8(body, charset), "utf-8") if charset else _parse(body, None)

    def write_data(self, members: Members) -> bytes:
        return _respond("<data>" + _spell(members) + "</data>")

    def write_error(self, members: Members) -> bytes:
        return _respond("<error>" + _spell(members) + "</error>")

    def write_messages(self, results: Sequence[Result], public_ids: Sequence[str], base: str) -> bytes:
        entries = "".join(
            [
                f"<message>{_spell(refused_members(result, base))}</message>"
                if type(result) is Refused
                else f"<message><accepted>1</accepted><to>{result[0]}</to>"
                f"<apiMessageId>{public_id}</apiMessageId></message>"
                for result, public_id in zip(results, public_ids, strict=True)
            ]
        )
        return _respond("<data>" + entries + "</data>")


_ROOT: Final = "request"
_ENVELOPE: Final = "data"
_PARAMETER_DEPTH: Final = 3
"""request, data, parameter: what is below a parameter is ignored like anything unknown."""
MARKUP_MAX: Final = 10_000
"""How many tags, comments and the like a body may hold: ten times what the longest list of recipients needs."""


def _parse(body: bytes, encoding: str | None) -> Fields:
    """The parameters in a body, where `encoding` overrules what the body says of itself.

    A parameter that is repeated counts as last given, but `to` is a list.
    """
    fields: Fields = {}
    depth = 0
    inside = False
    pieces: list[str] = []
    outer = ""

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, inside, outer
        depth += 1
        if depth == _PARAMETER_DEPTH:
            pieces.clear()
        elif depth == _PARAMETER_DEPTH - 1:
            inside = _local(name) == _ENVELOPE
        elif depth == _PARAMETER_DEPTH + 1:
            outer = "".join(pieces)
        elif depth > DEPTH_MAX:
            raise Malformed(f"the body nests deeper than {DEPTH_MAX}")
        elif depth == 1 and _local(name) != _ROOT:
            raise Malformed(f"the root element is not <{_ROOT}>")

    def end(name: str) -> None:
        nonlocal depth
        if depth == _PARAMETER_DEPTH:
            if inside:
                name = _local(name)
                if name == "to":
                    fields.setdefault("to", []).append("".join(pieces))
                else:
                    fields[name] = "".join(pieces)
        elif depth == _PARAMETER_DEPTH + 1:
            pieces[:] = (outer,)
        depth -= 1

    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = pieces.append
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.ExternalEntityRefHandler = _refuse_doctype
    if encoding is None:
        parser.XmlDeclHandler = _check_encoding
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Malformed(str(error)) from None
    return fields


def _local(name: str) -> str:
    """The name without its prefix: some tool kits give everything a namespace."""
    return name.rpartition(":")[2] if ":" in name else name


def _refuse_doctype(*_arguments: Any) -> NoReturn:
    raise Malformed("a DOCTYPE is not allowed")


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    # Expat would ask Python for any other encoding by the name that the body gives.
    if encoding is not None and not known_charset(encoding):
        raise Malformed(f"the encoding {encoding[:40]!r} is not read here")


def _respond(content: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><response>{content}</response>'.encode()


def _spell(members: Members) -> str:
    return "".join([f"<{name}>{_spell_value(value)}</{name}>" for name, value in members])


def _spell_value(value: Value | Members) -> str:
    if isinstance(value, str):
        return value if value.isascii() and value.isalnum() else _escape(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Amount):
        return str(value)
    return _spell(value)


_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (its section 2.2)."""


def _escape(text: str) -> str:
    text = _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    # A bare carriage return would be read back as a line feed.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
