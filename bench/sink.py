"""A carrier that is in nobody's way: any bind, every submit_sm answered at once, receipts at once or a little later.

A process of its own, and a tight loop over the octets of each read: about 2 µs a message. It knows only as much SMPP as
a gateway under load needs (3.4, sections 4.1, 4.4, 4.6, 4.11); `angarium sim` is the carrier that knows all of it.
"""

from __future__ import annotations

import asyncio
import struct
import time
from array import array
from collections import deque
from pathlib import Path
from typing import Any

from bench.processes import obey

HEADER_OCTETS = 16
RESPONSE = 0x80000000
SUBMIT_SM, DELIVER_SM_RESP, UNBIND, ENQUIRE_LINK = 4, 0x80000005, 6, 0x15
ANSWERED = frozenset({UNBIND, ENQUIRE_LINK})
BINDS = frozenset({1, 2, 9})
ESME_RINVCMDID = 3
HEADER = struct.Struct(">LLLL")
UNACKNOWLEDGED_MAX = 2_000
"""Receipts that may wait for their deliver_sm_resp on one link."""


class Carrier:
    """What all links share: the counters, and what is written down of every message."""

    def __init__(self) -> None:
        self.has_receipts = False
        self.receipt_delay_s = 0.0
        self.binds = 0
        self.others = 0
        self.receipts_refused = 0
        self.recipients = array("Q")
        self.submitted_at = array("d")
        self.receipt_of = array("Q")
        """For each deliver_sm, in the order of their sequence numbers: which submit_sm it is about."""
        self.acknowledged = 0
        self.acknowledged_at = array("d")
        self.last_at = 0.0
        self.server: asyncio.Server | None = None
        self.port = 0

    async def listen(self, *, receipts: bool, receipt_delay_s: float = 0.0) -> dict[str, Any]:
        """Take binds from now on, the second time at the same port."""
        self.has_receipts = receipts
        self.receipt_delay_s = receipt_delay_s
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Link(self), "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]
        return {"port": self.port}

    async def shut(self) -> dict[str, Any]:
        """Take no binds until `listen` is asked for again."""
        assert self.server is not None
        self.server.close()
        return {}

    def counts(self) -> dict[str, Any]:
        """How far everything has come."""
        return {
            "binds": self.binds,
            "submits": len(self.recipients),
            "receipts": len(self.receipt_of),
            "acknowledged": self.acknowledged,
            "receipts_refused": self.receipts_refused,
            "others": self.others,
            "last_at": self.last_at,
        }

    def dump(self, *, path: str) -> dict[str, Any]:
        """Write down all that is known of each message, in its order of arrival: recipient, submitted, acknowledged."""
        acknowledged_at = array("d", bytes(8 * len(self.recipients)))
        for at, index in zip(self.acknowledged_at, self.receipt_of, strict=True):
            acknowledged_at[index] = at
        with Path(path).open("wb") as file:
            for column in (self.recipients, self.submitted_at, acknowledged_at):
                column.tofile(file)
        return {"messages": len(self.recipients)}


