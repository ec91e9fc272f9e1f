"""Answers as they go over the wire."""

from __future__ import annotations

import pytest

from angarium.httpd.exchange import Response, plain_error_page, render


def spell(response: Response, *, is_head: bool = False, connection: bytes = b"", date: bytes = b"") -> bytes:
    """Render with the usual lines left out."""
    return render(response, is_head=is_head, connection_line=connection, date_line=date)


def test_an_answer_is_status_line_headers_and_body_in_one_piece() -> None:
    """Content-Length is always there, extra headers follow it, and the body ends the piece."""
    response = Response(202, b"application/json", b"{}", ((b"Retry-After", b"5"),))

    assert spell(response, connection=b"Connection: close\r\n", date=b"Date: then\r\n") == (
        b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        b"Retry-After: 5\r\nConnection: close\r\nDate: then\r\n\r\n{}"
    )


def test_head_gets_the_length_without_the_body() -> None:
    """The answer to HEAD says how long the body would be."""
    assert spell(Response(200, body=b"abc"), is_head=True).endswith(b"\r\nContent-Length: 3\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_no_length(status: int) -> None:
    """204 and 304 never carry a body (RFC 9110, 6.4.1)."""
    answer = spell(Response(status, body=b"abc"))

    assert b"Content-" not in answer
    assert answer.endswith(b"\r\n\r\n")


def test_an_unknown_final_status_survives() -> None:
    """A status without a name goes out as its number."""
    assert spell(Response(299)).startswith(b"HTTP/1.1 299 \r\n")


@pytest.mark.parametrize(
    "response",
    [
        Response(100),
        Response(199),
        Response(600),
        Response(200, b"text/plain\r\nX: y"),
        Response(200, b""),
        Response(200, headers=((b"X", b"a\r\nY: b"),)),
        Response(200, headers=((b"X", b"a\0"),)),
        Response(200, headers=((b"X:", b"a"),)),
        Response(200, headers=((b"", b"a"),)),
    ],
)
def test_an_answer_that_would_break_the_framing_is_refused(response: Response) -> None:
    """No line end of a handler's making gets between the headers."""
    with pytest.raises(ValueError, match=r"\."):
        spell(response)


def test_the_plain_error_page_says_the_status_in_words() -> None:
    """Without a better page the client still gets a body; 503 says when to come again."""
    assert plain_error_page(404, None).body == b"404 Not Found\n"
    assert plain_error_page(599, None).body == b"599 Error\n"
    assert plain_error_page(503, None).headers == ((b"Retry-After", b"5"),)
