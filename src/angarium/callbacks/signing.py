"""Signatures of callbacks, in the form of Standard Webhooks 1.0.0, so that existing verifiers work (rest-api 8.6).

What is signed is `id.timestamp.body`; the key is what stands in base64 after `whsec_`. While a secret is being changed,
both the new and the old one sign, and the header carries both signatures.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Sequence
from typing import Final

SECRET_PREFIX: Final = "whsec_"
KEY_OCTETS_MIN: Final = 24
KEY_OCTETS_MAX: Final = 64
SIGNATURE_PREFIX: Final = "v1,"
TOLERANCE_S: Final = 300
"""How far a receiver lets `webhook-timestamp` be from its own clock."""


class BadSecret(ValueError):
    """This is not a signing secret; the message says what one looks like. It never holds the secret itself."""


def read_secret(text: str) -> bytes:
    """The key inside `whsec_BASE64` (24 to 64 octets), or BadSecret."""
    if not text.startswith(SECRET_PREFIX):
        raise BadSecret(f"A signing secret starts with {SECRET_PREFIX}.")
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSecret(f"A signing secret is {SECRET_PREFIX} and base64; this one is not valid base64.") from error
    if not KEY_OCTETS_MIN <= len(key) <= KEY_OCTETS_MAX:
        raise BadSecret(
            f"A signing secret holds {KEY_OCTETS_MIN} to {KEY_OCTETS_MAX} octets; this one holds {len(key)}."
        )
    return key


def write_secret(key: bytes) -> str:
    """The spelling of a key as customers see it; the reverse of `read_secret`."""
    return SECRET_PREFIX + base64.b64encode(key).decode("ascii")


def sign(keys: Iterable[bytes], *, webhook_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature a key, newest key first, separated by spaces.

    `webhook_id` must not hold a full stop, or two different messages could sign alike.
    """
    signed = b"%b.%d.%b" % (webhook_id.encode("ascii"), timestamp_s, body)
    return " ".join(
        SIGNATURE_PREFIX + binascii.b2a_base64(hmac.digest(key, signed, "sha256"), newline=False).decode("ascii")
        for key in keys
    )


def verify(
    keys: Sequence[bytes],
    *,
    webhook_id: str,
    timestamp: str,
    signature: str,
    body: bytes,
    now_s: int,
    tolerance_s: int = TOLERANCE_S,
) -> bool:
    """Whether any of the signatures in a header was made with any of the keys, and lately enough.

    The arguments are the three headers as received. Unknown kinds of signature are passed over. Never raises.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15 and webhook_id.isascii()):
        return False
    if abs(now_s - int(timestamp)) > tolerance_s:
        return False
    signed = b"%b.%b.%b" % (webhook_id.encode("ascii"), timestamp.encode("ascii"), body)
    wanted = [hmac.digest(key, signed, "sha256") for key in keys]
    matched = False
    for given in signature.split(" "):
        if not given.startswith(SIGNATURE_PREFIX):
            continue
        try:
            octets = base64.b64decode(given.removeprefix(SIGNATURE_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            continue
        # Every pair is compared, so that the time taken says nothing about which key matched.
        for digest in wanted:
            matched |= hmac.compare_digest(digest, octets)
    return matched
