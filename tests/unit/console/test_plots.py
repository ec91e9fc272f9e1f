"""Plots are drawn to scale."""

from __future__ import annotations

from angarium.console.plots import HEIGHT, WIDTH, lines, stacked


def test_bars_are_stacked_from_the_ground_to_a_round_top() -> None:
    """Each part as high as its share, one upon the other."""
    plot = stacked([("first", [("good", 30), ("bad", 10)]), ("second", [("good", 0), ("bad", 0)])])

    (good, bad), empty = plot.stacks[0].bars, plot.stacks[1]
    assert plot.top == 50
    assert (good.height, good.y) == (HEIGHT * 0.6, HEIGHT * 0.4)
    assert (bad.height, bad.y) == (HEIGHT * 0.2, HEIGHT * 0.2)
    assert 0 < good.x < good.x + good.width < WIDTH / 2
    assert empty.bars == ()


def test_a_single_message_among_many_can_be_seen() -> None:
    """However small its share."""
    ((good, bad),) = [stack.bars for stack in stacked([("all", [("good", 99_999), ("bad", 1)])]).stacks]

    assert (good.height > 100, bad.height) == (True, 1.5)
    assert stacked([]).top == 1


def test_lines_break_where_there_is_nothing() -> None:
    """A value without a neighbour is a dot; the scale is in powers of ten."""
    plot = lines([[1_000, 10_000, None, 100_000]])

    (line,) = plot.lines
    assert line.pieces == (f"60.0,{HEIGHT:.1f} 180.0,{HEIGHT / 2:.1f}",)
    assert line.dots == ((420.0, 0.0),)
    assert plot.rules == ((HEIGHT, 1_000), (HEIGHT / 2, 10_000), (0.0, 100_000))
    assert lines([[None, None]]).lines == ()


def test_one_value_alone_has_a_scale() -> None:
    """Of one power of ten."""
    assert lines([[1_000]]).rules == ((HEIGHT, 1_000), (0.0, 10_000))
