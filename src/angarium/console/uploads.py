"""Files that people send: taken while they come, kept on disk and never in memory, gone as soon as nobody needs them.

A file has no name on disk: it goes with the last who holds it open, also when the process dies. Where a file system
cannot make such files there is a name for a moment, so the folder is emptied at every start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final, TypeVar

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request as WebRequest

from angarium.console.render import mebibytes_text
from angarium.core.clocktime import HOUR_MS, UnixMs

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

T = TypeVar("T")

FOLDER: Final = "uploads"
"""Where files are while somebody works on them, in the data directory."""
FIELDS_MAX: Final = 1_000
FILES_MAX: Final = 1
FIELD_OCTETS_MAX: Final = 1024 * 1024
"""Of all that was typed, together."""
FILE_NAME_CHARACTERS_MAX: Final = 100
RECEIVED_AT_ONCE_MAX: Final = 16
"""Files on their way at once; with what is kept this bounds what uploads can take of the disk."""
KEPT_MAX: Final = 16
"""Files that wait for a person to confirm what they would do; the oldest goes first."""
KEPT_OF_ONE_MAX: Final = 2
"""Of one person: whoever looks at many files pushes out none of others."""
KEPT_MS: Final = HOUR_MS
LINES_MAX: Final = 1_000_000
"""Lines of one file, empty ones too."""
LINE_CHARACTERS_MAX: Final = 64 * 1024
SLICE_LINES: Final = 500
"""Read and checked at once, beside the loop."""
THROWN_AWAY_OCTETS_MAX: Final = 256 * 1024 * 1024
"""Of a file that is too large so much more is read and thrown away, so that the page can say so beside its field."""


class Unreadable(Exception):
    """This file cannot be read; the text is a sentence for whoever has sent it."""


class Upload:
    """One file that somebody has sent."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name.replace("\\", "/").rpartition("/")[2][:FILE_NAME_CHARACTERS_MAX] or "file.csv"
        self.octets = 0
        self.problem = ""
        """Why it was not kept; empty when it was."""
        self._file: IO[bytes] = BytesIO()
        try:
            self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - its owner closes it
        except OSError as error:
            self._fail(error)

    async def write(self, octets: bytes) -> None:
        """Keep a further piece, beside the loop."""
        try:
            await asyncio.to_thread(self._file.write, octets)
        except OSError as error:
            self._fail(error)

    async def flush(self) -> None:
        """All of it has come."""
        try:
            await asyncio.to_thread(self._file.flush)
        except OSError as error:
            self._fail(error)

    def drop(self, why: str) -> None:
        """Let go of it for a reason that its page tells."""
        self.problem = self.problem or why
        self.close()

    def _fail(self, error: OSError) -> None:
        self.drop(f"The disk of the service cannot take this file ({error.strerror}). Nothing was changed.")

    def lines(self) -> Iterator[str]:
        """Its lines with their ends, from the first. Raises Unreadable. Only one may read at a time."""
        self._file.seek(0)
        text = TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
        try:
            line_no = 0
            while line := text.readline(LINE_CHARACTERS_MAX):
                line_no += 1
                if line_no > LINES_MAX:
                    raise Unreadable(f"The file has more than {LINES_MAX} lines: split it.")
                if len(line) == LINE_CHARACTERS_MAX and line[-1] not in "\r\n":
                    raise Unreadable(f"Line {line_no} of the file is longer than {LINE_CHARACTERS_MAX} characters.")
                yield line
        except UnicodeDecodeError:
            raise Unreadable("The file is not UTF-8 text: save it as CSV UTF-8.") from None
        finally:
            # Whoever stopped in the middle may have let go of the file already.
            with suppress(ValueError):
                text.detach()

    def close(self) -> None:
        """Let go of it."""
        # What was still to be written to a full disk is of no use to anybody.
        with suppress(OSError):
            self._file.close()


@dataclass(slots=True)
class Form:
    """What came with one form."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, Upload] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of its files."""
        for upload in self.files.values():
            upload.close()
        self.files.clear()


async def in_slices(items: Iterator[T], *, size: int = SLICE_LINES) -> AsyncIterator[list[T]]:
    """What an iterator gives, some at a time, each time beside the loop: for files of many lines."""
    while piece := await asyncio.to_thread(lambda: list(islice(items, size))):
        yield piece


async def aside(work: Callable[[], T]) -> T:
    """Do what takes long beside the loop; it must touch nothing that others change."""
    return await asyncio.to_thread(work)


