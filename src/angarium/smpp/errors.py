"""What can go wrong in the SMPP kernel, split by who must act."""

from __future__ import annotations

from collections.abc import Sequence


class SmppError(Exception):
    """Something is wrong with an SMPP conversation."""

    def __init__(self, detail: str | None = None) -> None:
        """`detail` says what exactly; without it the class's own sentence is the message."""
        super().__init__(detail or (type(self).__doc__ or "").partition("\n")[0])


class FramingError(SmppError):
    """The byte stream is no longer made of SMPP frames: close the link.

    `frames` are the whole frames that came before the damage in the same read, in order: they are good, and their
    owner should handle them before the link is closed.
    """

    def __init__(self, detail: str | None = None, *, frames: Sequence[bytes] = ()) -> None:
        super().__init__(detail)
        self.frames: tuple[bytes, ...] = tuple(frames)


class PduError(SmppError):
    """One PDU cannot be understood: answer it and go on.

    `command_id` and `sequence_number` are the peer's, 0 where not even the header could be read. `command_status` is
    what to answer with: in the PDU's own response if `command_id` is a request that we know, in a generic_nack
    otherwise. A broken *response* is not answered; its request counts as answered badly.
    """

    def __init__(
        self,
        detail: str | None = None,
        *,
        command_id: int,
        sequence_number: int,
        command_status: int,
    ) -> None:
        super().__init__(detail)
        self.command_id = command_id
        self.sequence_number = sequence_number
        self.command_status = command_status


class MisuseError(SmppError):
    """Our own code asked for something that SMPP does not allow: a bug on our side."""
