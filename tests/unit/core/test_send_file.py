"""Files of messages: what their lines say, and what is wrong with them."""

from __future__ import annotations

import pytest

from angarium.core.send_file import BadFile, Line, Problem, batches, read_lines


def read(text: str, *, for_all: str | None = None, sender: str | None = None) -> list[Line | Problem]:
    """The lines of a file."""
    return list(
        read_lines(text.splitlines(keepends=True), name="the file", text=for_all, sender=sender, text_is="write one")
    )


def test_columns_are_found_by_name_whatever_stands_between() -> None:
    """Commas, semicolons or tabs; what a line leaves out stands in for all."""
    assert read("text;to\nHello;27990000001\n", sender="Shop") == [Line(2, "27990000001", "Hello", "Shop", "")]
    assert read("to\tfrom\n27990000001\tBakery\n", for_all="Hi", sender="Shop") == [
        Line(2, "27990000001", "Hi", "Bakery", "")
    ]


def test_a_text_may_span_lines_and_empty_lines_are_passed_over() -> None:
    """The number of a line is the one on which it begins."""
    found = read('to,text\n27990000001,"a\nb"\n\n,\n27990000002,c\n')

    assert [(each.line_no, each.text) for each in found if isinstance(each, Line)] == [(2, "a\nb"), (6, "c")]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("foo,Hello,,", "'foo' is not a phone number"),
        ("27990000001,,,", "it has no text"),
        ("27990000001,Hello,not/one,", "'not/one' cannot be a sender"),
        (f"27990000001,Hello,,{'x' * 65}", "its clientMessageId is longer than 64 characters"),
        ("27990000001,Hello,,,more", "it has 5 cells, but there are 4 columns; quote the text"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, sentence: str) -> None:
    """And the others are read."""
    found = read(f"to,text,from,clientMessageId\n{line}\n27990000002,Hello,,\n")

    assert found[0] == Problem(2, sentence)
    assert isinstance(found[1], Line)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must name its columns"),
        ("number,text\n", "must name its columns"),
        ("to,text,colour\n", "'colour' is none of them"),
        ("to\n27990000001\n", "has no column text: add one, or write one"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(text: str, sentence: str) -> None:
    """With what to do about it."""
    with pytest.raises(BadFile, match=sentence):
        read(text)


def test_lines_that_say_the_same_share_a_request() -> None:
    """Up to a number of recipients, in their order."""
    lines = [Line(at, str(at), "ab"[at % 2], "", "") for at in range(7)]

    assert [[line.line_no for line in batch] for batch in batches(lines, recipients_max=3)] == [
        [0, 2, 4],
        [1, 3, 5],
        [6],
    ]
