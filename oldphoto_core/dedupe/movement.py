"""Whether something stood elsewhere when the other picture was taken: what tells the next frame of a roll from a copy.

Small blocks of one picture that show something else on the other are sought about their place there. A scratch, a stain
or a stamp is found nowhere; somebody who took a step is found a little farther, all of him by the same shift, and
where he came from the other picture has him no more. Seen from either picture, so that lettering, of which one letter
is found in another, does not count.
"""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Int64

from oldphoto_core.dedupe.likeness import FLATTEST, LEAST_TEXTURE, Overlay
from oldphoto_core.image import Grey, Mask

HALF_PX = 6
"""Half the side of a block, in pixels of the overlay."""

STEP_PX = 4
"""From one block to the next."""

SLACK_PX = 2
"""How far a block may be off its place and still be in it: paper curls, lenses bend."""

REACH_PX = 32
"""How far a block is sought."""

LEAST_SHIFT_PX = 3.0
"""A shorter shift is none."""

GONE = 0.4
"""Correlation below which a block is not in its place any more."""

FOUND = 0.85
"""Correlation from which on it is found elsewhere."""

NEW = 0.6
"""Correlation below which it was not to be seen there before."""

NEAR_PX = 24
"""Blocks of one thing lie no farther apart than this, along either side."""

SAME_SHIFT_PX = 3.0
"""How far the shifts of one thing's blocks may differ."""

MOVED_BLOCKS = 4
"""So many blocks of one thing, seen from either picture, prove that it moved. Copies made by computation of training
pictures have two at most; a walking man on an old film has six when he has gone twice his own width."""


class _Shift(NamedTuple):
    """Where a block stands, and where it is found on the other picture, in pixels."""

    x: int
    y: int
    right: int
    down: int


def moved_blocks(pair: Overlay) -> int:
    """Return how many neighbouring blocks of the overlay moved together, the fewer of what either picture shows."""
    if not bool(pair.both.any()):
        return 0
    least = max(FLATTEST, LEAST_TEXTURE * min(float(pair.a[pair.both].std()), float(pair.b[pair.both].std())))
    seen = _together(_shifts(pair.a, pair.b, pair.both, least))
    return min(seen, _together(_shifts(pair.b, pair.a, pair.both, least))) if seen else 0


def _shifts(here: Grey, there: Grey, both: Mask, least_texture: float) -> Int64[np.ndarray, "N 4"]:
    """Return the blocks of one picture that stand elsewhere on the other."""
    margin = HALF_PX + SLACK_PX
    height, width = here.shape
    found = []
    for y in range(margin, height - margin, STEP_PX):
        for x in range(margin, width - margin, STEP_PX):
            if bool(both[_about(x, y, margin)].all()) and float(here[_about(x, y, HALF_PX)].std()) >= least_texture:
                shift = _shift_of(here, there, x, y)
                if shift is not None:
                    found.append(shift)
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def _shift_of(here: Grey, there: Grey, x: int, y: int) -> _Shift | None:
    """Return how far the block about a place has moved, or None if it has not or is not found."""
    block = np.ascontiguousarray(here[_about(x, y, HALF_PX)])
    if _best(block, there[_about(x, y, HALF_PX + SLACK_PX)])[0] >= GONE:
        return None
    reach = HALF_PX + REACH_PX
    score, left, top = _best(block, there[_about(x, y, reach)])
    right, down = max(0, x - reach) + left - (x - HALF_PX), max(0, y - reach) + top - (y - HALF_PX)
    if score < FOUND or right**2 + down**2 < LEAST_SHIFT_PX**2:
        return None
    before = _best(block, here[_about(x + right, y + down, HALF_PX + SLACK_PX)])[0]
    return _Shift(x, y, right, down) if before < NEW else None


def _about(x: int, y: int, half: int) -> tuple[slice, slice]:
    return slice(max(0, y - half), y + half), slice(max(0, x - half), x + half)


def _best(block: Grey, within: np.ndarray) -> tuple[float, int, int]:
    """Return the greatest correlation of a block within a larger piece, and where; 0 in a plain one."""
    if min(within.shape) < 2 * HALF_PX or float(within.std()) < FLATTEST:
        return 0.0, 0, 0
    scores = cv2.matchTemplate(np.ascontiguousarray(within), block, cv2.TM_CCOEFF_NORMED)
    top, left = divmod(int(scores.argmax()), scores.shape[1])
    return float(scores[top, left]), left, top


def _together(shifts: Int64[np.ndarray, "N 4"]) -> int:
    """Return the largest number of neighbouring blocks about one of them that moved alike."""
    if not len(shifts):
        return 0
    apart = shifts[:, None] - shifts[None]
    near = np.abs(apart[..., :2]).max(axis=2) <= NEAR_PX
    alike = np.hypot(apart[..., 2], apart[..., 3]) <= SAME_SHIFT_PX
    return int((near & alike).sum(axis=1).max())
