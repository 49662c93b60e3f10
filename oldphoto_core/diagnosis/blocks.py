"""How visible the 8x8 grid of JPEG is."""

import numpy as np

from oldphoto_core.image import Grey


def blockiness(grey: Grey) -> float:
    """Return by how much steps on the best 8-pixel grid exceed those beside it, relative to the usual step.

    For each boundary between neighbours, the step across it is compared with the mean of the steps before and after
    it; large steps are capped, since edges of the scene fall anywhere. The grid may start at any of 8 offsets; the
    strongest offset counts, less the second strongest, so that texture with a period of its own gives little.

    Returns:
        0 for no grid, near 0.1 for a faint one, 1 and more where the blocks are all that is left. The smaller of
        the two directions: JPEG shows in both.
    """
    return min(_along_columns(grey), _along_columns(grey.T))


def _along_columns(grey: Grey) -> float:
    """Return the excess of steps between columns on the best offset."""
    if grey.shape[1] < 32:
        return 0.0
    step = np.minimum(np.abs(np.diff(grey, axis=1)), np.float32(0.06))
    excess = step[:, 1:-1] - 0.5 * (step[:, :-2] + step[:, 2:])
    profile = excess.mean(axis=0)
    usual = float(step.mean()) + 0.002
    offsets = np.array([float(profile[start::8].mean()) for start in range(8)])
    first, second = np.sort(offsets)[::-1][:2]
    return max(0.0, float(first - max(second, 0.0)) / usual)
