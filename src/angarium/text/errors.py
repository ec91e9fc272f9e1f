"""Everything that the text kernel raises.

TextError                 base; nothing else escapes
  NotInAlphabet           a character has no place in GSM 7-bit
  BadSeptets              octets are not GSM 7-bit text, or too few to unpack
  BadUcs2                 octets are not 16-bit text
  BadHex                  a hex form is malformed
  BadUserDataHeader       a user data header is malformed, or leaves no room
  TooManySegments         content needs more segments than the format can number
  BadSegments             segments do not belong together, or are numbered wrongly
"""

from __future__ import annotations


class TextError(ValueError):
    """The text kernel cannot do this with what it was given. Base of all its errors."""


class NotInAlphabet(TextError):
    """A character is not in the GSM 7-bit default alphabet or its extension table; send the text as UCS-2."""

    def __init__(self, character: str, index: int) -> None:
        super().__init__(f"U+{ord(character):04X} at index {index} is not in the GSM 7-bit alphabet")
        self.character = character
        self.index = index


class BadSeptets(TextError):
    """Octets are not GSM 7-bit text: a value above 0x7F, an unknown or cut escape, or too few octets."""


class BadUcs2(TextError):
    """Octets are not 16-bit text: an odd number of octets, or a surrogate without its partner."""


class BadHex(TextError):
    """A hex form has other characters than 0-9 a-f A-F, or the wrong number of them."""


class BadUserDataHeader(TextError):
    """A user data header's lengths disagree, or it leaves no room for the content."""


class TooManySegments(TextError):
    """The content needs more than the 255 segments that a concatenation element can number."""

    def __init__(self, count: int) -> None:
        super().__init__(f"the content needs {count} segments; the format numbers 255 at most")
        self.count = count


class BadSegments(TextError):
    """Segments do not belong to one message, one is missing, or one is numbered outside 1..total."""
