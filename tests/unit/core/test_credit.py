"""Money is whole millionths: read exactly, written downwards, never a float."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.core.credit import CREDIT, CREDITS_MAX, BadAmount, Balance, as_number, format_credits, parse_credits

amounts = st.integers(-CREDITS_MAX, CREDITS_MAX)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("-0", 0),
        ("1", 1_000_000),
        ("0.8", 800_000),
        (".8", 800_000),
        ("5.", 5_000_000),
        ("+0.000001", 1),
        ("-0.000001", -1),
        (" 41.25 ", 41_250_000),
        ("0.10000000000000000000000000000000000000", 100_000),
        ("000000000000000000000000000000000000012", 12_000_000),
        ("1000000000000", CREDITS_MAX),
        ("-1000000000000.000000", -CREDITS_MAX),
        ("0.1", 100_000),
        ("0.3", 300_000),
        ("999999999999.999999", CREDITS_MAX - 1),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: int) -> None:
    """What is written is what is meant, to the millionth (delivery 4.6)."""
    assert parse_credits(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "-",
        "+.",
        "one",
        "0,8",
        "1 000",
        "1_000",
        "0x10",
        "--1",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e3",
        "1e999999",
        "1e-999999",
        "1e99999999999999999999",
        "٣",
        "１",
        "0.0000001",
        "0.80000000000000000000000000000000001",
        "1000000000000.000001",
        "-1000000000001",
        "9" * 5_000,
        "0." + "9" * 5_000,
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Anything else is refused with one exception and a sentence, whatever its size: nothing is rounded."""
    with pytest.raises(BadAmount, match="amount of credits"):
        parse_credits(text)


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 2, "0.00"),
        (41_250_000, 2, "41.25"),
        (41_259_999, 2, "41.25"),
        (999_999, 0, "0"),
        (800_000, 6, "0.800000"),
        (5_000, 2, "0.00"),
        (1, 6, "0.000001"),
        (-1, 6, "-0.000001"),
        (-1, 2, "-0.01"),
        (-1_500_000, 0, "-2"),
        (-41_250_000, 2, "-41.25"),
        (CREDITS_MAX, 2, "1000000000000.00"),
    ],
)
def test_an_amount_is_written_downwards(amount: int, decimals: int, text: str) -> None:
    """A balance never shows more than there is, and a debt never less."""
    assert format_credits(amount, decimals) == text


@given(amounts)
def test_six_decimals_lose_nothing(amount: int) -> None:
    """What is written with six decimals reads back the same."""
    assert parse_credits(format_credits(amount, 6)) == amount


@given(amounts, st.integers(0, 6))
def test_fewer_decimals_never_show_more(amount: int, decimals: int) -> None:
    """Rounding is downwards by less than one step, always with the decimals asked for."""
    text = format_credits(amount, decimals)

    assert 0 <= amount - parse_credits(text) < 10 ** (6 - decimals)
    assert len(text.partition(".")[2]) == decimals


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (CREDIT, "1"), (-3 * CREDIT, "-3"), (800_000, "0.8"), (1_600_000, "1.6"), (300_000, "0.3")],
)
def test_a_number_for_json_is_as_short_as_a_person_would_write_it(amount: int, text: str) -> None:
    """1 does not become 1.0, and 0.3 not 0.30000000000000004 (rest-api 2.6)."""
    assert json.dumps(as_number(amount)) == text


@given(st.integers(-(10**9) * CREDIT, 10**9 * CREDIT))
def test_a_number_for_json_is_exact_for_any_charge(amount: int) -> None:
    """A reader who rounds to six decimals gets the millionths back, up to a thousand million credits."""
    assert round(json.loads(json.dumps(as_number(amount))) * CREDIT) == amount


@pytest.mark.parametrize(
    ("balance", "adds_up"),
    [
        (Balance(0, 0, 0, 0), True),
        (Balance(10, 5, 3, 2), True),
        (Balance(10, 5, 3, 1), False),
        (Balance(10, -1, 3, 8), False),
        (Balance(10, 12, -2, 0), False),
        (Balance(10, 8, 4, -2), False),
    ],
)
def test_a_balance_adds_up_or_not(balance: Balance, adds_up: bool) -> None:
    """Purchased is free, reserved and spent together, and none of them is a debt (delivery 1.5)."""
    assert balance.adds_up is adds_up
