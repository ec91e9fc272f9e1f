"""Which country a number belongs to, for names and for lists of countries. It never refuses a number.

The calling codes and what tells countries of one code apart come from phonenumberslite (decision 0005). Their patterns
are taken apart once, into plain prefixes, so that a look-up is one slice and one dict:

    27 -> ZA        1204 -> CA        1876 -> JM        1 and anything else -> US
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from angarium.core.country_names import country_names
from angarium.core.numbers import MSISDN_DIGITS_MIN, Msisdn

INTERNATIONAL: Final = "001"
"""What ITU numbering calls codes that belong to no country: satellites, freephone and such."""
_KEY_DIGITS: Final = 4
"""Digits of the first look-up: a calling code, or +1 with its area code."""


class Country(NamedTuple):
    """One country, by the code of ISO 3166."""

    code: str
    name: str
    start: str
    """The digits that all its numbers begin with."""
    prefixes: tuple[str, ...]
    """Its numbers begin with one of these. Where another country has a longer prefix, that decides, as among routes:
    44 is the United Kingdom, 441481 in it Guernsey. Areas of +1 and the like are told apart without that.
    """


class Countries:
    """All countries and the prefixes of their numbers. Immutable; make one with `load`."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        """`prefixes`: country codes by prefix, of which the longest decides."""
        areas = dict(_exact({prefix: code for prefix, code in prefixes.items() if len(prefix) <= _KEY_DIGITS}))
        self._blocks = {prefix: code for prefix, code in prefixes.items() if len(prefix) > _KEY_DIGITS}
        self._by_key = {key: code for prefix, code in areas.items() for key in _spelled_out(prefix)}
        self._split: dict[str, list[int]] = {}
        for length in sorted({len(prefix) for prefix in self._blocks}, reverse=True):
            for key in {prefix[:_KEY_DIGITS] for prefix in self._blocks if len(prefix) == length}:
                self._split.setdefault(key, []).append(length)
        names = country_names()
        owned: dict[str, list[str]] = {}
        for prefix, code in sorted([*areas.items(), *self._blocks.items()]):
            owned.setdefault(code, []).append(prefix)
        self._countries = {
            code: Country(code, names.get(code, code), _common(found[0], found[-1]), tuple(found))
            for code, found in owned.items()
        }

    @classmethod
    def load(cls) -> Countries:
        """Read the library's tables; takes some hundredths of a second, so it is done when first needed."""
        from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 - slow, and most commands need none of it

        prefixes: dict[str, str] = {}
        for calling_code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
            prefixes[str(calling_code)] = regions[0]
            if len(regions) > 1:
                prefixes.update(_told_apart(str(calling_code), regions))
        return cls(prefixes)

    def of(self, recipient: Msisdn) -> str:
        """The code of the country that a number belongs to; empty for short numbers and unassigned codes."""
        digits = str(recipient)
        key = digits[:_KEY_DIGITS]
        if len(digits) < MSISDN_DIGITS_MIN:
            return ""
        for length in self._split.get(key, ()):
            code = self._blocks.get(digits[:length])
            if code is not None:
                return code
        return self._by_key.get(key, "")

    def name(self, code: str) -> str:
        """The usual English name of a country; its code when there is no such country."""
        found = self._countries.get(code)
        return code if found is None else found.name

    def country(self, code: str) -> Country | None:
        """One country by its code, in any case of letters."""
        return self._countries.get(code.upper())

    def all(self) -> list[Country]:
        """Every country, by name."""
        return sorted(self._countries.values(), key=lambda country: country.name)


# --- from patterns to prefixes ---------------------------------------------------------------------------------------


def _told_apart(calling_code: str, regions: Iterable[str]) -> dict[str, str]:
    """The prefixes of all countries but the first of a calling code; what none of them has is the first one's."""
    from phonenumbers.phonemetadata import PhoneMetadata  # noqa: PLC0415 - as above

    main, *others = regions
    leading: dict[str, set[str]] = {}
    told: dict[str, set[str]] = {}
    for region in (main, *others):
        metadata = PhoneMetadata.metadata_for_region(region)
        assert metadata is not None, f"the library lists {region} and knows nothing of it"
        patterns = [each and each.national_number_pattern for each in (metadata.fixed_line, metadata.mobile)]
        told[region] = {prefix for pattern in patterns if pattern for prefix in leading_digits(pattern)}
        if metadata.leading_digits and region != main:
            leading[region] = leading_digits(metadata.leading_digits)
    found: dict[str, str] = {}
    for region in others:
        if region in leading:
            own = leading[region]
        else:
            foreign = {prefix for other in told if other != region for prefix in leading.get(other, told[other])}
            own = set(_shortest(told[region], foreign))
        for prefix in own:
            found.setdefault(calling_code + prefix, region)
    return found


