"""Every statement goes by an index: none looks at more rows as the store grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from angarium.stores.sqlite.database import open_database, open_reader
from angarium.stores.sqlite.statements import Queries

LARGE = {
    "messages",
    "requests",
    "segments",
    "notifications",
    "notification_attempts",
    "orphans",
    "ledger",
    "events",
    "kept_replies",
    "send_jobs",
    "send_chunks",
    "inbound_segments",
    "inbound_messages",
    "inbound_attempts",
    "opt_outs",
    "word_answers",
    "tallies",
    "blocks",
}
"""Tables that grow with the traffic."""
READ_EVERYTHING = {
    "faulty_balances": "for tests and an operator's doubt",
    "last_message_id": "the ends of two tables; SQLite calls that a search without a term",
    "end_notification_leases": "once, at a start",
    "end_inbound_leases": "likewise",
}
"""Statements that may scan, and why."""
INDEXES = {
    "accounts_due": {"messages_waiting"},
    "awaiting": {"segments_awaiting"},
    "blocks_of_all": {"blocks_of_all"},
    "blocks_with_digits": {"sqlite_autoindex_blocks_1"},
    "due_inbound": {"inbound_messages_due"},
    "due_messages": {"messages_waiting"},
    "events": {"events_of_message"},
    "dead_inbound": {"inbound_messages_dead"},
    "dead_inbound_of_connection": {"inbound_messages_dead"},
    "dead_letters": {"notifications_dead"},
    "inbound_waiting": {"inbound_messages_due"},
    "latest_inbound": {"inbound_messages_by_connection"},
    "latest_inbound_dead": {"inbound_messages_dead"},
    "latest_inbound_waiting": {"inbound_messages_due"},
    "dead_notifications": {"notifications_dead"},
    "latest_dead": {"notifications_dead"},
    "latest_waiting": {"notifications_due"},
    "notifications_waiting": {"notifications_due"},
    "notifications_of_message": {"notifications_of_message"},
    "replay_dead": {"notifications_dead"},
    "due_notifications": {"notifications_due", "notifications_of_message"},
    "end_leases": {"messages_waiting"},
    "erase_inbound": {"inbound_messages_with_text"},
    "has_overdue_parts": {"inbound_segments_waiting", "inbound_segments_joined"},
    "inbound_messages_from": {"inbound_messages_from"},
    "inbound_messages_in_state": {"inbound_messages_by_state"},
    "inbound_messages_of_connection": {"inbound_messages_by_connection"},
    "inbound_messages_to": {"inbound_messages_to"},
    "is_connection_owed": {"notifications_due"},
    "is_connection_owed_inbound": {"inbound_messages_due"},
    "mark_joined": {"inbound_segments_by_key"},
    "mask_inbound": {"inbound_messages_with_number"},
    "newest_request": {"requests_by_client_message_id"},
    "next_account_waiting": {"messages_waiting"},
    "next_connection_owed": {"notifications_due"},
    "next_connection_owed_inbound": {"inbound_messages_due"},
    "next_connection_with_inbound_number": {"inbound_messages_with_number"},
    "next_connection_with_inbound_text": {"inbound_messages_with_text"},
    "overdue_parts": {"inbound_segments_waiting"},
    "parts": {"inbound_segments_by_key"},
    "oldest_due": {"messages_waiting"},
    "oldest_notification": {"notifications_due"},
    "kept_replies": {"sqlite_autoindex_kept_replies_1"},
    "prune_orphans": {"orphans_by_age"},
    "prune_replies": {"kept_replies_by_age"},
    "queue_depth": {"messages_waiting"},
    "due_send_jobs": {"send_jobs_running"},
    "old_send_jobs": {"send_jobs_by_age"},
    "requests_to_check": {"requests_to_check"},
    "search_by_client_message_id": {"requests_by_client_message_id"},
    "stale_messages": {"messages_waiting"},
    "waiting_by_priority": {"messages_waiting"},
    "count_waiting": {"messages_waiting"},
    "place_ahead": {"messages_waiting"},
    "take_orphans": {"orphans_by_id"},
}
"""The index that each of these was made for."""
NAMES = sorted(Queries.load())


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    """A new and empty store."""
    database = open_database(Path(tmp_path_factory.mktemp("queries")) / "angarium.db")
    yield database
    database.close()


def plan(database: apsw.Connection, statement: str) -> list[str]:
    """The steps by which SQLite would go."""
    numbered = [int(number) for number in re.findall(r"\?(\d+)", statement)]
    parameters = [1] * max([*numbered, statement.count("?") if not numbered else 0])
    return [str(row[3]) for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


@pytest.mark.parametrize("name", sorted(set(NAMES) - READ_EVERYTHING.keys()))
def test_no_statement_scans_a_table_that_grows(database: apsw.Connection, name: str) -> None:
    """With a million messages it costs what it costs with ten; a sort of its own would be as bad."""
    statement = Queries.load()[name]
    aliases = dict(re.findall(r"(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)\s+(?:AS\s+)?([a-z])\b", statement))
    called = LARGE | {alias for table, alias in aliases.items() if table in LARGE}

    steps = plan(database, statement)

    scans = [step for step in steps if step.startswith("SCAN ") and step.split()[1] in called]
    sorts = [step for step in steps if "TEMP B-TREE" in step]
    assert (scans, sorts) == ([], [])


@pytest.mark.parametrize("name", sorted(INDEXES))
def test_a_statement_goes_by_its_own_index(database: apsw.Connection, name: str) -> None:
    """By that, and by no other of ours."""
    steps = plan(database, Queries.load()[name])

    assert {match for step in steps for match in re.findall(r"INDEX (\w+)", step) if match != "1"} == INDEXES[name]


def test_statements_are_prepared_once(database: apsw.Connection, tmp_path: Path) -> None:
    """Binding a limit or the end of a range must not make SQLite prepare them anew, which costs five times as much."""
    path = tmp_path / "angarium.db"
    writer, reader = open_database(path), open_reader(path)

    settings = [each.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) for each in (writer, reader)]

    reader.close()
    writer.close()
    assert settings == [1, 1]


def test_every_statement_is_used() -> None:
    """And under no other name."""
    folder = Path(__file__).parents[4] / "src" / "angarium" / "stores" / "sqlite"
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))

    assert [name for name in NAMES if f'"{name}"' not in source] == []
