"""An SMSC on PyPI's `smpplib`, in a process of its own: what that library reads in our PDUs, it tells.

One JSON object a line, both ways, as `node_smsc.js` does it. The library is a client's; it has the parser and the
writer of every PDU, and that is all that is used of it. Its licence (LGPL) is not ours, so nothing of the product
imports it, nor does it import anything of the product.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections import deque
from typing import Any

from smpplib import consts, gsm, smpp  # type: ignore[import-not-found]
from smpplib.ptypes import ostr  # type: ignore[import-not-found]

UDHI = 0x40
ESCAPE = 0x1B
MESSAGES = ("short_message", "message_payload")


class Numbers:
    """What the library calls a client: it counts sequence numbers."""

    sequence = 0

    def next_sequence(self) -> int:
        """The next one."""
        self.sequence += 1
        return self.sequence


def tell(**event: object) -> None:
    """Say one thing."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def message(octets: bytes, pdu: Any) -> dict[str, str]:
    """A message as both judges tell it: the header in hex, and text if the library can read it, else hex."""
    header = octets[: octets[0] + 1] if octets and pdu.esm_class & UDHI else b""
    body = octets[len(header) :]
    alphabet = pdu.data_coding & 0x0F
    if alphabet == consts.SMPP_ENCODING_ISO10646:
        text = body.decode("utf-16-be")
    elif alphabet == consts.SMPP_ENCODING_DEFAULT:
        text, shift = "", 0
        for octet in body:
            if octet != ESCAPE:
                text += gsm.GSM_CHARACTER_TABLE[octet + shift]
            shift = 0x80 if octet == ESCAPE else 0
    else:
        text = body.hex()
    return {"udh": header[1:].hex(), "text": text}


def plain(pdu: Any) -> dict[str, Any]:
    """The fields that the library found."""
    fields: dict[str, Any] = {
        "command": pdu.command,
        "command_status": pdu.status,
        "sequence_number": pdu.sequence,
    }
    for name, param in pdu.params.items():
        value = getattr(pdu, name, None)
        if name in MESSAGES and isinstance(value, bytes):
            fields[name] = message(value, pdu)
        elif isinstance(value, bytes):
            fields[name] = value.hex() if param.type is ostr else value.decode("latin-1")
        elif value is not None:
            fields[name] = value
    return fields


class Link(asyncio.Protocol):
    """One connection."""

    def __init__(self, smsc: Smsc) -> None:
        self.smsc = smsc
        self.numbers = Numbers()
        self.buffer = b""
        smsc.links_seen += 1
        self.link = smsc.links_seen
        smsc.links[self.link] = self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del self.smsc.links[self.link]
        tell(event="closed", link=self.link)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while len(self.buffer) >= 4:
            (length,) = struct.unpack(">L", self.buffer[:4])
            if len(self.buffer) < length:
                return
            frame, self.buffer = self.buffer[:length], self.buffer[length:]
            try:
                pdu = smpp.parse_pdu(frame, client=self.numbers)
                fields = plain(pdu)
            except Exception as error:  # noqa: BLE001 - whatever the judge has against it
                tell(event="trouble", link=self.link, sentence=f"{type(error).__name__}: {error}: {frame.hex()}")
                continue
            answered = self.answer(pdu)
            tell(event="pdu", link=self.link, pdu=fields, answered=answered)
            if pdu.command in ("unbind", "unbind_resp"):
                self.transport.close()

    def answer(self, pdu: Any) -> dict[str, Any] | None:
        """Answer a request; what was said to a submit_sm."""
        if pdu.is_response():
            return None
        if pdu.command.startswith("bind_"):
            known = (pdu.password or b"").decode("latin-1") == self.smsc.password
            self.respond(pdu, 0 if known else consts.SMPP_ESME_RINVPASWD, system_id="judge")
        elif pdu.command == "submit_sm":
            if self.smsc.refusals:
                refusal = self.smsc.refusals.popleft()
                self.respond(pdu, refusal)
                return {"command_status": refusal}
            self.smsc.taken += 1
            message_id = f"judge-{self.smsc.taken}"
            self.respond(pdu, 0, message_id=message_id)
            return {"command_status": 0, "message_id": message_id}
        else:
            self.respond(pdu, 0)
        return None

    def respond(self, pdu: Any, status: int, **fields: object) -> None:
        """Write an answer as the library writes it."""
        response = smpp.make_pdu(pdu.command + "_resp", client=self.numbers, **fields)
        response.sequence, response.status = pdu.sequence, status
        self.transport.write(response.generate())

    def send(self, command: str, fields: dict[str, Any]) -> int:
        """Write a request as the library writes it; its sequence_number."""
        given = {name: bytes.fromhex(value) if name in MESSAGES else value for name, value in fields.items()}
        request = smpp.make_pdu(command, client=self.numbers, **given)
        request.sequence = self.numbers.sequence
        self.transport.write(request.generate())
        return int(request.sequence)


class Smsc:
    """What all links share, and what it is told to do."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.links: dict[int, Link] = {}
        self.links_seen = 0
        self.taken = 0
        self.refusals: deque[int] = deque()

    def obey(self, order: dict[str, Any]) -> int | None:
        """Do one thing; the sequence_number of what was sent, if anything."""
        if order["do"] == "refuse":
            self.refusals.extend([order["command_status"]] * order["count"])
        elif order["do"] == "send":
            return self.links[order["link"]].send(order["command"], order["fields"])
        elif order["do"] == "hang_up":
            self.links[order["link"]].transport.abort()
        return None


async def main(password: str) -> None:
    """Listen until the input ends."""
    loop = asyncio.get_running_loop()
    smsc = Smsc(password)
    server = await loop.create_server(lambda: Link(smsc), "127.0.0.1", 0)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tell(event="listening", port=server.sockets[0].getsockname()[1])
    async for line in reader:
        tell(event="obeyed", sequence_number=smsc.obey(json.loads(line)))
    server.close()
    for link in list(smsc.links.values()):
        link.transport.abort()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
