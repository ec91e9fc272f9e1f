"""Files that people send to the console: bounded, never whole in memory, and gone whatever happens."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.command_line import CommandLine
from tests.product import Answer, Product, running
from tests.scenario.test_console_access import BOUNDARY, Person

LIMIT = 4 * 1024 * 1024
BODY_MAX = 1024 * 1024
ROWS = 20_000
FIRST = 27990000001
TURNS_MAX = 10_000


@pytest.fixture(scope="module")
def small(commands: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo that takes files of up to 4 MiB."""
    settings = {"ANGARIUM_CONSOLE_UPLOAD_OCTETS_MAX": str(LIMIT)}
    with running(tmp_path_factory.mktemp("uploads") / "data", commands, settings) as product:
        yield product
    assert "request.failed" not in product.log()


@pytest.fixture(scope="module")
def ada(small: Product) -> Person:
    """An operator who owns the demo account."""
    return Person(small, "ada", "--operator", "--account", "demo", "--role", "owner")


def files_held(product: Product) -> int:
    """How many uploaded files the service holds open."""
    folder = f"{product.data_dir / 'uploads'}/"
    held = 0
    for each in Path(f"/proc/{product.pid}/fd").iterdir():
        # What is closed meanwhile is not held.
        with suppress(FileNotFoundError):
            held += str(each.readlink()).startswith(folder)
    return held


def said(answer: Answer) -> list[str]:
    """What the page says beside its fields."""
    return re.findall(r'class="wrong"[^>]*>([^<]*)<', answer.body.decode())


def peak_octets(product: Product) -> int:
    """The most memory that the service ever had."""
    status = Path(f"/proc/{product.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


def test_a_file_larger_than_other_requests_is_taken(small: Product, ada: Person) -> None:
    """Row by row, on disk, into the store."""
    rows = "".join(f'{FIRST + at},"Hello guest {at}: {"x" * 100}"\n' for at in range(ROWS))
    octets = f"to,text\n{rows}".encode()
    assert BODY_MAX < len(octets) < LIMIT

    answer = ada.send("/accounts/1/send/file", octets, connection="1")

    assert answer.status == 303, said(answer)
    location = {name.lower(): value for name, value in answer.headers.items()}["location"]
    page = ada.ask("GET", location.removeprefix("/console")).body.decode()
    assert "20\u202f000" in page
    assert files_held(small) == 0


def test_a_file_that_is_too_large_is_told_beside_its_field(small: Product, ada: Person) -> None:
    """What was typed after it is kept, and memory is not what it costs."""
    before = peak_octets(small)

    answer = ada.send("/accounts/1/send/file", b"x" * (16 * LIMIT), connection="1", text="For all of them")

    assert answer.status == 422
    assert said(answer) == ["The file is larger than 4 MB: split it, or use the command line."]
    assert "For all of them" in answer.body.decode()
    assert peak_octets(small) - before < LIMIT
    assert files_held(small) == 0


def test_a_body_beyond_all_bounds_is_refused_before_it_comes(small: Product, ada: Person) -> None:
    """By a page, though not by the form's own."""
    with _connected(small) as client:
        client.sendall(_head(ada, 16 * 1024 * 1024 * 1024))
        answer = client.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Split a file" in answer


def test_nobody_but_those_who_may_can_put_anything_on_the_disk(small: Product, ada: Person) -> None:
    """Who somebody is, is asked before a file is taken; the form's own token, before anything comes of it."""
    stranger = Person(small, "stranger", "--account", "demo", "--role", "viewer")
    octets = b"to,text\n27990000001,Hello\n" + b"\n" * BODY_MAX

    with _connected(small) as client:
        client.sendall(_head(stranger, len(octets)))
        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 404 ")
    assert Person(small).send("/accounts/1/send/file", octets[:100]).status == 303
    token, ada.token = ada.token, "0" * 64
    try:
        assert ada.send("/accounts/1/send/file", octets, connection="1").status == 403
    finally:
        ada.token = token
    assert files_held(small) == 0


def test_a_client_that_leaves_in_the_middle_leaves_nothing(small: Product, ada: Person) -> None:
    """The file that was on its way is let go of."""
    with _connected(small) as client:
        client.sendall(_head(ada, 2 * BODY_MAX) + _part() + b"x" * BODY_MAX)
        assert any(files_held(small) == 1 for _ in range(TURNS_MAX))

    assert any(files_held(small) == 0 for _ in range(TURNS_MAX))


def test_a_table_is_looked_at_then_changed_by_the_same_file(small: Product, ada: Person) -> None:
    """It is kept meanwhile for this person, once; whoever comes too late chooses it again."""
    text = "prefix,carrier,quality\n" + "".join(f"{9_100_000 + at},demo,50\n" for at in range(100))
    answer = ada.send("/service/routes/import", text.encode(), keep="1")
    fields = dict(re.findall(r'name="(kept|mark|keep)" value="([^"]*)"', answer.body.decode()))
    assert files_held(small) == 1

    other = Person(small, "otto", "--operator")
    assert said(other.ask("POST", "/service/routes/confirm", fields)) == [
        "The file is not kept any more: choose it again. Nothing was changed."
    ]
    assert ada.ask("POST", "/service/routes/confirm", fields).status == 303
    assert said(ada.ask("POST", "/service/routes/confirm", fields)) == [
        "The file is not kept any more: choose it again. Nothing was changed."
    ]
    assert ada.ask("GET", "/service/routes/export").body.decode().count("91000") == 100
    assert files_held(small) == 0


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("/accounts/1/send/file", b"to\n"),
        ("/service/rates/import", b"prefix,rate\n"),
        ("/accounts/1/opt-outs/import", b"recipient\n"),
    ],
)
@pytest.mark.parametrize(("octets", "sentence"), [(b"\xff\xfe\n", "not UTF-8"), (b"x" * 70_000, "longer than 65536")])
def test_what_is_no_text_is_told_beside_the_field(
    ada: Person, path: str, columns: bytes, octets: bytes, sentence: str
) -> None:
    """On every page that takes a file."""
    answer = ada.send(path, columns + octets, connection="1", text="Hello")

    assert answer.status == 422
    assert [sentence in each for each in said(answer)] == [True]


def test_a_start_removes_what_a_crash_has_left(tmp_path: Path) -> None:
    """There is nothing to tidy up by hand."""
    product = Product(tmp_path / "data").start()
    product.kill()
    (tmp_path / "data" / "uploads" / "tmpleft").write_bytes(b"left")

    product.start()

    try:
        assert list((tmp_path / "data" / "uploads").iterdir()) == []
    finally:
        assert product.stop() == 0


def _connected(product: Product) -> socket.socket:
    parts = urlsplit(product.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)


def _head(person: Person, length: int) -> bytes:
    lines = (
        "POST /console/accounts/1/send/file HTTP/1.1",
        "Host: h",
        f"Cookie: {person.cookies}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {length}",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def _part() -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f.csv"\r\n\r\n'.encode()
