"""The eight ways a rectangular print can lie on the scanner glass, and how they combine.

A name says what was done to the first picture to get the second: an optional ``mirror`` (left-right flip) comes first,
then a rotation by quarter turns, **clockwise** as the eye sees it. ``mirror-rotate-90`` is a transposition.
"""

from typing import Literal, get_args

import numpy as np

Orientation = Literal[
    "identity",
    "rotate-90",
    "rotate-180",
    "rotate-270",
    "mirror",
    "mirror-rotate-90",
    "mirror-rotate-180",
    "mirror-rotate-270",
]
"""Mirror first, then clockwise rotation in degrees."""

ORIENTATIONS: tuple[Orientation, ...] = get_args(Orientation)
"""All eight, in the order in which hashes of a fingerprint stand: number ``4 * mirrored + quarter_turns``."""


def orient(pixels: np.ndarray, orientation: Orientation) -> np.ndarray:
    """Return the picture (H, W, ...) mirrored and turned as the name says; a view, not a copy.

    Examples:
        >>> orient(np.array([[1, 2], [3, 4]]), "rotate-90").tolist()
        [[3, 1], [4, 2]]
        >>> orient(np.array([[1, 2], [3, 4]]), "mirror").tolist()
        [[2, 1], [4, 3]]
    """
    mirrored, turns = divmod(ORIENTATIONS.index(orientation), 4)
    flipped = pixels[:, ::-1] if mirrored else pixels
    return np.rot90(flipped, k=-turns)


def compose(first: Orientation, second: Orientation) -> Orientation:
    """Return the one orientation that equals ``first`` followed by ``second``.

    Examples:
        >>> compose("rotate-90", "mirror")
        'mirror-rotate-270'
    """
    mirrored_1, turns_1 = divmod(ORIENTATIONS.index(first), 4)
    mirrored_2, turns_2 = divmod(ORIENTATIONS.index(second), 4)
    # A turn seen in a mirror goes the other way.
    turns = turns_2 + (-turns_1 if mirrored_2 else turns_1)
    return ORIENTATIONS[4 * (mirrored_1 ^ mirrored_2) + turns % 4]


def inverse(orientation: Orientation) -> Orientation:
    """Return the orientation that undoes this one.

    Examples:
        >>> inverse("rotate-90"), inverse("mirror-rotate-90")
        ('rotate-270', 'mirror-rotate-90')
    """
    mirrored, turns = divmod(ORIENTATIONS.index(orientation), 4)
    return orientation if mirrored else ORIENTATIONS[-turns % 4]
