"""Reads the pages of this folder: Markdown whose examples run.

A page is a title and, under each `##` heading, one example: prose, and fenced blocks in the order in which things
happen. ```http blocks come in pairs, a request and the answer to expect; a ```world block says what happens meanwhile.

In an answer, `…` stands for any text within a value, and `⟨name⟩` for a message id that is remembered: the next time,
also in a request, it is the same. Lines of an expected body are joined, so that long ones can be broken. Headers of an
answer that are not shown are not compared. A request gets its Host and Content-Length by itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from angarium.core.clocktime import SECOND_MS
from angarium.core.states import Cause, State
from tests.wire.world import World

FOLDER = Path(__file__).parent
_BLOCK = re.compile(r"^```(http|world)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"⟨(\w+)⟩")
_HIDDEN = re.compile(r"…|⟨(\w+)⟩")
_STEP_BECOMES = re.compile(r"⟨(\w+)⟩ becomes (\w+) because (\w+)")
_STEP_TIME = re.compile(r"(\d+) s pass")


@dataclass(frozen=True, slots=True)
class Example:
    """One heading of one page, with its blocks."""

    page: str
    title: str
    blocks: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.page}: {self.title}"


def examples() -> list[Example]:
    """Every example of every page, in order."""
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, content = section.partition("\n")
            found.append(Example(path.stem, title.strip(), tuple(_BLOCK.findall(content))))
    return found


async def run(example: Example, world: World) -> None:
    """Play an example through; a difference is an AssertionError."""
    names: dict[str, str] = {}
    blocks = iter(example.blocks)
    for kind, content in blocks:
        if kind == "world":
            for step in content.splitlines():
                await _step(step, names, world)
            continue
        answer = await world.ask(_request(_NAME.sub(lambda match: names[match[1]], content)))
        _, expected = next(blocks)
        _compare(answer.decode(), expected, names)


async def _step(step: str, names: dict[str, str], world: World) -> None:
    if becomes := _STEP_BECOMES.fullmatch(step):
        message_id = world.public_ids.read(names[becomes[1]])
        assert message_id is not None
        await world.become(message_id, State[becomes[2].upper()], Cause[becomes[3].upper()])
    elif time := _STEP_TIME.fullmatch(step):
        world.clock.now_at += int(time[1]) * SECOND_MS
    elif step == "the disk is full":
        world.store.is_full = True
    else:
        raise AssertionError(f"no such step: {step}")


def _request(text: str) -> bytes:
    head, _, body = text.rstrip("\n").partition("\n\n")
    lines = head.splitlines()
    octets = body.encode()
    names = {line.partition(":")[0].lower() for line in lines[1:]}
    if "host" not in names and lines[0].endswith("1.1"):
        lines.append("Host: angarium.example")
    if octets and "content-length" not in names:
        lines.append(f"Content-Length: {len(octets)}")
    return "\r\n".join([*lines, "", ""]).encode() + octets


def _compare(answer: str, expected: str, names: dict[str, str]) -> None:
    head, _, body = answer.partition("\r\n\r\n")
    status_line, *headers = head.split("\r\n")
    expected_head, _, expected_body = expected.strip("\n").partition("\n\n")
    expected_status_line, *expected_headers = expected_head.splitlines()
    if not expected_body.startswith("<!DOCTYPE"):
        expected_body = "".join(line.strip() for line in expected_body.splitlines())
    match = _pattern(expected_body, names).fullmatch(body.rstrip("\n"))
    shown = f"\n\nexpected\n{expected}\ngot\n{answer}"
    assert status_line == expected_status_line, shown
    assert set(expected_headers) <= set(headers), shown
    assert match is not None, shown
    names.update({name: value for name, value in match.groupdict().items() if value is not None})
    _check_every_answer(headers, body)


def _pattern(text: str, names: dict[str, str]) -> re.Pattern[str]:
    pattern = ""
    at = 0
    fresh: set[str] = set()
    for hidden in _HIDDEN.finditer(text):
        pattern += re.escape(text[at : hidden.start()])
        at = hidden.end()
        name = hidden[1]
        if name is None:
            pattern += '[^"<]*'
        elif name in names:
            pattern += names[name]
        elif name in fresh:
            pattern += f"(?P={name})"
        else:
            fresh.add(name)
            pattern += f"(?P<{name}>[0-9a-f]{{32}})"
    return re.compile(pattern + re.escape(text[at:]), re.DOTALL)


def _check_every_answer(headers: list[str], body: str) -> None:
    """What holds for all answers (rest-api 1.8, 2.1); one to HEAD has no body to look at."""
    if not body:
        return
    assert f"Content-Length: {len(body.encode())}" in headers
    assert not any(header.startswith("Transfer-Encoding") for header in headers)
    if "Content-Type: application/json" in headers:
        value = json.loads(body)
        assert len(value) == 1
        assert set(value) <= {"data", "error"}
        assert json.dumps(value, separators=(",", ":")) == body
        assert '"error":null' not in body
    elif "Content-Type: application/xml" in headers:
        assert body.startswith('<?xml version="1.0" encoding="UTF-8"?><response>')
        assert all(not element.attrib for element in ET.fromstring(body).iter())
