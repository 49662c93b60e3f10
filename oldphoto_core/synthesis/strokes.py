"""Thin strokes with varying width and opacity, drawn antialiased: what scratches and hairs are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Int64

from oldphoto_core.image import Grey

SUBSAMPLES = 3
"""Canvas pixels per picture pixel and side; with them a stroke may be under half a pixel wide."""

_SHIFT = 4  # cv2 takes points in sixteenths of a pixel
_THINNEST = 1.3  # canvas pixels that cv2 covers when asked for a thickness of one


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path of N points."""

    points: Float32[np.ndarray, "N 2"]
    """x and y in pixels of the picture; they may lie outside it."""

    widths_px: Float32[np.ndarray, " N"]
    """Width at each point, in pixels; under half a pixel the stroke is drawn fainter rather than thinner."""

    opacities: Float32[np.ndarray, " N"]
    """Opacity at each point, in [0, 1]; 0 leaves a gap."""


def draw(shape: tuple[int, int], strokes: Sequence[Stroke]) -> Grey:
    """Return the opacity, in [0, 1], that the strokes lay on each pixel.

    Args:
        shape: Height and width in pixels.
        strokes: What to draw; where they cross, the later one counts.

    Examples:
        >>> bar = Stroke(np.array([[0, 4], [9, 4]], np.float32), np.full(2, 2, np.float32), np.ones(2, np.float32))
        >>> drawn = draw((9, 9), [bar])
        >>> bool(drawn[4].min() > 0.5), float(drawn[0].max())
        (True, 0.0)
    """
    height, width = shape
    canvas = np.zeros((height * SUBSAMPLES, width * SUBSAMPLES), dtype=np.uint8)
    for stroke in strokes:
        _draw_one(canvas, stroke)
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255.0)


def _draw_one(canvas: np.ndarray, stroke: Stroke) -> None:
    """Draw a stroke onto the canvas, segment by segment; the canvas is changed."""
    places = np.rint(stroke.points * (SUBSAMPLES << _SHIFT)).astype(np.int64).tolist()
    widths = stroke.widths_px * np.float32(SUBSAMPLES)
    thick = _thickness(widths).tolist()
    # The thinnest line has a width of its own; what should be thinner is drawn fainter instead.
    faint = np.minimum(widths / np.float32(_THINNEST), np.float32(1.0))
    ink = np.rint(np.clip(stroke.opacities, 0.0, 1.0) * faint * 255.0).astype(np.int64).tolist()
    for k in range(len(places) - 1):
        if ink[k] > 0:
            cv2.line(canvas, places[k], places[k + 1], ink[k], thick[k], cv2.LINE_AA, _SHIFT)


def _thickness(widths: Float32[np.ndarray, " N"]) -> Int64[np.ndarray, " N"]:
    """Return the thickness to ask of cv2 for widths in canvas pixels.

    Its antialiased lines come out wider than asked, as measured: 1 gives 1.3, 2 gives 3.4, n gives about 1.07 n + 2.2.
    """
    wide = np.rint((widths - 2.2) / 1.07)
    return np.where(widths < 2.3, 1, np.where(widths < 4.4, 2, np.maximum(3, wide))).astype(np.int64)
