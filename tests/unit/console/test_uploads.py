"""Files that people send: bounded, on disk, and gone when nobody needs them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from angarium.console import uploads
from angarium.console.uploads import Form, Unreadable, Upload, Uploads, in_slices

BOUNDARY = "b0und4ry"
NOW = 1_700_000_000_000
LIMIT = 1_024
ADA, BOB = 1, 2


class Received(Uploads):
    """Uploads whose requests are answered at the latest when the test ends."""

    def __init__(self, folder: Path) -> None:
        names = iter(map(str, range(1_000)))
        super().__init__(folder, octets_max=LIMIT, new_secret=lambda: next(names))
        self.requests: list[Request] = []

    async def form(self, request: Request) -> Form:
        self.requests.append(request)
        return await super().form(request)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Received]:
    """Uploads of a data directory."""
    received = Received(tmp_path / "uploads")
    yield received
    for each in received.requests:
        received.answered(each)
    received.close()


def part(name: str, value: bytes, *, file: str | None = None) -> bytes:
    """One part of a form."""
    said = f'form-data; name="{name}"' + (f'; filename="{file}"' if file is not None else "")
    return f"--{BOUNDARY}\r\nContent-Disposition: {said}\r\n\r\n".encode() + value + b"\r\n"


def body(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def request(octets: bytes, *, step: int = 100, is_cut: bool = False) -> Request:
    """A form that comes in pieces, or breaks off."""
    pieces = [octets[at : at + step] for at in range(0, len(octets), step)]

    async def receive() -> Any:
        if not pieces and is_cut:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces) or is_cut}

    head = (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())
    return Request({"type": "http", "method": "POST", "headers": [head]}, receive)


def open_files(folder: Path) -> int:
    """How many files of a folder this process holds open, named or not."""
    links = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sum(1 for link in links if link.startswith(f"{folder}{os.sep}"))


@pytest.mark.parametrize("step", [1, 7, 100, 10_000])
async def test_a_file_comes_with_what_was_typed(kept: Uploads, step: int) -> None:
    """However the form is cut; the file's name is what a person sees of it."""
    text = "to,text\r\n27990000001,Grüße\r\n"
    form = await kept.form(
        request(
            body(part("text", b"for all"), part("file", text.encode(), file="C:\\lists\\f.csv"), part("x", b"1")),
            step=step,
        )
    )

    assert form.fields == [("text", "for all"), ("x", "1")]
    assert (form.files["file"].name, form.files["file"].problem) == ("f.csv", "")
    assert list(form.files["file"].lines()) == ["to,text\r\n", "27990000001,Grüße\r\n"]
    assert list(form.files["file"].lines()) == ["to,text\r\n", "27990000001,Grüße\r\n"]


async def test_no_file_chosen_is_no_file(kept: Uploads) -> None:
    """A browser sends an empty part without a name then."""
    form = await kept.form(request(body(part("file", b"", file=""))))

    assert form.files == {}


async def test_a_file_that_is_too_large_is_not_kept_but_what_was_typed_is(kept: Uploads, tmp_path: Path) -> None:
    """The rest of it is thrown away, and the page says so."""
    form = await kept.form(request(body(part("file", b"x" * (LIMIT + 1), file="f.csv"), part("text", b"typed"))))

    assert form.fields == [("text", "typed")]
    assert form.files["file"].problem == "The file is larger than 1 KB: split it, or use the command line."
    assert open_files(tmp_path / "uploads") == 0


async def test_a_file_has_no_name_on_disk_and_goes_with_its_request(kept: Uploads, tmp_path: Path) -> None:
    """Whatever becomes of the request, and also when the process dies."""
    folder = tmp_path / "uploads"
    asked = request(body(part("file", b"abc", file="f.csv")))
    await kept.form(asked)
    assert (list(folder.iterdir()), open_files(folder)) == ([], 1)

    kept.answered(asked)

    assert open_files(folder) == 0


async def test_a_form_that_breaks_off_leaves_nothing(kept: Uploads, tmp_path: Path) -> None:
    """The client has gone in the middle of its file."""
    asked = request(body(part("file", b"abc" * 300, file="f.csv"))[:500], is_cut=True)

    with pytest.raises(ClientDisconnect):
        await kept.form(asked)
    kept.answered(asked)

    assert open_files(tmp_path / "uploads") == 0


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"no form at all, not even a boundary", 400),
        (f"--{BOUNDARY}\r\nContent-Type: text/csv\r\n\r\nabc\r\n--{BOUNDARY}--\r\n".encode(), 400),
        (body(part("a", b"1", file="1.csv"), part("b", b"2", file="2.csv")), 413),
        (body(part("a", b"x" * 101)), 413),
        (body(*(part(str(each), b"") for each in range(6))), 413),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(
    kept: Uploads, monkeypatch: pytest.MonkeyPatch, octets: bytes, status: int
) -> None:
    """Broken ones, and more than any page of ours has."""
    monkeypatch.setattr(uploads, "FIELD_OCTETS_MAX", 100)
    monkeypatch.setattr(uploads, "FIELDS_MAX", 5)

    with pytest.raises(HTTPException) as refused:
        await kept.form(request(octets))

    assert refused.value.status_code == status


