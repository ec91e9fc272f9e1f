"""A stranger's text as it may be shown, on a page or at a terminal: nothing in it changes how the rest looks."""

from __future__ import annotations

from typing import Final

_KEPT: Final = (0x0A, 0x0D)
_TURNERS: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x2070))
"""They turn the direction of what follows."""
_UNSEEN: Final = (*range(0x80, 0xA0), 0x200B, 0x2028, 0x2029, *range(0x2060, 0x2065), 0xFEFF, *range(0xFFF9, 0xFFFC))
"""Control characters, and breaks and blanks without width: two texts that look alike should be alike."""
_VISIBLE: Final[dict[int, str]] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in _KEPT},
    0x0D: "",
    0x7F: "\u2421",
    **{code: f"\u27e8U+{code:04X}\u27e9" for code in (*_TURNERS, *_UNSEEN)},
}
# Joiners without width (U+200C, U+200D) stay: Persian and families of emoji are written with them.


def visible(text: str) -> str:
    """The text with a sign for each character that has none, or that would change how the rest looks."""
    return text.translate(_VISIBLE)
