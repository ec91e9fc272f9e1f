"""The time line of a message in words."""

from __future__ import annotations

from angarium.console import carrier_words, telling
from angarium.console.words import excerpt
from angarium.core.states import Cause
from angarium.flows import timeline
from angarium.flows.timeline import Step
from angarium.ports.timeline import EventKind

AT = 1_790_000_000_000


def one(kind: str, *, segments: int = 1, with_carriers: bool = False, **detail: str | int) -> telling.Told:
    """One step, told."""
    (told,) = telling.tell([Step(AT, kind, detail)], segments=segments, with_carriers=with_carriers)
    return told


def test_every_kind_of_step_has_its_sentence() -> None:
    """What is new in the time line is new to the page: this fails until somebody finds the words."""
    kinds = {*map(str, EventKind), *map(str, timeline._ORDER)}

    assert [kind for kind in kinds if one(kind).sentence == f"{kind.capitalize()}."] == []


def test_what_a_carrier_says_is_translated() -> None:
    """Its answer and its receipt; its own word stands beside."""
    busy = one("busy", status="0x00000058")
    refused = one("response", answer="rejected", status="0x0000000b", waited_ms=40)
    receipt = one("receipt", cause="receipt_undeliverable", stat="UNDELIV", error="027")

    assert busy.sentence == "The carrier is busy: it was sent too much at once. It keeps its place and is tried again."
    assert refused.sentence == "The carrier refused it: it does not accept this number."
    assert refused.more == ("answered after 40 ms", "its answer: ESME_RINVDSTADR")
    assert (receipt.tone, receipt.more) == ("bad", ("its word: UNDELIV, error 027",))
    assert carrier_words.answer("0x00000411") == "the carrier alone knows what that means"
    assert carrier_words.name("0x00000411") == "0x00000411"
    assert carrier_words.meaning("ESME_RTHROTTLED") == "it was sent too much at once"
    assert carrier_words.meaning("0x411") == ""
    assert carrier_words.stat("WHATEVER") == ""


def test_a_receipt_that_changes_nothing_is_not_shown_as_an_end() -> None:
    """An intermediate word is plain, whatever it says."""
    told = one("receipt", effect="intermediate", stat="ENROUTE")

    assert (told.tone, told.sentence) == ("plain", "The carrier says: it is on its way.")


def test_parts_are_told_only_where_there_are_several() -> None:
    """And a copy of one is called so."""
    assert one("submitted", segment=0).sentence == "Sent to the carrier."
    assert one("submitted", segments=3, segment=1).sentence == "Part 2 of 3: Sent to the carrier."
    assert one("submitted", segments=3, segment=1, copy=1).sentence.startswith("Part 2 of 3, sent again: ")


def test_who_carries_is_told_to_operators_alone() -> None:
    """A customer does not learn which carriers there are."""
    mine = one("submitted", carrier="acme", link="acme/1", sequence_number=7)
    theirs = one("submitted", with_carriers=True, carrier="acme", link="acme/1", sequence_number=7)

    assert mine.more == ()
    assert theirs.more == ("carrier acme, link acme/1, sequence number 7",)


def test_a_change_of_carrier_says_why_and_to_operators_which() -> None:
    """A customer learns that it happened."""
    detail: dict[str, str | int] = {"from": "acme", "to": "spare", "why": "slow", "rate_before": 800_000}
    step = Step(AT, "re-routed", detail)
    (theirs,) = telling.tell([step], segments=1, with_carriers=False)
    (ours,) = telling.tell([step._replace(detail={**detail, "why": "operator"})], segments=1, with_carriers=True)

    assert theirs.sentence == "Given to another carrier: the one before was down, held or slow."
    assert theirs.more == ()
    assert ours.sentence == "Given to another carrier: an operator wanted it so."
    assert ours.more == ("from acme to spare",)


def test_a_callback_is_told_with_its_answer_and_what_comes_next() -> None:
    """A failure says why, the last one that it was the last."""
    failed = one("callback", status="004", attempt=1, http_status=0, elapsed_ms=9, error="refused", next_at=AT + 1)
    last = one("callback", status="004", attempt=9, http_status=500, elapsed_ms=9, outcome="exhausted")

    assert failed.sentence == "Callback with status 004 (delivered), try 1: no answer."
    assert failed.more == ("refused", "took 9 ms")
    assert failed.later_at == ("Next try at", AT + 1)
    assert (last.tone, "dead letter" in last.more[-1]) == ("bad", True)


def test_every_end_that_a_message_has_is_known() -> None:
    """By the cause in its row."""
    for cause in Cause:
        assert one("refused", cause=cause.name.lower()).sentence


def test_an_excerpt_is_one_line() -> None:
    """However a stranger has spaced it."""
    assert excerpt("one\n  two " + "x" * 100, 12) == "one two xxx…"
