"""Which country a number belongs to, by its prefix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from angarium.core.countries import Countries, leading_digits
from angarium.core.country_names import NAMES

COUNTRIES = Countries.load()
NOT_TOLD_APART = {"BL", "EH"}
"""Their numbers look like those of the country whose calling code they share."""


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (27990000001, "ZA"),
        (2799900001, "ZA"),
        (279990000012345, "ZA"),
        (12125550123, "US"),
        (12045550123, "CA"),
        (18765550123, "JM"),
        (18005550123, "US"),
        (447700900123, "GB"),
        (447781123456, "GG"),
        (441624123456, "IM"),
        (77015550123, "KZ"),
        (79161234567, "RU"),
        (393331234567, "IT"),
        (390669812345, "VA"),
        (262639123456, "YT"),
        (88213123456, "001"),
    ],
)
def test_the_longest_prefix_names_the_country(number: int, code: str) -> None:
    """Calling codes, area codes of +1, and blocks of numbers within a code; how many digits follow does not matter."""
    assert COUNTRIES.of(number) == code


@pytest.mark.parametrize("number", [112, 333, 27, 279900, 2109999999, 9999999999])
def test_short_and_unassigned_numbers_have_no_country(number: int) -> None:
    """They are told apart from a country, and never refused for it."""
    assert COUNTRIES.of(number) == ""


def test_every_country_of_the_library_has_a_name() -> None:
    """A new release of the library may bring a country: it must be named."""
    regions = {region for regions in COUNTRY_CODE_TO_REGION_CODE.values() for region in regions}
    named = {entry.split()[0] for entry in NAMES.split(";")}

    assert named == regions
    assert {country.code for country in COUNTRIES.all()} == regions - NOT_TOLD_APART
    assert COUNTRIES.name("ZA") == "South Africa"
    assert COUNTRIES.name("??") == "??"


def test_a_country_is_found_in_any_case_of_letters() -> None:
    """With the digits its numbers begin with; one that does not exist is none."""
    found = COUNTRIES.country("za")

    assert found is not None
    assert (found.name, found.start, found.prefixes) == ("South Africa", "27", ("27",))
    assert COUNTRIES.country("XX") is None


def test_areas_of_a_shared_calling_code_are_told_apart() -> None:
    """A route for the United States takes no Canadian number, and the other way round."""
    states, canada = COUNTRIES.country("US"), COUNTRIES.country("CA")

    assert states is not None
    assert canada is not None
    assert {"1204", "1905"} <= set(canada.prefixes)
    assert not [one for one in states.prefixes for other in canada.prefixes if one.startswith(other) or one == "1"]


@given(st.sampled_from(COUNTRIES.all()), st.data(), st.text("0123456789", min_size=7, max_size=9))
def test_the_prefixes_of_a_country_are_its_numbers(country, data, rest) -> None:
    """A number under one of them is the country's, unless another country has a longer prefix of it."""
    number = (data.draw(st.sampled_from(country.prefixes)) + rest)[:15]

    matching = [
        (len(prefix), other.code) for other in COUNTRIES.all() for prefix in other.prefixes if number.startswith(prefix)
    ]

    assert COUNTRIES.of(int(number)) == max(matching)[1]


@pytest.mark.parametrize(
    ("pattern", "prefixes"),
    [
        (r"268\d{7}", {"268"}),
        (r"7(?:[05]9|937)\d{5}", {"709", "759", "7937"}),
        ("8001|8[024]9", {"8001", "809", "829", "849"}),
        (r"74576|(?:16|7[56])24", {"74576", "1624", "7524", "7624"}),
        (r"4(?:0\d|1[0-9])2", {"40", "41"}),
        (r"12?3", {"1"}),
        (r"1(?:23)?4", {"1"}),
        (r"\d{5}", set()),
    ],
)
def test_a_pattern_is_taken_apart_into_fixed_digits(pattern: str, prefixes: set[str]) -> None:
    """Up to the first digit that may vary freely, repeat or be absent."""
    assert leading_digits(pattern) == prefixes
