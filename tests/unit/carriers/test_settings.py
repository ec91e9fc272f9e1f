"""The table of a carrier's settings."""

from __future__ import annotations

import pytest

from angarium.carriers.settings import (
    BadCarrierSettings,
    Bind,
    CarrierSettings,
    StatusMeaning,
    describe,
    features_of,
    read_status,
)
from angarium.core.features import ALL_FEATURES, Feature, table_needs
from angarium.smpp.message_ids import IdReading
from angarium.text.national import NationalLanguage


def test_a_carrier_has_all_features_but_those_it_lacks() -> None:
    """It has receipts only if we ask for them, and national tables only as named (rest-api 3, rest-api 4.2)."""
    poor = CarrierSettings.from_mapping(
        {"lacks": "flash, UCS2,", "registered_delivery": 0, "national_tables": "turkish"}
    )
    turkish = table_needs([NationalLanguage.TURKISH])

    assert CarrierSettings().features == ALL_FEATURES
    assert poor.lacks == "FLASH, UCS2"
    assert poor.features == ALL_FEATURES & ~(Feature.FLASH | Feature.UCS2 | Feature.DELIVACK) | turkish
    assert features_of(poor.to_mapping()) == poor.features
    assert features_of({"lacks": "wings"}) == ALL_FEATURES
    with pytest.raises(BadCarrierSettings, match="lacks must be names among TEXT, 8BIT"):
        CarrierSettings.from_mapping({"lacks": "wings"})


def test_defaults_are_enough_for_a_carrier_next_door() -> None:
    """Everything has a default; the window is 10 and the pace is not limited."""
    settings = CarrierSettings()

    assert (settings.window, settings.pace_per_s, settings.bind) == (10, None, Bind.TRANSCEIVER)


def test_a_mapping_is_read_with_all_its_kinds() -> None:
    """Text, numbers, yes and no, choices, and the table of statuses by name or number."""
    settings = CarrierSettings.from_mapping(
        {
            "host": "smsc.example",
            "port": 2776,
            "tls": True,
            "bind": "pair",
            "pace_per_s": 50,
            "enquire_link_s": None,
            "id_in_receipt": "hex",
            "statuses": {"0x0B": "refused_content", "ESME_RSUBMITFAIL": "busy", "1025": "failed_for_now"},
        }
    )

    assert (settings.host, settings.port, settings.tls, settings.bind) == ("smsc.example", 2776, True, Bind.PAIR)
    assert (settings.pace_per_s, settings.enquire_link_s, settings.id_in_receipt) == (50.0, None, IdReading.HEX)
    assert dict(settings.statuses) == {
        0x0B: StatusMeaning.REFUSED_CONTENT,
        0x45: StatusMeaning.BUSY,
        0x401: StatusMeaning.FAILED_FOR_NOW,
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("hots", "x", "is it host?"),
        ("zzzzzzzz", 1, "is no setting"),
        ("window", 0, "a whole number from 1 to 10000, not 0"),
        ("window", True, "a whole number"),
        ("pace_per_s", -1, "a number from 0.01"),
        ("tls", 1, "true or false"),
        ("bind", "both", "one of transceiver, pair, not 'both'"),
        ("host", "", "text of 1 to 255"),
        ("host", "münchen", "ASCII"),
        ("host", "smsc..example", "between its dots"),
        ("host", "x" * 64, "between its dots"),
        ("tls_server_name", ".example", "between its dots"),
        ("statuses", {"0x0B": "never"}, "among busy"),
        ("statuses", {"soon": "busy"}, "'soon' is none"),
        ("statuses", [1], "a table"),
        ("rebind_pause_s", 61.0, "rebind_pause_s_max"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(name: str, value: object, words: str) -> None:
    """The sentence names the setting and says what it must be."""
    with pytest.raises(BadCarrierSettings) as found:
        CarrierSettings.from_mapping({name: value})

    (problem,) = found.value.problems
    assert name in problem
    assert words in problem


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """One round of corrections is enough."""
    with pytest.raises(BadCarrierSettings) as found:
        CarrierSettings.from_mapping({"port": 0, "tls": "yes", "nonsense": 1})

    assert len(found.value.problems) == 3


def test_the_constructor_checks_too() -> None:
    """No settings exist that could not work."""
    with pytest.raises(BadCarrierSettings):
        CarrierSettings(window=0)


def test_the_password_is_never_shown() -> None:
    """Neither by repr nor in a complaint about it."""
    with pytest.raises(BadCarrierSettings) as found:
        CarrierSettings.from_mapping({"password": "much-too-long"})

    assert "much-too-long" not in str(found.value)
    assert "geheim" not in repr(CarrierSettings(password="geheim"))
    assert [row.name for row in describe() if row.secret] == ["password"]


def test_what_is_written_is_read_back() -> None:
    """`to_mapping` holds what differs from the defaults, in plain values."""
    settings = CarrierSettings(host="h", bind=Bind.PAIR, statuses=((0x0B, StatusMeaning.BUSY),), pace_per_s=1.5)

    mapping = settings.to_mapping()

    assert mapping == {"host": "h", "bind": "pair", "statuses": {"0xb": "busy"}, "pace_per_s": 1.5}
    assert CarrierSettings.from_mapping(mapping) == settings


def test_the_table_describes_every_setting() -> None:
    """Name, type and a sentence for each; durations have their unit."""
    rows = describe()

    assert len(rows) == len({row.name for row in rows}) == len(CarrierSettings.__dataclass_fields__)
    assert all(row.type and row.sentence.endswith(".") for row in rows)
    assert all(
        row.unit == "s" for row in rows if row.name.endswith(("_s", "_s_max")) and not row.name.endswith("_per_s")
    )


@pytest.mark.parametrize("value", [0, -1, 1 << 32, "", "busy", None, True, 1.5])
def test_what_is_no_status_is_refused(value: object) -> None:
    """ESME_ROK has one meaning only, and a status has 32 bits."""
    with pytest.raises(ValueError, match="is none"):
        read_status(value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), ("turkish", "turkish"), ("spanish, turkish", "turkish,spanish"), ("urdu hindi", "hindi,urdu")],
)
def test_national_tables_are_languages_in_a_row(given: str, kept: str) -> None:
    """Whatever the order and the spaces, they are kept in one form (rest-api 4.2)."""
    settings = CarrierSettings.from_mapping({"national_tables": given})

    assert settings.national_tables == kept
    assert settings.to_mapping() == ({"national_tables": kept} if kept else {})


@pytest.mark.parametrize("given", ["turkisch", ["turkish"], None, 1])
def test_an_unknown_language_is_refused_with_those_there_are(given: object) -> None:
    """The sentence names every language."""
    with pytest.raises(BadCarrierSettings, match=r"national_tables must be languages .*, among turkish, .*, urdu, not"):
        CarrierSettings.from_mapping({"national_tables": given})


def test_latin_1_takes_no_national_tables() -> None:
    """A carrier that is sent Latin-1 is never sent the septets that a table is about."""
    with pytest.raises(BadCarrierSettings, match="national_tables needs gsm7_form unpacked or packed"):
        CarrierSettings.from_mapping({"national_tables": "turkish", "gsm7_form": "latin_1"})
