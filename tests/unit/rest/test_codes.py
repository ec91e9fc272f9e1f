"""The table of codes is whole, and agrees with the contract."""

from __future__ import annotations

import pytest

from angarium.core.refusals import Reason, Refusal
from angarium.core.states import TRANSITIONS, Cause, State
from angarium.core.status_codes import STATUS_CODES, status_code
from angarium.rest.codes import EXPLANATIONS, SPELLINGS, STATUS_DESCRIPTIONS, spelling

# rest-api 5, word for word.
PUBLISHED = """
001 | Authentication failed | 401
007 | IP lockdown violation | 401
100 | Data malformed | 400
101 | Invalid or missing parameter | 400
102 | Invalid user data header | 400
103 | Unknown API message ID | 404
104 | Unknown client message ID | 404
105 | Invalid Destination Address | 400
106 | Invalid source address | 400
107 | Empty message | 400
108 | Invalid or missing API ID | 400
109 | Missing message ID | 400
113 | Maximum message parts exceeded | 400
114 | Cannot route message | 410
116 | Invalid Unicode data | 400
120 | Invalid delivery time | 400
121 | Destination mobile number blocked | 410
122 | Destination mobile opted out | 410
128 | Number delisted | 410
130 | Maximum MT limit exceeded | 429
301 | No credit left | 402
901 | Internal error | 503
"""
ROWS = [tuple(line.split(" | ")) for line in PUBLISHED.strip().splitlines()]


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_has_its_code(reason: Reason) -> None:
    """No reason to say no is without a published code, and each is said as published (rest-api 5)."""
    said = SPELLINGS[reason]
    published = {code: (description, int(status)) for code, description, status in ROWS}

    assert said.code in published
    if reason not in {Reason.BODY_TOO_LARGE, Reason.KEY_REUSED}:
        assert (said.description, said.http_status) == published[said.code]


def test_every_published_code_is_explained() -> None:
    """Behind each link there is a page, with the published words and something to do (rest-api 5)."""
    assert [(code, page.description) for code, page in EXPLANATIONS.items()] == [row[:2] for row in ROWS]
    assert all(page.meaning and page.cure for page in EXPLANATIONS.values())


def test_a_parameter_is_named() -> None:
    """The description of 101 says what to correct."""
    assert spelling(Refusal(Reason.BAD_PARAMETER, "to")).description == "Invalid or missing parameter: to"
    assert spelling(Refusal(Reason.BODY_TOO_LARGE)) == (413, "101", "Invalid or missing parameter: body")


def test_a_parameter_does_not_change_other_words() -> None:
    """Only 101 names a parameter; the rest is said as published."""
    assert spelling(Refusal(Reason.BAD_SENDER, "from")).description == "Invalid source address"


def test_every_status_has_its_words() -> None:
    """Whatever state a message can come to, its number has a description."""
    reachable = {status_code(State.QUEUED, cause, due_at=due_at, now=0) for cause in Cause for due_at in (0, 1)}
    reachable |= {status_code(state, cause, due_at=0, now=0) for (_, cause), state in TRANSITIONS.items()}

    assert reachable <= set(STATUS_DESCRIPTIONS)
    assert set(STATUS_CODES) == set(STATUS_DESCRIPTIONS)
