"""The audit log: every change of a person, by API or by command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.core.journal import moment

ENTRIES_SHOWN_MAX: Final = 50
FILTER_CHARACTERS_MAX: Final = 200


async def audit(visit: Visit) -> Response:
    """Newest first, perhaps of one author or one subject."""
    subject = visit.asked("subject").strip()[:FILTER_CHARACTERS_MAX]
    author = visit.asked("author").strip()[:FILTER_CHARACTERS_MAX]
    before = visit.asked("before")
    entries = await visit.parts.store.audit(
        before_id=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=ENTRIES_SHOWN_MAX + 1,
        subject=subject or None,
        author=author or None,
    )
    shown = entries[:ENTRIES_SHOWN_MAX]
    older = ""
    if len(entries) > len(shown):
        older = "/service/audit?" + urlencode({"subject": subject, "author": author, "before": shown[-1].entry_id})
    rows = [(entry, differences(entry.before, entry.after)) for entry in shown]
    return visit.show("service_audit.html", rows=rows, subject=subject, author=author, older=older, is_first=not before)


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Name, old and new value of each thing that a change has changed, as text; empty for none, never both."""
    names = dict.fromkeys([*(before or {}), *(after or {})])
    told = [(name, _told(name, (before or {}).get(name)), _told(name, (after or {}).get(name))) for name in names]
    return [each for each in told if each[1] or each[2]]


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
