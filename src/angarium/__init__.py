"""Angarium: an SMS gateway that keeps every message it has accepted.

Knows: its own version. Refuses to know: everything else; importing the package starts nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"
