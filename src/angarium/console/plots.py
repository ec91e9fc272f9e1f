"""Plots as the server draws them: what each mark is and where, in a field of WIDTH by HEIGHT, the origin on top.

Words stand beside the picture, in HTML, so that they are as large as other words on every screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import Final, NamedTuple

WIDTH: Final = 480
HEIGHT: Final = 160
_GAP: Final = 0.22
"""Of a bar's place."""


class Bar(NamedTuple):
    """A part of a stacked bar."""

    tone: str
    x: float
    y: float
    width: float
    height: float


class Stack(NamedTuple):
    """One place on the axis: its parts, from the ground up, and what it says when it is pointed at."""

    bars: tuple[Bar, ...]
    title: str


class Stacked(NamedTuple):
    """A plot of stacked bars."""

    stacks: tuple[Stack, ...]
    top: int
    """What the upper edge stands for."""


class Line(NamedTuple):
    """A line, in pieces where values are missing."""

    pieces: tuple[str, ...]
    """Each as the points of a polyline."""
    dots: tuple[tuple[float, float], ...]
    """Values without a neighbour."""


class Lines(NamedTuple):
    """A plot of lines over a logarithmic scale."""

    lines: tuple[Line, ...]
    rules: tuple[tuple[float, int], ...]
    """Heights of lines across, with what each stands for."""


def stacked(places: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> Stacked:
    """Bars for these places: each a title, and the amounts of its tones from the ground up."""
    top = _round_up(max((sum(amount for _, amount in parts) for _, parts in places), default=0))
    step = WIDTH / max(1, len(places))
    stacks: list[Stack] = []
    for place, (title, parts) in enumerate(places):
        y = float(HEIGHT)
        bars: list[Bar] = []
        for tone, amount in parts:
            if amount:
                # What is there at all can be seen.
                height = max(1.5, HEIGHT * amount / top)
                y -= height
                bars.append(Bar(tone, _r(place * step + step * _GAP / 2), _r(y), _r(step * (1 - _GAP)), _r(height)))
        stacks.append(Stack(tuple(bars), title))
    return Stacked(tuple(stacks), top)


def lines(series: Sequence[Sequence[int | None]]) -> Lines:
    """Lines for these series of values above zero, evenly spaced; None where there is none."""
    values = [value for each in series for value in each if value]
    if not values:
        return Lines((), ())
    low = 10 ** int(log10(min(values)))
    decades = max(1, ceil(log10(max(values) / low) - 1e-9))

    def height(value: int) -> float:
        return _r(HEIGHT * (1 - log10(max(value, low) / low) / decades))

    drawn: list[Line] = []
    for each in series:
        step = WIDTH / max(1, len(each))
        pieces: list[list[tuple[float, float]]] = [[]]
        for place, value in enumerate(each):
            if value:
                pieces[-1].append((_r((place + 0.5) * step), height(value)))
            elif pieces[-1]:
                pieces.append([])
        drawn.append(
            Line(
                tuple(" ".join(f"{x},{y}" for x, y in piece) for piece in pieces if len(piece) > 1),
                tuple(piece[0] for piece in pieces if len(piece) == 1),
            )
        )
    rules = tuple((height(low * 10**decade), low * 10**decade) for decade in range(decades + 1))
    return Lines(tuple(drawn), rules)


def _round_up(value: int) -> int:
    """The next number that people count in: 1, 2, 5, 10, 20 ..."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if value <= digit * power:
                return digit * power
        power *= 10


def _r(value: float) -> float:
    return round(value, 1)