async def test_only_so_many_are_on_their_way_at_once(kept: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is told to come again."""
    monkeypatch.setattr(uploads, "RECEIVED_AT_ONCE_MAX", 0)

    form = await kept.form(request(body(part("file", b"abc", file="f.csv"))))

    assert "try again" in form.files["file"].problem


async def test_a_disk_that_takes_nothing_is_told(kept: Uploads, tmp_path: Path) -> None:
    """In a sentence, and no fault of the page."""
    (tmp_path / "uploads").rmdir()

    form = await kept.form(request(body(part("file", b"abc", file="f.csv"))))

    assert form.files["file"].problem.startswith("The disk of the service cannot take this file (No such file")


async def test_a_file_is_kept_for_its_person_alone_and_once(kept: Uploads, tmp_path: Path) -> None:
    """Between the page that looks at it and the page that goes on."""
    form = await kept.form(request(body(part("file", b"abc", file="f.csv"))))
    key = kept.keep(form.files["file"], form, person_id=ADA, now=NOW)
    form.close()

    assert kept.kept(key, Form(), person_id=BOB, now=NOW) is None
    assert kept.kept("nothing", Form(), person_id=ADA, now=NOW) is None
    then = Form()
    found = kept.kept(key, then, person_id=ADA, now=NOW + 1)
    assert found is not None
    assert list(found.lines()) == ["abc"]
    assert kept.kept(key, Form(), person_id=ADA, now=NOW + 1) is None
    then.close()

    key = kept.keep(Upload("f.csv", tmp_path), Form(), person_id=ADA, now=NOW)
    kept.close()
    assert kept.kept(key, Form(), person_id=ADA, now=NOW) is None


async def test_what_is_kept_goes_by_age_and_number(
    kept: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that a person has left behind stays for long."""
    monkeypatch.setattr(uploads, "KEPT_MAX", 2)

    async def keep(now: int) -> str:
        form = await kept.form(request(body(part("file", b"abc", file="f.csv"))))
        return kept.keep(form.files["file"], form, person_id=ADA, now=now)

    first, second, third = await keep(NOW), await keep(NOW), await keep(NOW)
    assert kept.kept(first, Form(), person_id=ADA, now=NOW) is None
    too_late = Form()
    assert kept.kept(second, too_late, person_id=ADA, now=NOW + uploads.KEPT_MS) is None
    too_late.close()
    await keep(NOW + uploads.KEPT_MS)
    assert kept.kept(third, Form(), person_id=ADA, now=NOW) is None
    assert open_files(tmp_path / "uploads") == 1


async def test_nobody_pushes_out_what_others_have_left(kept: Uploads) -> None:
    """Whoever looks at one file after another loses their own."""

    async def keep(person_id: int) -> str:
        form = await kept.form(request(body(part("file", b"abc", file="f.csv"))))
        return kept.keep(form.files["file"], form, person_id=person_id, now=NOW)

    of_bob = await keep(BOB)
    of_ada = [await keep(ADA) for _ in range(uploads.KEPT_MAX + 1)]

    then = Form()
    assert kept.kept(of_bob, then, person_id=BOB, now=NOW) is not None
    found = [kept.kept(key, then, person_id=ADA, now=NOW) is not None for key in of_ada]
    assert found == [False] * (len(of_ada) - uploads.KEPT_OF_ONE_MAX) + [True] * uploads.KEPT_OF_ONE_MAX
    then.close()


def test_a_start_removes_what_a_crash_has_left(tmp_path: Path) -> None:
    """Where a file system gives such files a name for a moment."""
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "tmp123").write_bytes(b"left")

    Uploads(tmp_path / "uploads", octets_max=LIMIT, new_secret=str)

    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"to\n\xff\n", "not UTF-8"),
        (b"a" * 21, "Line 1 of the file is longer than 20 characters"),
        (b"a\n\n\n\n", "more than 3 lines"),
    ],
)
async def test_a_file_that_is_no_text_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octets: bytes, sentence: str
) -> None:
    """And never read whole to find out."""
    monkeypatch.setattr(uploads, "LINES_MAX", 3)
    monkeypatch.setattr(uploads, "LINE_CHARACTERS_MAX", 20)
    upload = Upload("f.csv", tmp_path)
    await upload.write(octets)
    await upload.flush()

    with pytest.raises(Unreadable, match=sentence):
        list(upload.lines())
    upload.close()


async def test_lines_are_read_beside_the_loop(tmp_path: Path) -> None:
    """Some at a time: others have their turn in between."""
    upload = Upload("f.csv", tmp_path)
    await upload.write(b"".join(b"%d\n" % number for number in range(1_200)))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(others())
    sizes = [len(piece) async for piece in in_slices(upload.lines())]
    running.cancel()

    assert sizes == [500, 500, 200]
    assert turns >= len(sizes)
    upload.close()


async def test_whoever_stops_reading_may_let_go(tmp_path: Path) -> None:
    """A file can be closed while somebody is in the middle of it."""
    upload = Upload("f.csv", tmp_path)
    await upload.write(b"a\nb\n")
    lines = upload.lines()
    assert next(lines) == "a\n"

    upload.close()
    lines.close()  # type: ignore[attr-defined]
