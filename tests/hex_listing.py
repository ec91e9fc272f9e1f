"""Wire examples as listings that a person can check against the specification."""

from __future__ import annotations


def unhex(listing: str) -> bytes:
    """Return the octets of a listing: hex digits first on each line, then, behind two spaces, what they mean."""
    return b"".join(bytes.fromhex(line.strip().partition("  ")[0]) for line in listing.splitlines())
