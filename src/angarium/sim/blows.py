"""What befalls a link in mid-window when a switch strikes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from angarium.sim.switches import Blow, Plan
from angarium.smpp.constants import CommandId

if TYPE_CHECKING:
    from angarium.sim.link import SmscLink

GARBAGE: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
"""What a wrong server on the same port says."""
UNKNOWN_COMMAND: Final = 0x0000BEEF
_HEADER: Final = struct.Struct(">LLLL")
_NUMBER: Final = 0x7FFF0000


def strike(link: SmscLink, plan: Plan) -> Callable[[], None] | None:
    """Let it happen; what ends it later, if something does."""
    link.flush()
    match plan.blow:
        case Blow.RESET:
            link.reset()
        case Blow.SILENCE:
            link.fall_silent()
        case Blow.STALL:
            link.stall()
            return link.recover
        case Blow.UNBIND:
            link.unbind()
        case Blow.GARBAGE:
            link.write(GARBAGE)
        case Blow.LENGTH:
            link.write(_HEADER.pack(plan.blow_value, CommandId.ENQUIRE_LINK, 0, _NUMBER))
        case Blow.COMMAND:
            link.write(_HEADER.pack(_HEADER.size, UNKNOWN_COMMAND, 0, _NUMBER))
    return None
