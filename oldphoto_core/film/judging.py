"""Whether a restored shot is worse than the shot: what is compared, and what is not accepted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from oldphoto_core.image import Grey
from oldphoto_core.quality.blind import sharpness
from oldphoto_core.quality.film import flicker, levels, motion_of, warping_error
from oldphoto_core.quality.flow import SHORTEST_SIDE_PX


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotLimits:
    """How much worse a restored shot may be."""

    flicker_gain: float = 0.001
    """Largest rise of flicker, in luma."""

    sharpness_kept: float = 0.6
    """Least share of the strength of edges that is kept, at the median over frames; grain counts as edges a little."""

    level_change: float = 0.06
    """Largest change of the mean luma of the shot."""

    warping_gain: float = 1.25
    """Largest rise of the warping error, as a factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotChange:
    """Measures of a shot before and after."""

    flicker_before_luma: float
    """Standard deviation of trembling light."""

    flicker_after_luma: float
    """The same, restored."""

    sharpness_kept: float
    """Strength of edges after over before, median over frames."""

    level_change_luma: float
    """By how much the mean luma moved."""

    warping_error_before: float
    """Mean square difference of frames along motion, which is that of the shot before."""

    warping_error_after: float
    """The same, restored, along the same motion."""

    def measures(self) -> dict[str, float]:
        """Return them by name."""
        return {name: float(value) for name, value in asdict(self).items()}


def measure_shot(before: Sequence[Grey], after: Sequence[Grey]) -> ShotChange:
    """Return what restoring did to a stretch of a shot; it is held in memory whole.

    Args:
        before: Lumas in [0, 1], in order of time.
        after: The same frames restored.
    """
    motion = list(motion_of(before)) if min(before[0].shape) >= SHORTEST_SIDE_PX else []
    light_before, light_after = levels(before), levels(after)
    return ShotChange(
        flicker_before_luma=flicker(light_before),
        flicker_after_luma=flicker(light_after),
        sharpness_kept=float(np.median([_edges_kept(*pair) for pair in zip(before, after, strict=True)])),
        level_change_luma=float(np.abs(light_after.mean() - light_before.mean())),
        warping_error_before=warping_error(before, motion) if motion else 0.0,
        warping_error_after=warping_error(after, motion) if motion else 0.0,
    )


def why_worse(change: ShotChange, limits: ShotLimits) -> str | None:
    """Return in a phrase why a restored shot is not accepted; None if it is."""
    found = change
    if found.flicker_after_luma > found.flicker_before_luma + limits.flicker_gain:
        return f"flicker rose from {found.flicker_before_luma:.4f} to {found.flicker_after_luma:.4f}"
    if found.sharpness_kept < limits.sharpness_kept:
        return f"edges kept {found.sharpness_kept:.2f} of their strength, under {limits.sharpness_kept}"
    if found.level_change_luma > limits.level_change:
        return f"mean luma moved by {found.level_change_luma:.3f}, over {limits.level_change}"
    if found.warping_error_after > limits.warping_gain * found.warping_error_before + 1e-5:
        return f"warping error rose from {found.warping_error_before:.5f} to {found.warping_error_after:.5f}"
    return None


def _edges_kept(before: Grey, after: Grey) -> float:
    low, high = np.quantile(before, (0.05, 0.95))
    contrast = max(float(high - low), 0.01)
    strength = sharpness(before, contrast=contrast)
    return sharpness(after, contrast=contrast) / strength if strength > 1e-4 else 1.0