class Link(asyncio.Protocol):
    """One connection from a gateway."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._rest = b""
        self._unacknowledged = 0
        self._owed: deque[tuple[int, bytes, bytes]] = deque()
        """Receipts yet to be sent: which message, source and destination of its submit_sm with their TON and NPI."""
        self._ripe = 0
        """How many of them are due."""
        self._date = b""
        self._date_until = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=64 << 20)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        now = time.monotonic()
        end, at = len(data), 0
        out: list[bytes] = []
        recipients: list[bytes] = []
        find, unpack_from, carrier, owed = data.find, HEADER.unpack_from, self._carrier, self._owed
        first = len(carrier.recipients)
        owed_before = len(owed)
        has_receipts = carrier.has_receipts
        while end - at >= HEADER_OCTETS:
            octets, command, status, number = unpack_from(data, at)
            stop = at + octets
            if stop > end:
                break
            if command == SUBMIT_SM:
                source = find(0, at + HEADER_OCTETS) + 1
                destination = find(0, source + 2) + 1
                close = find(0, destination + 2)
                index = first + len(recipients)
                recipients.append(data[destination + 2 : close])
                out.append(b"\0\0\0\x1b\x80\0\0\4\0\0\0\0%b%010d\0" % (data[at + 12 : at + 16], index + 1))
                if has_receipts and _wants_receipt(data, close):
                    owed.append((index, data[source:destination], data[destination : close + 1]))
            elif command == DELIVER_SM_RESP:
                self._acknowledged(number, status, now)
            else:
                self._other(command, number, out)
            at = stop
        self._rest = data[at:]
        carrier.recipients.extend(map(int, recipients))
        carrier.submitted_at.extend([now] * len(recipients))
        carrier.last_at = now
        if len(owed) != owed_before and carrier.receipt_delay_s:
            loop = asyncio.get_running_loop()
            loop.call_later(carrier.receipt_delay_s, self._ripen, len(owed) - owed_before)
        else:
            self._ripe += len(owed) - owed_before
        if self._ripe:
            self._write_receipts(out, now)
        if out:
            self._transport.write(b"".join(out))

    def _ripen(self, count: int) -> None:
        self._ripe += count
        out: list[bytes] = []
        self._write_receipts(out, time.monotonic())
        if out and not self._transport.is_closing():
            self._transport.write(b"".join(out))

    def _acknowledged(self, number: int, status: int, now: float) -> None:
        carrier = self._carrier
        self._unacknowledged -= 1
        if status == 0:
            carrier.acknowledged += 1
            carrier.acknowledged_at[number - 1] = now
        else:
            carrier.receipts_refused += 1

    def _other(self, command: int, number: int, out: list[bytes]) -> None:
        if command in BINDS:
            self._carrier.binds += 1
            out.append(HEADER.pack(22, command | RESPONSE, 0, number) + b"bench\0")
        elif command in ANSWERED:
            out.append(HEADER.pack(16, command | RESPONSE, 0, number))
        elif not command & RESPONSE:
            self._carrier.others += 1
            out.append(HEADER.pack(16, RESPONSE, ESME_RINVCMDID, number))

    def _write_receipts(self, out: list[bytes], now: float) -> None:
        carrier, owed = self._carrier, self._owed
        count = min(self._ripe, UNACKNOWLEDGED_MAX - self._unacknowledged)
        if count <= 0:
            return
        if now >= self._date_until:
            self._date, self._date_until = time.strftime("%y%m%d%H%M").encode(), now + 1.0
        date = self._date
        number = len(carrier.receipt_of)
        indexes: list[int] = []
        for _ in range(count):
            index, source, destination = owed.popleft()
            number += 1
            text = b"id:%010d sub:001 dlvrd:001 submit date:%b done date:%b stat:DELIVRD err:000 text:" % (
                index + 1,
                date,
                date,
            )
            body = b"\0%b%b\4\0\0\0\0\0\0\0\0%c%b" % (destination, source, len(text), text)
            out.append(HEADER.pack(HEADER_OCTETS + len(body), 5, 0, number) + body)
            indexes.append(index)
        carrier.receipt_of.extend(indexes)
        carrier.acknowledged_at.extend([0.0] * count)
        self._unacknowledged += count
        self._ripe -= count


def _wants_receipt(data: bytes, at: int) -> bool:
    """Whether a submit_sm asks for one; `at` is the NUL behind its destination_addr."""
    schedule_end = data.find(0, at + 4)
    return data[data.find(0, schedule_end + 1) + 1] & 1 == 1


def _handlers() -> dict[str, Any]:
    carrier = Carrier()
    return {"listen": carrier.listen, "shut": carrier.shut, "counts": carrier.counts, "dump": carrier.dump}


if __name__ == "__main__":
    obey(_handlers)
