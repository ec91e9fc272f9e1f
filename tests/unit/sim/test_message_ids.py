"""The forms of ids: each is one that the kernel can match under some setting, or the trap would be unfair."""

from __future__ import annotations

import pytest

from angarium.sim.fates import DELIVERED
from angarium.sim.message_ids import named
from angarium.sim.switches import ID_FORMS, Plan
from angarium.smpp.message_ids import matching_readings

NUMBER = 1_795_361_400_123


@pytest.mark.parametrize("form", ID_FORMS)
def test_both_forms_name_the_same_message(form: str) -> None:
    """There is a setting of the carrier under which answer and receipt agree (delivery 3.2)."""
    in_answer, in_receipt = named(NUMBER, Plan(DELIVERED, id_form=form), usual=b"m%d" % NUMBER)

    assert matching_readings(in_answer, in_receipt)
    assert matching_readings(*named(NUMBER + 1, Plan(DELIVERED, id_form=form), usual=b"m1")) != []


def test_forms_differ_where_they_say_so() -> None:
    """The answer and the receipt are spelled differently, or the id is no 32-bit number."""
    spelled = {form: named(NUMBER, Plan(DELIVERED, id_form=form), usual=b"m1") for form in ID_FORMS}

    alike = {form for form, (in_answer, in_receipt) in spelled.items() if in_answer == in_receipt}
    assert alike == {"wide", "only-in-tlv", "only-in-text"}
    assert int(spelled["wide"][0]) > 1 << 32
    assert spelled["negative"][1].startswith(b"-")


def test_reused_ids_come_round() -> None:
    """So many ids and no more, each in its turn (delivery 3.5)."""
    plan = Plan(DELIVERED, ids_max=3)

    given = [named(number, plan, usual=b"m%d" % number)[0] for number in range(100, 106)]

    assert given == [b"m1", b"m2", b"m0"] * 2
