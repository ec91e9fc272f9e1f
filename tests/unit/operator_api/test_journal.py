"""The journal over the operator's API."""

from __future__ import annotations

import csv
import io
import json

import pytest

from angarium.core.journal import COLUMNS
from angarium.httpd import StreamResponse
from angarium.operator_api import journal as edge
from tests.gateway import RECIPIENT, Gateway, accepted, receipt
from tests.unit.operator_api.conftest import Api

SINCE = "since=2020-01-01T00:00:00Z&until=2035-01-01T00:00:00Z"


async def read(api: Api, query: str) -> tuple[bytes, str]:
    """Content type and text of an export."""
    answer = await api.answer("GET", f"/v1/journal?{query}")
    assert isinstance(answer, StreamResponse), answer.body
    return answer.content_type, b"".join([octets async for octets in answer.chunks]).decode()


async def delivered(gateway: Gateway, at: int) -> str:
    """A message that has come to its handset."""
    (message_id,) = await gateway.send(to=[RECIPIENT + at], client_message_id="=1+1")
    await gateway.answer(accepted(await gateway.submit_one(), f"A{at}"))
    await gateway.deliver(receipt(f"A{at}", recipient=str(RECIPIENT + at)))
    return gateway.public_ids.show(message_id)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two messages on a page."""
    monkeypatch.setattr(edge, "PAGE_MESSAGES", 2)


@pytest.mark.usefixtures("small_pages")
async def test_what_has_ended_is_exported_oldest_first(api: Api) -> None:
    """As CSV that no spreadsheet runs, over several pages; what is open only when asked for."""
    ids = [await delivered(api.gateway, at) for at in range(5)]
    (waiting,) = await api.gateway.send()

    kind, text = await read(api, SINCE)
    _, with_open = await read(api, f"{SINCE}&open=true")

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert (kind, tuple(rows[0])) == (b"text/csv", COLUMNS)
    assert [row["message_id"] for row in rows] == ids
    assert {(row["status"], row["charge"], row["client_message_id"]) for row in rows} == {("004", "0.800000", "'=1+1")}
    assert list(csv.DictReader(io.StringIO(with_open)))[-1]["message_id"] == api.gateway.public_ids.show(waiting)


async def test_the_journal_is_written_as_json_lines_of_one_account(api: Api) -> None:
    """Another account's export is empty, and CSV then has its line of names."""
    message_id = await delivered(api.gateway, 0)
    other = (await api.ask("POST", "/v1/accounts", {"name": "other", "countries": ["any"]})).body["account_id"]

    kind, text = await read(api, f"{SINCE}&format=jsonl&account_id=1")
    _, nothing = await read(api, f"{SINCE}&format=jsonl&account_id={other}")
    _, names = await read(api, f"{SINCE}&account_id={other}")

    (line,) = text.splitlines()
    assert (kind, json.loads(line)["message_id"]) == (b"application/jsonl", message_id)
    assert (nothing, names) == ("", ",".join(COLUMNS) + "\r\n")


async def test_what_cannot_be_exported_is_named(api: Api) -> None:
    """A time that ends before it begins, an account that nobody has, another format; before anything is written."""
    for query, status, field in (
        ("", 422, "since"),
        ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 422, "until"),
        (f"{SINCE}&account_id=9", 404, None),
        (f"{SINCE}&format=xml", 422, "format"),
    ):
        said = await api.ask("GET", f"/v1/journal?{query}")
        assert (said.status, said.body.get("field")) == (status, field), query
