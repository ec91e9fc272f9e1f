"""Damaged bodies into the REST API. Rule: every answer is a documented status, with a body that parses.

    python fuzz/fuzz_rest_bodies.py --runs 20000 --seed 1

Only a documented refusal may come of it. A failure prints its seed and round; `--seed S --first R --runs 1`
repeats it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from angarium.core.account import Account, ApiConnection, Caller, Directory
from angarium.core.message import Accepted, Refused, Result, SendRequest
from angarium.core.numbers import BadNumber, parse_recipient
from angarium.core.public_ids import PublicIds
from angarium.core.refusals import Reason, Refusal
from angarium.flows.tables import Tables
from angarium.httpd import HttpdSettings, Request, Response
from angarium.httpd.head import HeadReader
from angarium.rest.app import RestApp, RestSettings
from angarium.rest.auth import token_hash
from angarium.text.segments import segment_count

STATUSES = {202, 207, 400}
NOW = 1_795_348_800_000

JSON_SEEDS = [
    '{"text":"Hello","to":["27990000001","27990000002"]}',
    '{"text":"Grüße 😀 €[]","to":"27990000001","from":"ACME","clientMessageId":"order 7","callback":7,"mo":0}',
    '{"text":"00480065D83DDE00","unicode":1,"to":[27990000001],"validityPeriod":"60","userPriorityQueue":1}',
    '{"text":"00ff","binary":true,"udh":"0605040B8423F0","to":["27990000001"],"maxMessageParts":35,"type":"SMS_FLASH"}',
    '{"text":"Hi","to":["+27990000001",null,true,1e3],"scheduledDeliveryTime":"2026-11-23T08:00:00.5+02:00"}',
    '{"text":"Hi","to":["27990000001"],"maxCredits":0.8,"escalate":"1","requiredFeatures":25151,"x":{"y":[[[1]]]}}',
]
XML_SEEDS = [
    "<request><data><text>Hello</text><to>27990000001</to><to>27990000002</to></data></request>",
    '<?xml version="1.0"?>\n<request><data><text>a &amp; <![CDATA[<c>]]></text><to>1</to></data></request>',
    '<r:request xmlns:r="urn:r"><r:data><r:text>Hi</r:text><r:to>27990000001</r:to><!-- c --></r:data></r:request>',
    "<request><data><text>00480065</text><unicode>1</unicode><to>27990000001</to><udh/></data></request>",
]
TOKENS = [
    "0", "-1", "1e999", "1e308", "9" * 40, "true", "null", '""', "[]", "{}", "[" * 40, '{"a":' * 40,
    "\\ud800", "\\u0000", "<!DOCTYPE request>", '<!DOCTYPE r [<!ENTITY e "e">]>', "&e;", "<a>" * 40,
    "]]>", "<![CDATA[", "<!--", "\ufffe", "\x00", '<?xml version="1.0" encoding="utf-7"?>',
    '<?xml version="1.0" encoding="UTF-16"?>', "\ufeff", "é", "😀", "\r\n", '"to":', '"text":', '"udh":"06",',
    "<to>", "</to>", "<text/>", "0605040B8423F0", "2026-11-22T12:00:00Z",
]  # fmt: skip
CHARSETS = ["", "; charset=utf-8", "; charset=iso-8859-1", "; charset=utf-16", "; charset=none"]
ENCODINGS = ["utf-8"] * 6 + ["utf-16", "utf-16-le", "utf-8-sig"]


class StandingClock:
    """The same moment, always."""

    def now(self) -> int:
        return NOW


async def send(_caller: Caller, request: SendRequest) -> list[Result]:
    """Take a request as the first leg does, without a store."""
    if segment_count(request.content) > (request.segments_max or 3):
        raise Refusal(Reason.TOO_MANY_SEGMENTS)
    results: list[Result] = []
    for index, written in enumerate(request.recipients, start=1):
        try:
            results.append(Accepted(parse_recipient(written), index))
        except BadNumber:
            results.append(Refused(written, Refusal(Reason.BAD_RECIPIENT)))
    return results


def build_app() -> RestApp:
    """An application with one account."""
    account = Account(account_id=1, name="account")
    connection = ApiConnection(connection_id=1, account_id=1, name="connection")
    tables = Tables()
    tables.directory = Directory(
        accounts={1: account}, connections={1: connection}, credentials={token_hash(b"token"): 1}
    )
    return RestApp(
        send=send,
        store=None,  # type: ignore[arg-type]  # a send of ours never asks it
        tables=tables,
        public_ids=PublicIds(bytes(16)),
        clock=StandingClock(),
        settings=RestSettings(),
    )


def damaged(chance: random.Random, seed: str) -> bytes:
    """A body with a few things wrong, in one encoding or another."""
    text = seed
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
        at = chance.randrange(len(text) + 1)
        until = min(len(text), at + chance.choice((0, 0, 1, 2, 8)))
        match chance.randrange(3):
            case 0:
                text = text[:at] + chance.choice(TOKENS) + text[until:]
            case 1:
                text = text[:at] + text[until:]
            case _:
                text = text[:at] + text[at:until] * chance.choice((2, 50)) + text[until:]
    octets = bytearray(text.encode(chance.choice(ENCODINGS), "replace"))
    for _ in range(chance.choice((0, 0, 0, 1, 4))):
        if octets:
            octets[chance.randrange(len(octets))] = chance.randrange(256)
    return bytes(octets)


def request_for(chance: random.Random) -> Request:
    """A request whose head is good and whose body may be anything."""
    is_json = chance.random() < 0.5
    body = damaged(chance, chance.choice(JSON_SEEDS if is_json else XML_SEEDS))
    media_type = "application/json" if is_json != (chance.random() < 0.02) else "application/xml"
    accept = chance.choice(("application/json", "application/xml"))
    head = (
        "POST /rest/message HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token\r\n"
        f"Content-Type: {media_type}{chance.choice(CHARSETS)}\r\nAccept: {accept}\r\n\r\n"
    )
    reader = HeadReader(HttpdSettings())
    reader.read(head.encode(), 0)
    assert reader.head is not None
    return Request(reader.head, body, ("192.0.2.1", 1), secure=False)


async def judge(app: RestApp, request: Request) -> int:
    """Ask, and hold the answer against the rule; an AssertionError or any other error is a finding."""
    answer = app.handle(request)
    response = answer if isinstance(answer, Response) else await answer
    assert response.status in STATUSES, response
    if request.headers[b"accept"] == b"application/json":
        assert len(json.loads(response.body)) == 1
    else:
        assert ET.fromstring(response.body).tag == "response"
    return response.status


async def run(*, runs: int, seed: int, first: int) -> None:
    """Judge so many bodies; the first finding is raised."""
    app = build_app()
    counts: Counter[int] = Counter()
    for number in range(first, first + runs):
        request = request_for(random.Random(f"{seed}/{number}"))
        try:
            counts[await judge(app, request)] += 1
        except BaseException:
            print(f"--seed {seed} --first {number} --runs 1: {request.headers!r} {request.body!r}")
            raise
    print(f"seed {seed}: {runs} bodies, answers by status {dict(sorted(counts.items()))}")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20_000, help="how many bodies (20000)")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins (1)")
    parser.add_argument("--first", type=int, default=0, help="the round to begin with (0)")
    arguments = parser.parse_args()
    asyncio.run(run(runs=arguments.runs, seed=arguments.seed, first=arguments.first))


if __name__ == "__main__":
    main()
