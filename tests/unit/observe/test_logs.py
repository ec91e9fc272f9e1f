"""What a log line shows, and what it never shows."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from angarium.observe.logs import HIDDEN, NUMBER_KEYS, SECRET_KEYS, Log, mask_number, setup_logging


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def logged(log_event: str = "thing.happened", *, mask_numbers: bool = True, **keys: Any) -> dict[str, Any]:
    """Log one event as JSON and read it back."""
    file = io.StringIO()
    setup_logging("debug", "json", mask_numbers=mask_numbers, file=file).info(log_event, **keys)
    [line] = file.getvalue().splitlines()
    return dict(json.loads(line))


def test_a_line_is_one_json_object_with_event_level_and_utc_time() -> None:
    """A machine can read every line by itself."""
    line = logged(carrier="demo", segments=3)

    assert (line["event"], line["level"], line["carrier"], line["segments"]) == ("thing.happened", "info", "demo", 3)
    assert line["timestamp"].endswith("Z")
    assert list(line)[:3] == ["timestamp", "level", "event"]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_lines_below_the_level_are_not_written(level: str, expected: list[str]) -> None:
    """The level is the least severe line that is kept."""
    file = io.StringIO()
    log = setup_logging(level, "json", file=file)

    for write in (log.debug, log.info, log.warning, log.error):
        write("thing.happened")

    assert [json.loads(line)["level"] for line in file.getvalue().splitlines()] == expected


@pytest.mark.parametrize(("level", "form"), [("loud", "json"), ("info", "xml")])
def test_an_unknown_level_or_form_is_refused_in_a_sentence(level: str, form: str) -> None:
    """The sentence names what there is to choose from."""
    with pytest.raises(ValueError, match="must be one of"):
        setup_logging(level, form)


@pytest.mark.parametrize(
    ("form", "file", "is_json"),
    [
        ("auto", io.StringIO(), True),
        ("auto", Terminal(), False),
        ("console", io.StringIO(), False),
        ("json", Terminal(), True),
    ],
)
def test_the_form_follows_the_stream_unless_it_is_chosen(form: str, file: io.StringIO, is_json: bool) -> None:
    """A person at a terminal gets a console line, anything else gets JSON."""
    setup_logging("info", form, file=file).info("thing.happened", carrier="demo")

    assert file.getvalue().startswith("{") is is_json
    assert "thing.happened" in file.getvalue()


@pytest.mark.parametrize("key", sorted(SECRET_KEYS))
def test_texts_and_secrets_are_never_shown(key: str) -> None:
    """Whatever is logged under such a key, also deep inside, is hidden, also when numbers are not."""
    line = logged(mask_numbers=False, **{key: "Hello"}, inside={"deep": [{key: b"Hello"}]})

    assert line[key] == HIDDEN
    assert "Hello" not in json.dumps(line)


@pytest.mark.parametrize("key", sorted(NUMBER_KEYS))
@pytest.mark.parametrize("value", [27990000001, "27990000001", b"27990000001", ["27990000001"], {"a": 1}])
def test_a_number_under_its_key_is_masked_in_any_form(key: str, value: Any) -> None:
    """The first digits tell the network, the last ones tell the person."""
    assert "0001" not in json.dumps(logged(**{key: value}))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("27990000001 was refused", "2799000**** was refused"),
        ("+27990000001", "+2799000****"),
        ("to=27990000001,27990000002", "to=2799000****,2799000****"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("0x00007f3be9a33e20", "0x00007f3be9a33e20"),
        ("took 123456 ms", "took 123456 ms"),
        ("http://127.0.0.1:38473", "http://127.0.0.1:38473"),
        ("0.123456789", "0.123456789"),
    ],
)
def test_a_number_within_words_is_masked_and_other_digits_are_not(value: str, shown: str) -> None:
    """Error sentences name numbers; ids, addresses and times stay readable."""
    assert logged(error=value)["error"] == shown


def test_ids_and_counts_are_shown_whole() -> None:
    """What finds a message again is not a person's number."""
    line = logged(message_id=219902325555200, carrier_message_id="1234567890", waited_ms=12345678, ok=True, none=None)

    assert (line["message_id"], line["carrier_message_id"]) == (219902325555200, "1234567890")
    assert (line["waited_ms"], line["ok"], line["none"]) == (12345678, True, None)


def test_numbers_are_shown_when_the_operator_says_so() -> None:
    """Masking is a setting."""
    line = logged(mask_numbers=False, recipient=27990000001, error="27990000001 was refused")

    assert (line["recipient"], line["error"]) == (27990000001, "27990000001 was refused")


@pytest.mark.parametrize(
    ("number", "shown"),
    [("27990000001", "2799000****"), ("12345", "1****"), ("1234", "****"), ("12", "**"), ("", "")],
)
def test_the_last_four_digits_are_hidden(number: str, shown: str) -> None:
    """A short number is hidden whole."""
    assert mask_number(number) == shown


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_logged_with_its_traceback_but_not_with_local_values(form: str) -> None:
    """Local variables hold texts; the words of the exception are masked like any other."""
    file = io.StringIO()
    log: Log = setup_logging("info", form, file=file)
    hello = "a text of somebody"

    def fail() -> None:
        raise ValueError("27990000001 is too long for " + str(len(hello)))

    with pytest.raises(ValueError, match="too long") as caught:
        fail()
    log.error("request.failed", exc_info=caught.value)

    shown = file.getvalue()
    assert "Traceback" in shown
    assert "2799000**** is too long" in shown
    assert hello not in shown


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    """A full disk or a closed pipe under the log is no reason to lose a message."""

    class Full(io.StringIO):
        def write(self, line: str) -> int:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    log = setup_logging("info", "json", file=closed)
    closed.close()

    log.info("thing.happened")
    setup_logging("info", "json", file=Full()).info("thing.happened")
