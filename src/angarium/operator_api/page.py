"""The readable page: the document as one self-contained HTML page, without a script and without a look elsewhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

Json = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete")


def page(document: Json) -> bytes:
    """The page of an OpenAPI document."""
    by_tag: dict[str, list[tuple[str, str, Json]]] = {str(tag["name"]): [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                by_tag.setdefault(item[method]["tags"][0], []).append((path, method, item[method]))
    about = {str(tag["name"]): str(tag.get("description", "")) for tag in document["tags"]}
    title = f"{document['info']['title']} {document['info']['version']}: API"
    body = [
        f"<h1>{_text(title)}</h1>",
        '<p><a href="/openapi.json">OpenAPI document</a></p>',
        *_prose(document["info"]["description"]),
        "<nav><h2>Operations</h2>",
        *(_overview(tag, members) for tag, members in by_tag.items() if members),
        "</nav>",
    ]
    for tag, members in by_tag.items():
        if members:
            body += [f"<h2>{_text(tag)}</h2>", *_prose(about.get(tag, ""))]
            for path, method, said in members:
                body += _operation(path, method, said, document)
    body.append("<h2>Problems of /v1</h2>")
    body += _problems(document)
    body.append("<h2>Schemas</h2>")
    for name, schema in document["components"]["schemas"].items():
        body += _schema(name, schema)
    return _PAGE.format(title=_text(title), style=_STYLE, body="\n".join(body)).encode()


def _overview(tag: str, members: list[tuple[str, str, Json]]) -> str:
    items = "".join(
        f'<li><a href="#{_text(said["operationId"])}"><code>{method.upper()} {_text(path)}</code></a> '
        f"{_text(said['summary'])}</li>"
        for path, method, said in members
    )
    return f"<h3>{_text(tag)}</h3><ul>{items}</ul>"


def _operation(path: str, method: str, said: Json, document: Json) -> Iterator[str]:
    yield f'<section id="{_text(said["operationId"])}">'
    yield f"<h3><code>{method.upper()} {_text(path)}</code></h3>"
    yield f"<p><strong>{_text(said['summary'])}</strong></p>"
    yield from _prose(said.get("description", ""))
    parameters = [_resolved(each, document) for each in said.get("parameters", [])]
    if parameters:
        yield "<h4>Parameters</h4><dl>"
        for each in parameters:
            need = ", required" if each.get("required") else ""
            yield f"<dt><code>{_text(each['name'])}</code> <small>{each['in']}{need}</small></dt>"
            yield f"<dd>{_kind(each['schema'])}{_said(each.get('description', ''))}</dd>"
        yield "</dl>"
    if "requestBody" in said:
        yield "<h4>Body</h4><ul>"
        for media_type, content in said["requestBody"]["content"].items():
            yield f"<li><code>{_text(media_type)}</code>: {_kind(content.get('schema', {}))}</li>"
        yield "</ul>"
    yield "<h4>Answers</h4><dl>"
    for status, answer in said["responses"].items():
        answer = _resolved(answer, document)
        kinds = [
            f"<code>{_text(media_type)}</code>: {_kind(content.get('schema', {}))}"
            for media_type, content in answer.get("content", {}).items()
            if "problem" not in media_type
        ]
        yield f"<dt>{_text(status)}</dt><dd>{_inline(answer['description'])} {'; '.join(kinds)}</dd>"
    yield "</dl></section>"


def _problems(document: Json) -> Iterator[str]:
    """Each code once, with the anchor that a problem's `type` names."""
    said: dict[str, tuple[str, str]] = {}
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                found = re.match(r"`([a-z-]+)`: (.*)", str(answer.get("description", "")))
                if found is not None:
                    said[found[1]] = (status, found[2])
    yield "<dl>"
    for code, (status, text) in sorted(said.items(), key=lambda each: each[1][0]):
        yield f'<dt id="problem-{_text(code)}"><code>{_text(code)}</code> <small>{status}</small></dt>'
        yield f"<dd>{_inline(text)}</dd>"
    yield "</dl>"


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield f'<section id="schema-{_text(name)}"><h3>{_text(str(schema.get("title", name)))}</h3>'
    yield from _prose(schema.get("description", ""))
    if "properties" in schema:
        yield "<dl>"
        for member, kind in schema["properties"].items():
            need = " <small>required</small>" if member in schema.get("required", []) else ""
            yield f"<dt><code>{_text(member)}</code>{need}</dt>"
            yield f"<dd>{_kind(kind)}{_said(kind.get('description', ''))}</dd>"
        yield "</dl>"
    else:
        yield f"<p>{_kind(schema)}</p>"
    yield "</section>"


def _resolved(said: Json, document: Json) -> Json:
    reference = said.get("$ref")
    if reference is None:
        return said
    found: Any = document
    for step in str(reference).removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _kind(schema: Json) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#schema-{_text(name)}">{_text(name)}</a>'
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(_kind(each) for each in schema[word])
    if "const" in schema:
        return f"<code>{_text(str(schema['const']))}</code>"
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{_text(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    kind = schema.get("type", "anything")
    words = [_text(" or ".join(kind) if isinstance(kind, list) else str(kind))]
    words += [_text(str(schema[word])) for word in ("format",) if word in schema]
    words += [
        f"{label} {_text(str(schema[word]))}"
        for word, label in (
            ("minimum", "from"),
            ("maximum", "to"),
            ("minLength", "at least"),
            ("maxLength", "at most"),
            ("default", "default"),
        )
        if word in schema
    ]
    if "pattern" in schema:
        words.append(f"<code>{_text(schema['pattern'])}</code>")
    return ", ".join(words)


def _said(description: str) -> str:
    return f". {_inline(description)}" if description else ""


def _prose(text: str) -> Iterator[str]:
    """Paragraphs and lists; of Markdown nothing but `code` and lines that begin with a dash."""
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        if lines and all(line.startswith("- ") for line in lines):
            yield "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"
        elif lines:
            yield f"<p>{_inline(' '.join(lines))}</p>"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return escape(text, quote=True)


_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #8882; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
h1, h2, h3, h4 { line-height: 1.25; }
h2 { margin-top: 3rem; border-bottom: 2px solid var(--line); }
h3 { margin-top: 2rem; }
h4 { margin-bottom: .25rem; }
code { font: .9em ui-monospace, monospace; background: var(--quiet); padding: .1em .25em; border-radius: .2em; }
nav ul { padding-left: 1.25rem; }
dl { margin: .5rem 0; border-top: 1px solid var(--line); }
dt { padding-top: .4rem; }
dd { margin: 0; padding: 0 0 .4rem 1.25rem; border-bottom: 1px solid var(--line); }
:target { outline: 2px solid; outline-offset: .5rem; }
small { opacity: .75; }
"""
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""

STYLE_POLICY: Final = (
    b"default-src 'none'; style-src 'sha256-%b'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    % base64.b64encode(sha256(_STYLE.encode()).digest())
)
"""The page's Content-Security-Policy: its one style sheet, and nothing else from anywhere."""
