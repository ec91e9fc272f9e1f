"""Moments, cursors and pages."""

from __future__ import annotations

import pytest

from angarium.core.clocktime import NEVER
from angarium.flows.desk import Mistaken
from angarium.operator_api.values import Paged, certain_moment, cursor_of, cursor_to, key_of, moment, unix_ms

NOON = 1_790_000_000_123


def test_a_moment_survives_its_spelling() -> None:
    """To the millisecond; what never comes is no moment."""
    assert unix_ms(certain_moment(NOON)) == NOON
    assert moment(NOON) == certain_moment(NOON)
    assert (moment(None), moment(NEVER)) == (None, None)


def test_a_cursor_leads_to_the_key_it_was_made_of() -> None:
    """However large; none leads to the beginning."""
    assert [key_of(cursor_of(key)) for key in (0, 7, 2**59)] == [0, 7, 2**59]
    assert (key_of(None), cursor_to(None), cursor_to(7)) == (None, None, cursor_of(7))


@pytest.mark.parametrize("cursor", ["A", "nonsense", "____", "LTE", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    """With the field named, and the cure."""
    with pytest.raises(Mistaken) as refused:
        key_of(cursor)

    assert refused.value.field == "cursor"


def test_a_short_list_is_shown_page_by_page() -> None:
    """Each row once, in its order, and no cursor after the last."""
    rows = list(range(1, 8))
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = Paged(limit=3, cursor=cursor).page_of_all(rows, lambda row: row, key=lambda row: row)
        seen += page.data
        cursor = page.next
        if cursor is None:
            break

    assert seen == rows


def test_a_page_of_rows_read_with_one_more() -> None:
    """The one more says that there is another page, and is not shown."""
    asked = Paged(limit=2)
    pages = [asked.page(rows, str, key=lambda row: row) for rows in ([9, 8, 7], [9, 8])]

    assert asked.rows_max == 3
    assert [(page.data, page.next) for page in pages] == [(["9", "8"], cursor_of(8)), (["9", "8"], None)]
    assert Paged(cursor=pages[0].next).key == 8
