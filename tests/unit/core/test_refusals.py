"""A refusal says why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from angarium.core.refusals import Reason, Refusal


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_cure(reason: Reason) -> None:
    """The value is a sentence that tells the customer what to do."""
    assert reason.value[0].isupper()
    assert reason.value.endswith(".")
    assert len(reason.value.split()) >= 2


def test_no_two_reasons_share_a_cure() -> None:
    """Equal values would make one reason a mere alias of the other, and its code would be lost."""
    assert len(Reason.__members__) == len(list(Reason))


def test_refusals_are_equal_by_what_they_say() -> None:
    """Reason and parameter are all there is to a refusal, so a set of results finds those that are alike."""
    assert Refusal(Reason.BAD_PARAMETER, "to") == Refusal(Reason.BAD_PARAMETER, "to")
    assert Refusal(Reason.BAD_PARAMETER, "to") != Refusal(Reason.BAD_PARAMETER, "text")
    assert len({Refusal(Reason.NO_CREDIT), Refusal(Reason.NO_CREDIT), Refusal(Reason.NO_ROUTE)}) == 2
    assert Refusal(Reason.NO_CREDIT).parameter == ""


def test_a_refusal_passes_through_a_context() -> None:
    """It can be raised within any block and arrives as itself."""

    @contextmanager
    def block() -> Iterator[None]:
        yield

    with pytest.raises(Refusal) as raised, block():
        raise Refusal(Reason.NO_CREDIT)

    assert raised.value == Refusal(Reason.NO_CREDIT)


def test_a_refusal_tells_its_reason_in_a_trace() -> None:
    """Whoever meets one where none was expected can read what it is."""
    assert "NO_CREDIT" in repr(Refusal(Reason.NO_CREDIT))
    assert "to" in repr(Refusal(Reason.BAD_PARAMETER, "to"))
