"""Request heads, good and bad, whole and in pieces."""

from __future__ import annotations

import pytest

from angarium.httpd import HttpdSettings
from angarium.httpd.head import Head, HeadReader, HttpFault

SETTINGS = HttpdSettings(request_line_octets_max=100, header_octets_max=300)
HOST = b"Host: h\r\n"


def read(raw: bytes, *, split: bool = False, settings: HttpdSettings = SETTINGS) -> tuple[Head | None, int]:
    """Read one head; return it with the count of octets used."""
    reader = HeadReader(settings)
    if not split:
        used = reader.read(raw, 0)
        return reader.head, used
    for index in range(len(raw)):
        reader.read(raw[index : index + 1], 0)
        if reader.head is not None:
            return reader.head, index + 1
    return None, len(raw)


def verdict(raw: bytes, *, split: bool = False, settings: HttpdSettings = SETTINGS) -> int:
    """Return the status of the refusal, 200 for a good head, 0 when more is needed."""
    try:
        head, _ = read(raw, split=split, settings=settings)
    except HttpFault as fault:
        return fault.status
    return 200 if head is not None else 0


# What a request head is answered with; 0 waits for more.
VERDICTS: dict[str, tuple[bytes, int]] = {
    "plain": (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "http/1.0 without Host": (b"GET / HTTP/1.0\r\n\r\n", 200),
    "http/1.1 without Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400),
    "two Hosts on 1.0": (b"GET / HTTP/1.0\r\nHost: h\r\nhOST: g\r\n\r\n", 400),
    "empty Host": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "Host with a port": (b"GET / HTTP/1.1\r\nHost: h:8080\r\n\r\n", 200),
    "Host as IPv6": (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
    "Host with a path": (b"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400),
    "Host with a user": (b"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400),
    "Host as a list": (b"GET / HTTP/1.1\r\nHost: h, g\r\n\r\n", 400),
    "http/0.9": (b"GET /\r\n", 400),
    "http/0.9 with an empty line": (b"GET /\r\n\r\n", 400),
    "http/0.9, then a request": (b"GET /\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "http/0.9 by name": (b"GET / HTTP/0.9\r\nHost: h\r\n\r\n", 400),
    "http/1.2": (b"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 400),
    "http/2 by name": (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    "http/2 preface": (b"PRI * HTTP/2.0\r\n\r\n", 400),
    "rtsp": (b"DESCRIBE / RTSP/1.0\r\nHost: h\r\n\r\n", 400),
    "icecast": (b"SOURCE / ICE/1.0\r\nHost: h\r\n\r\n", 400),
    "tls on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "two spaces before the target": (b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "two spaces after the target": (b"GET /  HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "tab for a space": (b"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "space in the target": (b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "space at the end of the line": (b"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400),
    "lower-case version": (b"GET / http/1.1\r\nHost: h\r\n\r\n", 400),
    "lower-case method": (b"get / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "absurd method": (b"BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "endless method": (b"A" * 1000, 400),
    "CONNECT": (b"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501),
    "empty line first": (b"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "bare LF first": (b"\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "bare CR first": (b"\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "only empty lines": (b"\r\n\r\n", 0),
    "half an empty line": (b"\r\n\r", 0),
    "half a head": (b"GET / HTTP/1.1\r\nHost: h\r\n\r", 0),
    "bare LF in the request line": (b"GET / HTTP/1.1\nHost: h\r\n\r\n", 400),
    "bare LF after a header": (b"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400),
    "bare LF at the end": (b"GET / HTTP/1.1\r\nHost: h\r\n\n", 400),
    "bare CR in a value": (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400),
    "folded header": (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400),
    "folded first header": (b"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400),
    "space before the colon": (b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
    "header without a colon": (b"GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", 400),
    "header without a name": (b"GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n", 400),
    "bracket in a name": (b"GET / HTTP/1.1\r\nHost: h\r\nX(: x\r\n\r\n", 400),
    "NUL in a value": (b"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "NUL in the path, encoded": (b"GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "bad escape in the path": (b"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "bad escape in the query": (b"GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "octet over 127 in the target": (b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "fragment": (b"GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "target without a slash": (b"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "asterisk for OPTIONS": (b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "asterisk for GET": (b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "absolute target": (b"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "absolute target of another scheme": (b"GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "absolute target with a user": (b"GET http://u@h/a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "length": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n", 200),
    "length with a sign": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\n", 400),
    "negative length": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\n", 400),
    "length in hex": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\n", 400),
    "length with a space inside": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3 3\r\n\r\n", 400),
    "empty length": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400),
    "length as a list": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\n", 400),
    "length over 64 bits": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551617\r\n\r\n", 400),
    "length of 19 digits": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999\r\n\r\n", 400),
    "equal lengths": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400),
    "differing lengths": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\ncontent-length: 4\r\n\r\n", 400),
    "length, then chunked": (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "chunked, then length": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        400,
    ),
    "length and chunked behind an upgrade": (
        (
            b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
            b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        400,
    ),
    "chunked": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
    "chunked in capitals": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n", 200),
    "chunked on 1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "chunked twice": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 400),
    "chunked in two headers": (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "gzip, chunked": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
    "chunked, identity": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400),
    "xchunked": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
    "identity": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 400),
    "empty coding": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n", 400),
    "vertical tab before chunked": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\x0bchunked\r\n\r\n", 400),
    "space before the coding's colon": (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n", 400),
    "expect 100": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n", 200),
    "expect wonders": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: wonders\r\n\r\n", 417),
    "upgrade to h2c": (b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200),
}


@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
@pytest.mark.parametrize(("raw", "status"), VERDICTS.values(), ids=VERDICTS.keys())
def test_a_head_is_judged_the_same_whole_or_in_pieces(raw: bytes, status: int, split: bool) -> None:
    """Each row of the table gets its status, however its octets arrive."""
    assert verdict(raw, split=split) == status


@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
@pytest.mark.parametrize(("octets", "status"), [(100, 200), (101, 414)])
def test_the_request_line_may_reach_its_limit_and_no_more(octets: int, status: int, split: bool) -> None:
    """A request line of the limit is read, one octet more is 414."""
    line = b"GET /" + b"a" * (octets - len(b"GET / HTTP/1.1")) + b" HTTP/1.1"
    assert len(line) == octets

    assert verdict(line + b"\r\n" + HOST + b"\r\n", split=split) == status


@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
@pytest.mark.parametrize(("octets", "status"), [(300, 200), (301, 431)])
def test_the_header_block_may_reach_its_limit_and_no_more(octets: int, status: int, split: bool) -> None:
    """A header block of the limit is read, one octet more is 431."""
    block = HOST + b"X: " + b"a" * (octets - len(HOST) - len(b"X: \r\n\r\n")) + b"\r\n\r\n"
    assert len(block) == octets

    assert verdict(b"GET / HTTP/1.1\r\n" + block, split=split) == status


@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
def test_a_mistake_before_the_limit_is_told_rather_than_the_limit(split: bool) -> None:
    """The first thing wrong decides, so the split of the octets does not."""
    early = b"GET / HTTP/1.1\r\nHost : h\r\nX: " + b"a" * 400 + b"\r\n\r\n"
    late = b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 400 + b"\0\r\n\r\n"

    assert (verdict(early, split=split), verdict(late, split=split)) == (400, 431)


@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
def test_a_long_line_without_an_end_is_refused_before_it_ends(split: bool) -> None:
    """Neither a request line nor a header without an end is gathered for ever."""
    assert verdict(b"GET /" + b"a" * 97, split=split) == 414
    assert verdict(b"GET / HTTP/1.1\r\nX: " + b"a" * 297, split=split) == 431


@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
def test_a_head_is_read_into_its_parts(split: bool) -> None:
    """Method, path, query, version, headers and length come out as the client meant them."""
    raw = (
        b"POST /rest/a%20b%C3%A9?x=%20&y HTTP/1.1\r\nHost: h\r\nX-One:  1 \t \r\nx-one: 2\r\n"
        b"Cookie: a=1\r\nCookie: b=2\r\nEmpty:\r\nContent-Length: 0042\r\n\r\n"
    )

    head, used = read(raw, split=split)

    assert head is not None
    assert used == len(raw)
    assert (head.method, head.path, head.raw_path) == ("POST", "/rest/a b\u00e9", b"/rest/a%20b%C3%A9")
    assert (head.query, head.http_version, head.content_length) == (b"x=%20&y", "1.1", 42)
    assert head.headers == {
        b"host": b"h",
        b"x-one": b"1, 2",
        b"cookie": b"a=1; b=2",
        b"empty": b"",
        b"content-length": b"0042",
    }


@pytest.mark.parametrize(
    ("target", "raw_path", "query"),
    [
        (b"http://h/a?b", b"/a", b"b"),
        (b"HTTPS://h:8443", b"/", b""),
        (b"http://h?b=1", b"/", b"b=1"),
        (b"http://[::1]/", b"/", b""),
        (b"//h/a", b"//h/a", b""),
    ],
)
def test_an_absolute_target_counts_by_its_path(target: bytes, raw_path: bytes, query: bytes) -> None:
    """A client that speaks as if to a proxy is understood."""
    head, _ = read(b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")

    assert head is not None
    assert (head.raw_path, head.query) == (raw_path, query)


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: Upgrade, Close\r\n", False),
        (b"1.1", b"Connection: keep-alive\r\nConnection: close\r\n", False),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
        (b"1.0", b"Connection: keep-alive, close\r\n", False),
    ],
)
def test_a_connection_is_kept_when_its_version_and_header_say_so(
    version: bytes, connection: bytes, keeps: bool
) -> None:
    """HTTP/1.1 stays unless told to close; HTTP/1.0 stays only when asked."""
    head, _ = read(b"GET / HTTP/" + version + b"\r\n" + HOST + connection + b"\r\n")

    assert head is not None
    assert head.keep_alive is keeps


def test_only_the_head_is_taken() -> None:
    """Octets after the empty line are left to the body."""
    raw = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"

    assert read(raw + b"abcGET")[1] == len(raw)


def test_a_repeated_head_is_the_same_reading() -> None:
    """Equal octets are not parsed again; other octets are."""
    reader = HeadReader(SETTINGS)
    first = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
    other = b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n"

    heads = []
    for raw in (first, first, other, first[:-3], first[-3:]):
        reader.read(raw, 0)
        heads.append(reader.head)

    assert heads[0] is heads[1]
    assert [head and head.path for head in heads] == ["/a", "/a", "/b", None, "/a"]


def test_a_head_over_the_memo_limit_is_not_kept() -> None:
    """Memory for repeated heads is bounded by its setting."""
    reader = HeadReader(HttpdSettings(head_memo_octets_max=10))
    heads = []
    for _ in range(2):
        reader.read(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 0)
        heads.append(reader.head)

    assert heads[0] is not heads[1]
