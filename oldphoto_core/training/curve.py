"""Curves of loss and held-out numbers over the steps, as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

WIDTH_PX, HEIGHT_PX = 900, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 190, 24, 34
_COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#8e5aa8", "#b8860b", "#2f8f9d", "#a03060", "#555555")
_INK, _LINE = "#222222", "#dddddd"
_TICKS = 4

Points = Sequence[tuple[int, float]]
"""(step, value), in the order of the steps."""


def curves(panels: Mapping[str, Mapping[str, Points]]) -> Image.Image:
    """Return one panel below the other, each with its named lines and a scale.

    Args:
        panels: Title of each panel, and in it the points of each line; a panel without points is left empty.
    """
    picture = Image.new("RGB", (WIDTH_PX, HEIGHT_PX * max(1, len(panels))), "white")
    draw = ImageDraw.Draw(picture)
    for number, (title, lines) in enumerate(panels.items()):
        _panel(draw, title, {name: points for name, points in lines.items() if points}, top=number * HEIGHT_PX)
    return picture


def smoothed(values: Sequence[float], *, count: int) -> list[tuple[int, float]]:
    """Return means of so many neighbours in a row, with the place of the last of each; a rest at the end counts too.

    Examples:
        >>> smoothed([1.0, 3.0, 5.0], count=2)
        [(1, 2.0), (2, 5.0)]
    """
    starts = range(0, len(values), count)
    return [(min(at + count, len(values)) - 1, float(np.mean(values[at : at + count]))) for at in starts]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a panel's values lie on the picture."""

    top: int
    steps: tuple[float, float]
    values: tuple[float, float]

    def at(self, step: float, value: float) -> tuple[float, float]:
        """Return the pixel of a value at a step."""
        across = (step - self.steps[0]) / (self.steps[1] - self.steps[0])
        up = (value - self.values[0]) / (self.values[1] - self.values[0])
        x = _LEFT + across * (WIDTH_PX - _LEFT - _RIGHT)
        return x, self.top + HEIGHT_PX - _BOTTOM - up * (HEIGHT_PX - _TOP - _BOTTOM)


def _panel(draw: ImageDraw.ImageDraw, title: str, lines: Mapping[str, Points], *, top: int) -> None:
    draw.text((_LEFT, top + 6), title, fill=_INK)
    if not lines:
        return
    everything = [point for points in lines.values() for point in points]
    frame = _Frame(top, _span([float(step) for step, _ in everything]), _span([value for _, value in everything]))
    _scale(draw, frame)
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [frame.at(float(step), value) for step, value in points]
        draw.line(places, fill=colour, width=2)
        for x, y in (places[0], places[-1]):
            draw.ellipse([x - 2, y - 2, x + 2, y + 2], fill=colour)
        draw.text((WIDTH_PX - _RIGHT + 10, top + _TOP + 14 * number), f"{name} {points[-1][1]:.4g}", fill=colour)


def _scale(draw: ImageDraw.ImageDraw, frame: _Frame) -> None:
    """Draw lines at some values, with numbers, and the numbers of some steps."""
    (first, last), (low, high) = frame.steps, frame.values
    for tick in range(_TICKS + 1):
        value, step = low + (high - low) * tick / _TICKS, first + (last - first) * tick / _TICKS
        draw.line([frame.at(first, value), frame.at(last, value)], fill=_LINE)
        draw.text((6, frame.at(first, value)[1] - 6), f"{value:.4g}", fill=_INK)
        x, y = frame.at(step, low)
        draw.text((x - 10, y + 8), f"{step:.0f}", fill=_INK)


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the greatest value, moved apart where they are one."""
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