def _shortest(own: set[str], foreign: set[str]) -> Iterator[str]:
    """The shortest beginnings of these prefixes that no foreign prefix shares; one that is not ours alone is left."""
    beginnings = {prefix[:length] for prefix in foreign for length in range(1, len(prefix) + 1)}
    for prefix in own:
        for length in range(1, len(prefix) + 1):
            start = prefix[:length]
            if start not in beginnings and not any(start[:shorter] in foreign for shorter in range(1, length)):
                yield start
                break


def leading_digits(pattern: str) -> set[str]:
    r"""The fixed digits with which numbers of a pattern begin: `7(?:[05]9|937)\d{5}` gives 709, 759 and 7937.

    Patterns are made of digits, `[0-9]` classes, `\d`, groups, alternatives and counts. Whatever may vary freely, or
    be absent, ends the prefix.
    """
    prefixes, _ = _alternatives(pattern, 0)
    return {prefix for prefix, _ in prefixes if prefix}


_Starts = set[tuple[str, bool]]
"""Beginnings found so far, and whether each may still be continued."""


def _alternatives(pattern: str, at: int) -> tuple[_Starts, int]:
    """Read alternatives up to a closing bracket or the end; what they begin with, and where reading stopped."""
    found: _Starts = set()
    starts: _Starts = {("", True)}
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            found |= starts
            starts, at = {("", True)}, at + 1
            continue
        piece, at = _piece(pattern, at)
        is_fixed, at = _counted(pattern, at)
        if not is_fixed:
            piece = {("", False)}
        starts = {
            (start + more, goes_on) if is_open else (start, False)
            for start, is_open in starts
            for more, goes_on in piece
        }
    return found | starts, at


def _piece(pattern: str, at: int) -> tuple[_Starts, int]:
    if pattern.startswith("(?:", at):
        piece, at = _alternatives(pattern, at + 3)
        return piece, at + 1
    if pattern[at] == "[":
        end = pattern.index("]", at)
        digits = set(_class_digits(pattern[at + 1 : end]))
        # A class of all digits says no more than \d.
        return ({(digit, True) for digit in digits} if len(digits) < 10 else {("", False)}), end + 1
    if pattern[at] == "\\":
        return {("", False)}, at + 2
    return {(pattern[at], True)}, at + 1


def _counted(pattern: str, at: int) -> tuple[bool, int]:
    """Step over a count; whether the piece before it stands there exactly once."""
    if pattern[at : at + 1] == "?":
        return False, at + 1
    if pattern[at : at + 1] == "{":
        return False, pattern.index("}", at) + 1
    return True, at


def _class_digits(written: str) -> Iterator[str]:
    at = 0
    while at < len(written):
        if written[at + 1 : at + 2] == "-":
            yield from map(str, range(int(written[at]), int(written[at + 2]) + 1))
            at += 3
        else:
            yield written[at]
            at += 1


# --- from longest-match to exact prefixes ----------------------------------------------------------------------------


def _exact(prefixes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fewest prefixes that say the same without "the longest decides": each holds one country's numbers only."""
    inner = {prefix[:length] for prefix in prefixes for length in range(len(prefix))}
    waiting = [("", "")]
    while waiting:
        prefix, code = waiting.pop()
        code = prefixes.get(prefix, code)
        if prefix in inner:
            waiting += [(prefix + digit, code) for digit in "9876543210"]
        elif code:
            yield prefix, code


def _common(one: str, other: str) -> str:
    """What two prefixes begin with; of a sorted list, the first and the last one tell."""
    length = 0
    while one[: length + 1] == other[: length + 1] and length < len(one):
        length += 1
    return one[:length]


def _spelled_out(prefix: str) -> Iterator[str]:
    """Every key that begins with this prefix."""
    missing = _KEY_DIGITS - len(prefix)
    return (f"{prefix}{number:0{missing}d}" if missing else prefix for number in range(10**missing))
