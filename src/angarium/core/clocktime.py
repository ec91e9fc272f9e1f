"""Points in time, as the product keeps them."""

from __future__ import annotations

from typing import Final

UnixMs = int
"""A moment: milliseconds since 1970-01-01T00:00:00Z. Names of such values end in `_at`."""

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

NEVER: Final[UnixMs] = 9_007_199_254_740_991
"""Later than any moment we will meet (2**53 - 1), so that it survives JSON and sorts last."""
