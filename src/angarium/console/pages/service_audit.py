"""The audit log: every change of a person, by API or by command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Visit, read_key
from angarium.core.journal import moment

ENTRIES_SHOWN_MAX: Final = 50
FILTER_CHARACTERS_MAX: Final = 200
WITH_PUBLIC_IDS: Final[Mapping[str, str]] = {"message": "/service/messages", "inbound": "/service/inbound"}
"""What has ids that are shown to customers, and where it has its page."""


async def audit(visit: Visit) -> Response:
    """Newest first, perhaps of one author or one subject."""
    subject = visit.asked("subject").strip()[:FILTER_CHARACTERS_MAX]
    author = visit.asked("author").strip()[:FILTER_CHARACTERS_MAX]
    before = visit.asked("before")
    entries = [
        entry
        for each in _subjects(visit, subject)
        for entry in await visit.parts.store.audit(
            before_id=read_key(before),
            limit=ENTRIES_SHOWN_MAX + 1,
            subject=each,
            author=author or None,
        )
    ]
    entries.sort(key=lambda entry: -entry.entry_id)
    shown = entries[:ENTRIES_SHOWN_MAX]
    older = ""
    if len(entries) > len(shown):
        older = "/service/audit?" + urlencode({"subject": subject, "author": author, "before": shown[-1].entry_id})
    names = _Names(visit)
    rows = [
        (entry, names.subject(entry.subject), differences(entry.before, entry.after, names=names.of)) for entry in shown
    ]
    return visit.show("service_audit.html", rows=rows, subject=subject, author=author, older=older, is_first=not before)


class Subject(NamedTuple):
    """What a change is about, for people."""

    name: str
    """What it is called; empty when it is gone, or has no name."""
    path: str
    """Its page; empty when it has none."""


class _Names:
    """What is called how at this moment: the log keeps numbers, because names change."""

    def __init__(self, visit: Visit) -> None:
        directory = visit.parts.tables.directory
        accounts = {each.account_id: each.name for each in directory.accounts.values()}
        self._visit = visit
        self._names: dict[str, dict[int, str]] = {
            "account": accounts,
            "carrier": {row.carrier_id: row.name for row in visit.parts.tables.carriers},
            "connection": {
                each.connection_id: f"{accounts.get(each.account_id, '')}/{each.name}"
                for each in directory.connections.values()
            },
        }

    def of(self, name: str, value: Any) -> str:
        """What the number in a detail stands for, such as `carrier_id`; empty when it is no such number."""
        kind = next((kind for kind in self._names if name.endswith(f"{kind}_id")), "")
        return self._names[kind].get(value, "") if kind and isinstance(value, int) else ""

    def subject(self, subject: str) -> Subject:
        """A subject by its name, with the page where it is."""
        kind, _, key = subject.partition("/")
        if kind in WITH_PUBLIC_IDS and key:
            public_id = self._visit.parts.public_ids.show(int(key)) if key.isdecimal() and len(key) < 19 else key
            return Subject(public_id if key.isdecimal() else "", f"{WITH_PUBLIC_IDS[kind]}/{public_id}")
        if not key.isdecimal():
            return Subject("", "")
        name = self._names.get(kind, {}).get(int(key), "")
        return Subject(name, f"/service/{kind}s/{key}" if name and kind in {"account", "carrier"} else "")


def _subjects(visit: Visit, subject: str) -> list[str | None]:
    """What to look for: a message is in the log under its public id, or under its number."""
    kind, _, key = subject.partition("/")
    message_id = visit.parts.public_ids.read(key) if kind in WITH_PUBLIC_IDS else None
    return [subject or None] if message_id is None else [subject, f"{kind}/{message_id}"]


def differences(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    names: Callable[[str, Any], str] = lambda _name, _value: "",
) -> list[tuple[str, str, str]]:
    """Name, old and new value of each thing that a change has changed, as text; empty for none, never both.

    `names` gives what the number of a detail stands for.
    """

    def told(name: str, values: Mapping[str, Any] | None) -> str:
        value = (values or {}).get(name)
        called = names(name, value)
        return f"{_told(name, value)} ({called})" if called else _told(name, value)

    found = [(name, told(name, before), told(name, after)) for name in dict.fromkeys([*(before or {}), *(after or {})])]
    return [each for each in found if each[1] or each[2]]


def _told(name: str, value: Any) -> str:
    if name.endswith("_at") and isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return moment(value)
    return _said(value)


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_said(each)}" for name, each in value.items() if each is not None)
    return str(value)


PAGES: Final = (Page("/service/audit", audit, Needs.OPERATOR),)
