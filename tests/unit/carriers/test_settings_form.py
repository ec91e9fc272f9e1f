"""A carrier's settings as a form has them, there and back."""

from __future__ import annotations

from angarium.carriers.settings import CarrierSettings, of_texts, texts_of


def typed(**changes: str) -> dict[str, str]:
    """What a browser sends of the form with these fields changed: a box that is not ticked is not sent."""
    shown = texts_of({"host": "smsc.example", "statuses": {"0x0b": "refused_recipient"}, "pace_per_s": 2.5})
    sent = {name: "1" if text is True else str(text) for name, text in shown.items() if text is not False}
    return {**sent, **changes}


def test_what_is_shown_is_read_back() -> None:
    """Numbers, boxes, tables, and what may be empty."""
    values, problems = of_texts(typed())

    assert problems == {}
    assert CarrierSettings.from_mapping(values).to_mapping() == {
        "host": "smsc.example",
        "statuses": {"0xb": "refused_recipient"},
        "pace_per_s": 2.5,
    }


def test_every_mistake_is_told_by_its_field() -> None:
    """All at once, and one that two settings make together."""
    _, problems = of_texts(typed(port="x", window="0", pace_per_s="nan", statuses="0x0b", password="far too long"))
    assert problems.keys() == {"port", "window", "pace_per_s", "statuses", "password"}
    assert "far too long" not in problems["password"]

    _, problems = of_texts(typed(rebind_pause_s="90"))
    assert problems.keys() == {"rebind_pause_s"}
    assert of_texts(typed(pace_per_s=""))[0]["pace_per_s"] is None
