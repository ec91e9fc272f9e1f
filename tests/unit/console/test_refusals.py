"""Refusals in the words of pages."""

from __future__ import annotations

import pytest

from angarium.console.refusals import said
from angarium.core.refusals import Reason, Refusal


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_says_what_is_wrong_and_what_to_do(reason: Reason) -> None:
    """No page shows a code, or an empty word."""
    words = said(Refusal(reason))

    assert words.label
    assert words.cure.endswith(".")
    assert "_" not in words.label


def test_a_limit_says_when_there_is_room_again() -> None:
    """Where that is known."""
    assert said(Refusal(Reason.LIMIT_REACHED, retry_after_s=90)).cure == "There is room again in 90 s."