class Uploads:
    """Takes forms with files in them, and keeps files between a page that looks at one and the page that goes on."""

    def __init__(self, folder: Path, *, octets_max: int, new_secret: Callable[[], str]) -> None:
        """`octets_max` bounds a file. The folder is made, and emptied of what a crash has left. Raises OSError."""
        folder.mkdir(mode=0o700, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        self.octets_max = octets_max
        self._folder = folder
        self._new_secret = new_secret
        self._receiving = 0
        self._kept: dict[str, tuple[int, UnixMs, Upload]] = {}

    @property
    def body_octets_max(self) -> int:
        """The longest body that is read at all."""
        return self.octets_max + THROWN_AWAY_OCTETS_MAX

    async def form(self, request: WebRequest) -> Form:
        """What came with a request, read once. Raises HTTPException for what is no form."""
        form: Form | None = getattr(request.state, "form", None)
        if form is None:
            form = request.state.form = Form()
            content_type, options = parse_options_header(request.headers.get("content-type"))
            if content_type == b"multipart/form-data":
                await self._read(request, form, options.get(b"boundary", b""))
            else:
                given = await request.form(max_files=0, max_fields=FIELDS_MAX)
                form.fields = [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
        return form

    @staticmethod
    def answered(request: WebRequest) -> None:
        """A request was answered: let go of the files that came with it."""
        form: Form | None = getattr(request.state, "form", None)
        if form is not None:
            form.close()

    def keep(self, upload: Upload, form: Form, *, person_id: int, now: UnixMs) -> str:
        """Keep a file of a form until this person goes on; the key by which it is found again.

        It goes after an hour, and before that when too many are kept.
        """
        form.files = {name: each for name, each in form.files.items() if each is not upload}
        for key, (_, until, _) in [*self._kept.items()]:
            if until <= now:
                self._forget(key)
        own = [key for key, (owner_id, _, _) in self._kept.items() if owner_id == person_id]
        for key in own[: len(own) - KEPT_OF_ONE_MAX + 1]:
            self._forget(key)
        while len(self._kept) >= KEPT_MAX:
            self._forget(next(iter(self._kept)))
        key = self._new_secret()
        self._kept[key] = (person_id, now + KEPT_MS, upload)
        return key

    def kept(self, key: str, form: Form, *, person_id: int, now: UnixMs) -> Upload | None:
        """The file that was kept under a key for this person, once: it is the form's from now on."""
        found = self._kept.get(key)
        if found is None or found[0] != person_id:
            return None
        del self._kept[key]
        upload = found[2]
        form.files[key] = upload
        return upload if found[1] > now else None

    def close(self) -> None:
        """Let go of all that is kept."""
        for key in [*self._kept]:
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._kept.pop(key)[2].close()

    async def _read(self, request: WebRequest, form: Form, boundary: bytes) -> None:
        if not boundary:
            raise HTTPException(400)
        self._receiving += 1
        try:
            await _Reader(self, form, boundary).read(request)
        finally:
            self._receiving -= 1

    def open(self, name: str) -> Upload:
        """A file to be filled; one that is not kept when too many are on their way."""
        upload = Upload(name, self._folder)
        if self._receiving > RECEIVED_AT_ONCE_MAX:
            upload.drop("Too many files are on their way at this moment: try again in a minute.")
        return upload

    @property
    def too_large(self) -> str:
        """What is said of a file over the limit."""
        return f"The file is larger than {mebibytes_text(self.octets_max)}: split it, or use the command line."


class _Reader:
    """Reads one form in multipart/form-data (RFC 7578) while it comes."""

    def __init__(self, uploads: Uploads, form: Form, boundary: bytes) -> None:
        self._uploads = uploads
        self._form = form
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._name = ""
        self._file: Upload | None = None
        self._typed = bytearray()
        self._typed_octets = 0
        self._waiting: list[tuple[Upload, bytes]] = []
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise HTTPException(400) from error

    async def read(self, request: WebRequest) -> None:
        """Read all of it."""
        try:
            async for octets in request.stream():
                self._parser.write(octets)
                await self._write()
            self._parser.finalize()
        except FormParserError as error:
            raise HTTPException(400) from error
        for upload in self._form.files.values():
            if not upload.problem:
                await upload.flush()

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        for upload, octets in waiting:
            if not upload.problem:
                await upload.write(octets)

    # What the parser tells.

    def _begin(self) -> None:
        self._disposition = b""
        self._file = None
        self._typed = bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise HTTPException(400)
        self._name = options[b"name"].decode("utf-8", "replace")
        name = options.get(b"filename")
        if not name:  # what was typed, or no file was chosen
            if len(self._form.fields) >= FIELDS_MAX:
                raise HTTPException(413)
            return
        if len(self._form.files) >= FILES_MAX:
            raise HTTPException(413)
        self._file = self._uploads.open(name.decode("utf-8", "replace"))
        self._form.files[self._name] = self._file

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._typed_octets += end - start
            if self._typed_octets > FIELD_OCTETS_MAX:
                raise HTTPException(413)
            self._typed += data[start:end]
            return
        self._file.octets += end - start
        if self._file.octets > self._uploads.octets_max:
            self._file.drop(self._uploads.too_large)
        if not self._file.problem:
            self._waiting.append((self._file, data[start:end]))

    def _end(self) -> None:
        if self._file is None:
            self._form.fields.append((self._name, self._typed.decode("utf-8", "replace")))
