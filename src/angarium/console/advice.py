"""What an operator can do about a message, by where it is and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from angarium.core.states import Cause, State


class Way(Enum):
    """Where something can be done. The value is what its button says."""

    EXPLAIN = "Explain this number"
    CARRIER = "The carrier's links"
    SETTINGS = "The carrier's settings"
    TRACE = "Watch its PDUs"
    QUEUE = "Work on queues"
    ROUTES = "Routes"
    RATES = "Rates"
    ORPHANS = "Orphan receipts"
    AUDIT = "Who stopped it"


class Advice(NamedTuple):
    """What to do next, and where."""

    sentence: str
    ways: tuple[Way, ...] = ()


_NOTHING: Final = Advice("Nothing: it goes its way.")
_ASK: Final = "Ask the carrier, and name its own id for the message"
ADVICE: Final[Mapping[Cause, Advice]] = {
    Cause.ACCEPTED: Advice("It goes out within moments. If it stays, look at the carrier's links.", (Way.CARRIER,)),
    Cause.SCHEDULED: Advice("Nothing: it waits for the time that its sender chose."),
    Cause.CLAIMED: Advice("Nothing: the carrier's answer is awaited."),
    Cause.CARRIER_ACCEPTED: Advice("Nothing yet: the carrier says what becomes of it, mostly within seconds."),
    Cause.CARRIER_BUSY: Advice(
        "Nothing, unless it goes on: then ask the carrier to take more in a second, or set a lower pace for it.",
        (Way.SETTINGS, Way.CARRIER),
    ),
    Cause.CARRIER_FAILED_FOR_NOW: Advice(
        "It is tried again by itself. If the carrier fails for many, give what waits for it to another.",
        (Way.CARRIER, Way.QUEUE),
    ),
    Cause.IN_DOUBT_RESENT: Advice("It is sent again by itself. See why the carrier did not answer.", (Way.CARRIER,)),
    Cause.LINK_LOST_RESENT: Advice("It is sent again by itself. See why the carrier's link was lost.", (Way.CARRIER,)),
    Cause.RETURNED_UNSENT: Advice("It is sent again by itself. See why the carrier's link was lost.", (Way.CARRIER,)),
    Cause.PARKED: Advice(
        "Decide: try it again, alone on a link, or give it up. Something in it may be more than the carrier can bear.",
        (Way.TRACE, Way.CARRIER),
    ),
    Cause.RECEIPT_DELIVERED: Advice("Nothing: it has arrived."),
    Cause.RECEIPT_UNDELIVERABLE: Advice(
        "Let the customer check the number. If many fail at this carrier, try another route.",
        (Way.EXPLAIN, Way.CARRIER),
    ),
    Cause.RECEIPT_EXPIRED: Advice(
        "The handset was off or out of reach. The customer can send it again, or let it be tried for longer."
    ),
    Cause.RECEIPT_DELETED: Advice(f"{_ASK}: somebody there took it out.", (Way.CARRIER,)),
    Cause.RECEIPT_REJECTED: Advice(
        f"{_ASK}: a network refuses a sender or a text more often than a number.", (Way.EXPLAIN, Way.CARRIER)
    ),
    Cause.RECEIPT_UNKNOWN: Advice(f"{_ASK}: it may have arrived.", (Way.CARRIER,)),
    Cause.REFUSED_RECIPIENT: Advice(
        "Let the customer check the number. If it is good, another carrier may take it.", (Way.EXPLAIN, Way.ROUTES)
    ),
    Cause.REFUSED_SENDER: Advice(
        "Have the sender registered with this carrier, or give the sender a route to one that takes it.",
        (Way.ROUTES, Way.EXPLAIN),
    ),
    Cause.REFUSED_CONTENT: Advice(
        f"{_ASK}. If it refuses many, compare its alphabet and features with its settings.",
        (Way.SETTINGS, Way.CARRIER),
    ),
    Cause.REFUSED_ROUTE: Advice("See which route would take it, and why not.", (Way.EXPLAIN, Way.ROUTES)),
    Cause.TOO_COSTLY: Advice(
        "No route is within the ceiling that the customer set: they can allow more, or you set a lower rate.",
        (Way.EXPLAIN, Way.RATES),
    ),
    Cause.EXPIRED_HERE: Advice(
        "It waited here until its time was over. See whether its carrier was down, held or too slow.",
        (Way.CARRIER, Way.QUEUE),
    ),
    Cause.STOPPED: Advice("Nothing: somebody stopped it on purpose.", (Way.AUDIT,)),
    Cause.NO_RECEIPT: Advice(
        f"{_ASK}. If receipts come and find no message, its ids may be read wrongly.", (Way.ORPHANS, Way.CARRIER)
    ),
    Cause.IN_DOUBT_GIVEN_UP: Advice(
        "Ask the carrier whether it has it. The customer can send it again; it may then arrive twice.", (Way.CARRIER,)
    ),
}
"""By the cause of its state."""
_CARRIER_DOWN: Final = Advice(
    "Its carrier takes nothing at the moment: mend that, or give what waits for it to another.",
    (Way.CARRIER, Way.QUEUE),
)
_OVERDUE: Final = Advice(
    f"{_ASK}: its word is overdue. If its receipts come and find no message, they are orphans.",
    (Way.ORPHANS, Way.CARRIER),
)
_NO_ID: Final = Advice(
    "The carrier took it and gave no id for it, so no receipt can find it: match one by hand, or ask the carrier.",
    (Way.ORPHANS, Way.CARRIER),
)
_WAITS: Final = frozenset(
    {
        Cause.ACCEPTED,
        Cause.CARRIER_BUSY,
        Cause.CARRIER_FAILED_FOR_NOW,
        Cause.IN_DOUBT_RESENT,
        Cause.LINK_LOST_RESENT,
        Cause.RETURNED_UNSENT,
    }
)


def advise(state: State, cause: Cause, *, carrier_takes: bool, is_overdue: bool, has_ids: bool) -> Advice:
    """What to do about a message in this state.

    `carrier_takes`: whether its carrier takes anything at the moment; `is_overdue`: whether a receipt should have come
    long ago; `has_ids`: whether the carrier gave an id for each part that it took.
    """
    if state is State.QUEUED and cause in _WAITS and not carrier_takes:
        return _CARRIER_DOWN
    if state is State.SUBMITTED and not has_ids:
        return _NO_ID
    if state is State.SUBMITTED and is_overdue:
        return _OVERDUE
    return ADVICE.get(cause, _NOTHING)
