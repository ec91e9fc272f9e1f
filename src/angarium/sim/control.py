"""The way to the handsets for a person, a script or another process: a little HTTP on loopback, all of it JSON.

    GET  /handsets                    every handset that received something, the last one first
    GET  /handsets/NUMBER             its messages; ?after=NO leaves out those seen already
    POST /handsets/NUMBER/replies     {"text": "...", "to": "..."}: a message from the handset; `to` may be left out
    GET  /fates                       the table of fates
    GET  /counters                    what has happened so far
    POST /release/WHAT                receipts, late, answers, redeliveries or stalls: bring about now what waits
    GET  /hostile                     the table of switches, and those that are on with what they have struck
    PUT  /hostile                     {"seed": 1, "switches": {"receipt-twice": {"rate": 0.1}}}: exactly these are on
    PUT  /hostile/SWITCH              {"rate": 0.1}: this one too; DELETE switches it off, DELETE /hostile all of them
    POST /links/drop                  let every connection die

An error is {"error": "one sentence"}. It has no password, so it belongs on loopback; requests that a browser makes for
another page are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from angarium.httpd import Request, Response, Server
from angarium.sim.fates import FATES
from angarium.sim.handsets import Handset
from angarium.sim.smsc import CannotReply, Counters, Simulator
from angarium.sim.switches import RATE_PARAMETER, SWITCHES, BadSwitch, Switch, read_switches, switch_named
from angarium.smpp.constants import CommandStatus

STOP_GRACE_S: Final = 1.0
_JSON: Final = b"application/json"


class _Reply(msgspec.Struct):
    """The body of a typed reply."""

    text: str
    to: str | None = None


class Control:
    """Serves one simulator's handsets over HTTP. `start` and `stop` as the simulator itself."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._server = Server(self.handle, error_page=lambda status, _: _error(status, "This is not a proper request."))
        self._releases = {
            "receipts": simulator.release_receipts,
            "late": simulator.release_late,
            "answers": simulator.release_answers,
            "redeliveries": simulator.release_redeliveries,
            "stalls": simulator.release_stalls,
        }

    async def start(self) -> tuple[str, int] | None:
        """Listen and return the address, or None if the settings want no control; ListenError if it cannot."""
        settings = self._simulator.settings
        if settings.control_port is None:
            return None
        addresses = await self._server.start(settings.control_host, settings.control_port)
        host, port = addresses[0]
        return host, port

    async def stop(self) -> None:
        """Stop listening. Calling it again does nothing."""
        await self._server.stop(STOP_GRACE_S)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if b"origin" in request.headers:
            return _error(403, "Pages of other sites may not use the handsets.")
        match (request.method, *request.path.strip("/").split("/")):
            case ("GET" | "HEAD", "handsets"):
                return _json({"handsets": [_summary(each) for each in self._simulator.handsets.all()]})
            case ("GET" | "HEAD", "handsets", number):
                return self._messages(number, request.query)
            case ("POST", "handsets", number, "replies"):
                return self._reply(number, request)
            case ("GET" | "HEAD", "fates"):
                return _json({"fates": [_row(fate.suffix, fate.name, fate.sentence) for fate in FATES]})
            case ("GET" | "HEAD", "counters"):
                return _json(self._counters())
            case ("POST", "release", what) if what in self._releases:
                return _json({"released": self._releases[what]()})
            case ("POST", "links", "drop"):
                return _json({"dropped": self._simulator.drop_links()})
            case (method, "hostile", *name) if len(name) <= 1:
                return self._hostile(method, name[0] if name else None, request)
        return _error(404, "There is nothing here: try /handsets, /handsets/NUMBER, /fates or /counters.")

    def _messages(self, number: str, query: bytes) -> Response:
        after = parse_qs(query.decode("latin-1")).get("after", ["0"])[0]
        if not (after.isascii() and after.isdigit()):
            return _error(400, "after must be the number of a message.")
        handset = self._simulator.handsets.get(number)
        shown = [each._asdict() for each in handset.messages if each.no > int(after)] if handset else []
        return _json({"number": number.removeprefix("+"), "messages": shown})

    def _reply(self, number: str, request: Request) -> Response:
        if not request.headers.get(b"content-type", b"").startswith(_JSON):
            return _error(400, "Content-Type must be application/json.")
        try:
            reply = msgspec.json.decode(request.body, type=_Reply)
            segments = self._simulator.reply(number, reply.text, to=reply.to)
        except msgspec.DecodeError as error:
            return _error(400, f'The body must be {{"text": "...", "to": "..."}}: {error}.')
        except CannotReply as error:
            return _error(409, str(error))
        return _json({"number": number.removeprefix("+"), "segments": segments}, status=202)

    def _hostile(self, method: str, name: str | None, request: Request) -> Response:
        hostility = self._simulator.hostility
        try:
            given = msgspec.json.decode(request.body) if request.body else {}
            match method, name:
                case "PUT", None:
                    seed, switches = _seed_and_switches(given, hostility.seed)
                    hostility.seed = seed
                    hostility.switch(switches)
                case "PUT", str():
                    hostility.switch({**hostility.on, name: switch_named(name).read(given)})
                case "DELETE", None:
                    hostility.switch({})
                case "DELETE", str():
                    switch_named(name)
                    hostility.switch({each: values for each, values in hostility.on.items() if each != name})
                case (("GET" | "HEAD"), None):
                    pass
                case _:
                    return _error(405, "Ask /hostile with GET, PUT or DELETE, and /hostile/SWITCH with PUT or DELETE.")
        except msgspec.DecodeError as error:
            return _error(400, f"The body must be JSON: {error}.")
        except BadSwitch as error:
            return _error(400, str(error))
        on = {each: dict(values) for each, values in hostility.on.items()}
        table = [_switch_row(switch) for switch in SWITCHES]
        return _json({"seed": hostility.seed, "on": on, "struck": dict(hostility.struck), "switches": table})

    def _counters(self) -> dict[str, Any]:
        counters = {each.name: getattr(self._simulator.counters, each.name) for each in fields(Counters)}
        counters["refused"] = {CommandStatus(status).name: count for status, count in counters["refused"].items()}
        return counters | {"handsets": len(self._simulator.handsets), "abandoned": self._simulator.handsets.abandoned}


def _summary(handset: Handset) -> dict[str, Any]:
    last = handset.messages[-1]
    return {"number": handset.number, "messages": handset.received, "last": last._asdict()}


def _row(suffix: str, name: str, sentence: str) -> dict[str, str]:
    return {"suffix": suffix, "name": name, "sentence": sentence}


def _switch_row(switch: Switch) -> dict[str, Any]:
    parameters = {each.name: each.default for each in (RATE_PARAMETER, *switch.parameters)}
    return {"name": switch.name, "sentence": switch.sentence, "trap": switch.trap, "parameters": parameters}


def _seed_and_switches(given: Any, seed: Any) -> tuple[int, dict[str, dict[str, Any]]]:
    """Read what `PUT /hostile` is given."""
    if not isinstance(given, dict) or not given.keys() <= {"seed", "switches"}:
        raise BadSwitch('The body must be {"seed": ..., "switches": {...}}; either may be left out.')
    seed = given.get("seed", seed)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise BadSwitch("seed must be a whole number.")
    return seed, read_switches(given.get("switches", {}))


def _json(value: Mapping[str, Any], *, status: int = 200) -> Response:
    return Response(status, _JSON, msgspec.json.encode(value))


def _error(status: int, sentence: str) -> Response:
    return _json({"error": sentence}, status=status)
