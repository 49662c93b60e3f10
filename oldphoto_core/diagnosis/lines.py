"""Thin lines that may be scratches, creases or cracks: finding candidates and describing each.

A candidate is a connected run of pixels that is lighter than both sides, holds a straight element of ``ELEMENT_PX``
pixels, and stands out from the texture around it; a dark line is a light one of the negative. Wires, ropes, twigs and
window bars are candidates too: the description is what tells them apart. Tones are 8-bit here, 0 to 255.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from oldphoto_core.diagnosis.components import Components, connect

Level = UInt8[np.ndarray, "H W"]
Field = Float32[np.ndarray, "H W"]
Description = Float64[np.ndarray, "N F"]

ELEMENT_PX = 15
"""Length of the straight element that a line must hold."""

WIDTH_PX = 7
"""Lines as wide as this are no longer seen; wider ones show at half the size."""

TENSOR_PX = 3.0
"""Sigma of the window in which the direction of a line is judged."""

SHORTEST_PX = 18.0
LEAST_CONTRAST = 14.0
"""In 8-bit steps: weaker lines are as likely noise or grain, and hardly disturb."""

FEATURES = (
    "log_slenderness",
    "log_relative_length",
    "log_flank_difference",
    "two_sidedness",
    "log_background_change",
    "tone_rank",
    "excess_chroma",
    "log_company",
    "log_opposite_beside",
)
"""The columns of a description, in order; ``describe`` says what each is."""


@dataclass(frozen=True, slots=True)
class Ridges:
    """What the filters saw."""

    height: Level
    """Rise of the straight element through each pixel above both sides."""

    valley: Level
    """Depth of thin dark structure, for what lies beside a line."""

    lines: Components
    """The candidates."""


def line_elements(length_px: int) -> list[np.ndarray]:
    """Return 16 line-shaped structuring elements, all directions, closed under flips and quarter turns.

    Examples:
        >>> len(line_elements(15)), int(line_elements(15)[0].sum())
        (16, 15)
    """
    half = length_px // 2
    elements: list[np.ndarray] = []
    for slope in (math.tan(k * math.pi / 16) for k in range(5)):
        element = np.zeros((length_px, length_px), np.uint8)
        reach = half if slope < 0.9 else round(half / math.sqrt(2))
        for x in range(-reach, reach + 1):
            element[half + math.floor(abs(x) * slope + 0.5) * (1 if x > 0 else -1), half + x] = 1
        for one in (element, element.T, element[::-1], element.T[:, ::-1]):
            if not any(np.array_equal(one, other) for other in elements):
                elements.append(np.ascontiguousarray(one))
    return elements


_ELEMENTS = line_elements(ELEMENT_PX)
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WIDTH_PX, WIDTH_PX))


def find_lines(level: Level) -> Ridges:
    """Return the lines lighter than both sides, and the filter answers that their description needs.

    The white top-hat by a disc keeps what is thin, its opening by a line element what is also straight; a pixel must
    exceed the mean thin structure around it (31 pixels) to belong, and twice that somewhere to count.
    """
    thin = cv2.subtract(level, cv2.morphologyEx(level, cv2.MORPH_OPEN, _DISC))
    valley = cv2.subtract(cv2.morphologyEx(level, cv2.MORPH_CLOSE, _DISC), level)
    height = np.zeros_like(level)
    for element in _ELEMENTS:
        cv2.max(height, cv2.morphologyEx(thin, cv2.MORPH_OPEN, element), dst=height)
    texture = cv2.blur(cv2.max(thin, valley), (31, 31), borderType=cv2.BORDER_REFLECT).astype(np.float32)
    needed = np.maximum(LEAST_CONTRAST, 2.0 * texture)
    strength = height / needed
    lines = connect(strength > 0.5, strength, extent_px=(SHORTEST_PX, math.inf))
    return Ridges(height=height, valley=valley, lines=lines)


def describe(level: Level, chroma: Field, ridges: Ridges) -> Description:
    """Return one row of ``FEATURES`` for each candidate line.

    Args:
        level: The picture in which the lines are light.
        chroma: CIE Lab chroma of each pixel, less the median of the picture.
        ridges: What ``find_lines`` returned for ``level``.

    Returns:
        log_slenderness: of extent^2 / area, large for thin lines, also crossing ones. log_relative_length: of extent
        over the short side, at most 0.6. log_flank_difference: between the two sides, over the rise: an edge has two
        different sides, damage lies on one thing. two_sidedness: rise over the higher side, over the rise, at most 1.
        log_background_change: of the standard deviation of the sides along the line: damage runs across things.
        tone_rank: share of the picture that is darker. excess_chroma: in tens. log_company: of the density of
        candidates within 61 pixels. log_opposite_beside: depth of dark lines at the flanks, over the rise: lattice
        and ringing have them.
    """
    lines = ridges.lines
    rows, columns = lines.rows, lines.columns
    tone = level.astype(np.float32)
    own = tone[rows, columns]
    rise = lines.mean(ridges.height[rows, columns].astype(np.float32)) + 2.0
    across = _across(tone, lines)
    one, other = _flank(tone, lines, across), _flank(tone, lines, -across)
    change = _spread(lines, 0.5 * (one + other))
    rank = np.cumsum(np.bincount(level.ravel(), minlength=256)) / level.size
    tone_rank = lines.mean(rank[level[rows, columns]].astype(np.float32))
    company = cv2.blur(lines.paint(np.ones(lines.areas.size, np.bool_)).astype(np.float32), (61, 61))
    valley = cv2.blur(ridges.valley.astype(np.float32), (3, 3))
    beside = np.maximum.reduce([_sample(valley, lines, across * k) for k in (-5, -4, 4, 5)])
    extent = lines.extent_px()
    columns_out = (
        np.log(extent**2 / lines.areas),
        np.log(np.minimum(0.6, extent / min(level.shape))),
        np.log(np.minimum(2.0, lines.mean(np.abs(one - other)) / rise) + 0.05),
        np.clip(lines.mean(np.minimum(own - one, own - other)) / rise, -0.5, 1.0),
        np.log(change + 2.0),
        tone_rank,
        np.clip(lines.mean(chroma[rows, columns]), -10.0, 20.0) / 10.0,
        np.log(lines.mean(company[rows, columns]) + 0.01),
        np.log(np.minimum(1.2, lines.mean(beside) / rise) + 0.05),
    )
    return np.stack(columns_out, axis=1)


def _across(tone: Field, lines: Components) -> Float32[np.ndarray, "P 2"]:
    """Return for each pixel of the lines the unit vector (rows, columns) across the line.

    It is the main axis of the structure tensor, the gradient's spread over about the width of a line; unlike the best
    element it has no ties, so it turns with the picture.
    """
    down = cv2.Sobel(tone, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT_101)
    right = cv2.Sobel(tone, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT_101)
    products = (down * down - right * right, 2.0 * down * right)
    even, odd = (
        cv2.GaussianBlur(product, (0, 0), TENSOR_PX, borderType=cv2.BORDER_REFLECT_101)[lines.rows, lines.columns]
        for product in products
    )
    half = 0.5 * np.arctan2(odd, even)
    return np.stack([np.cos(half), np.sin(half)], axis=1)


def _sample(field: Field, lines: Components, offset: Float32[np.ndarray, "P 2"]) -> Float32[np.ndarray, " P"]:
    """Return the field beside each pixel of the lines, at an offset (rows, columns), clamped to the picture."""
    rows = np.clip(lines.rows + np.rint(offset[:, 0]).astype(np.int64), 0, field.shape[0] - 1)
    columns = np.clip(lines.columns + np.rint(offset[:, 1]).astype(np.int64), 0, field.shape[1] - 1)
    return field[rows, columns]


def _flank(tone: Field, lines: Components, across: Float32[np.ndarray, "P 2"]) -> Float32[np.ndarray, " P"]:
    """Return the mean tone 5 and 7 pixels to one side."""
    return np.float32(0.5) * (_sample(tone, lines, across * 5) + _sample(tone, lines, across * 7))


def _spread(lines: Components, values: Float32[np.ndarray, " P"]) -> Float64[np.ndarray, " N"]:
    """Return the standard deviation over each group."""
    return np.sqrt(np.maximum(0.0, lines.mean(values**2) - lines.mean(values) ** 2))
