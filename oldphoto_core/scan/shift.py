"""A change of colour found in a space that sRGB does not lead to simply: CMYK, and scanners with one-way profiles.

CMYK makes one colour in many ways, with much black ink or none. A conversion from sRGB knows only its own way, and the
difference of two such conversions, added to inks separated another way, was seen to turn sepia into cyan. So the inks
are moved from where they are, by the smallest step that gives the colour: Gauss-Newton with damping (Levenberg 1944),

    step = J' (J J' + damping)^-1 (wanted - seen),    J = slope of seen sRGB over inks.
"""

import numpy as np

from oldphoto_core.scan.facts import ScanColour
from oldphoto_core.scan.icc import Values, seen

_STEPS = 8
_NEAR_ENOUGH = np.float32(1 / 1024)
_DAMPING = np.float32(1e-3)
_PROBE = np.float32(1 / 64)
_LONGEST_STEP = 0.3


def shifted(start: Values, change: Values, colour: ScanColour, icc: bytes) -> Values:
    """Return values near ``start`` whose colour is that of ``start`` plus the change.

    Args:
        start: Values in [0, 1] of the profile's space.
        change: What to add to their sRGB colour, three columns; colours beyond sRGB count unclipped.
        colour: Colour model of the space.
        icc: Its profile.

    Returns:
        Values in [0, 1]; where the space cannot reach the colour, near it.
    """
    found = start.copy()
    wanted = seen(start, colour, icc) + change
    active = np.arange(len(start))
    for _ in range(_STEPS):
        missing = wanted[active] - seen(found[active], colour, icc)
        far = np.abs(missing).max(axis=1, initial=0.0) > _NEAR_ENOUGH
        active, missing = active[far], missing[far]
        if len(active) == 0:
            break
        step = _step(found[active], missing, colour, icc)
        found[active] = np.clip(found[active] + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP), 0.0, 1.0)
    return found


def _step(values: Values, missing: Values, colour: ScanColour, icc: bytes) -> Values:
    here = seen(values, colour, icc)
    slopes = np.empty((len(values), 3, values.shape[1]), np.float32)
    for band in range(values.shape[1]):
        # Probe towards the middle, where there is always room.
        probe = np.where(values[:, band] < 0.5, _PROBE, -_PROBE)
        aside = values.copy()
        aside[:, band] += probe
        slopes[:, :, band] = (seen(aside, colour, icc) - here) / probe[:, None]
    turned = slopes.swapaxes(1, 2)
    damped = slopes @ turned + _DAMPING * np.eye(3, dtype=np.float32)
    return (turned @ np.linalg.solve(damped, missing[..., None]))[..., 0]
