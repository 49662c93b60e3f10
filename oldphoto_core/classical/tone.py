"""Giving a faded or flat photograph its black, its white and its middle back.

One monotone curve: on all three channels alike in colour, since fading took saturation too; on luma alone in a grey or
toned print, whose tint is then neither strengthened nor lost. Targets
are the means over 44 sound modern photographs: half a per cent of the pixels lie below 0.075 and above 0.904; the
curve aims a little beyond them, since a faded print once used its paper's whole range.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from oldphoto_core.image import Grey, Mask, Photo, is_monochrome, luma

MOST_SAMPLED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneTargets:
    """Where the tones of a sound print lie, and how far to go for it."""

    tail: float = 0.005
    """Share of the pixels that may lie beyond the black and the white point, in (0, 0.5)."""

    black: float = 0.05
    """Luma of the black point, in [0, 1]; a darker one is left."""

    white: float = 0.93
    """Luma of the white point, in [0, 1]; a lighter one is left."""

    steepest: float = 4.0
    """Largest stretch of the tone scale, at least 1."""

    middle: float = 0.446
    """Mean luma of a sound print, in [0, 1]."""

    tolerance: float = 0.1
    """A mean this close to the middle is left alone."""

    def __post_init__(self) -> None:
        """Refuse targets that contradict each other."""
        if not (0.0 < self.tail < 0.5 and 0.0 <= self.black < self.middle < self.white <= 1.0 and self.steepest >= 1.0):
            raise ValueError(f"need 0 < tail < 0.5, black < middle < white, steepest >= 1, found {self}")


TARGETS = ToneTargets()


def restore_tone(
    photo: Photo, *, strength: float = 1.0, mask: Mask | None = None, targets: ToneTargets = TARGETS
) -> Photo:
    """Return the photograph with its tone scale stretched and its middle set.

    Args:
        photo: The photograph, in [0, 1].
        strength: 0 leaves it as it is, 1 goes all the way.
        mask: Damaged pixels, which do not count when the tones are read.
        targets: Where to go.

    Returns:
        A new photograph in [0, 1]. The curve is strictly rising wherever a display could show it, so nothing is
        clipped that was not clipped before.
    """
    sample = _sample(photo, mask)
    low, high = np.quantile(sample, [targets.tail, 1.0 - targets.tail])
    if high - low < 1e-3:
        return photo.copy()
    x, y = _knots(float(low), float(high), targets)
    exponent = _exponent(float(np.interp(sample, x, y).mean()), targets)
    grid = np.linspace(0.0, 1.0, 4097)
    curve = (1.0 - strength) * grid + strength * np.interp(grid, x, y) ** exponent
    if is_monochrome(photo):
        return _with_luma(photo, np.interp(luma(photo), grid, curve).astype(np.float32))
    return np.interp(np.clip(photo, 0.0, 1.0), grid, curve).astype(np.float32)


def _with_luma(photo: Photo, target: Grey) -> Photo:
    """Return the photograph with this luma and its tint as strong as before, or less where black or white is near."""
    tint = photo - luma(photo)[..., None]
    upwards, downwards = np.maximum(tint.max(axis=2), 1e-6), np.maximum(-tint.min(axis=2), 1e-6)
    room = np.minimum(1.0, np.minimum((1.0 - target) / upwards, target / downwards)).astype(np.float32)
    return np.clip(target[..., None] + room[..., None] * tint, 0.0, 1.0)


def _knots(
    low: float, high: float, targets: ToneTargets
) -> tuple[Float64[np.ndarray, " 4"], Float64[np.ndarray, " 4"]]:
    """Return the bends of the curve: black, the two points, white."""
    black, white = min(low, targets.black), max(high, targets.white)
    excess = (white - black) / (high - low) / targets.steepest
    if excess > 1.0:  # too flat to be stretched all the way: stretch about the middle of what there is
        centre = (low * white - high * black) / (white - black + low - high)
        black, white = (centre + (point - centre) / excess for point in (black, white))
    low, high = max(low, 1e-4), min(high, 1.0 - 1e-4)
    return np.array([0.0, low, high, 1.0]), np.array([0.0, min(black, low), max(white, high), 1.0])


def _exponent(mean: float, targets: ToneTargets) -> float:
    """Return the gamma that brings half of a mean outside the tolerance back to its edge, in [0.8, 1.25].

    More would undo a strong fading better, but blacken faces before a bright sky.
    """
    mean = float(np.clip(mean, 0.05, 0.95))
    wanted = float(np.clip(mean, targets.middle - targets.tolerance, targets.middle + targets.tolerance))
    return float(np.clip(1.0 + 0.5 * (np.log(wanted) / np.log(mean) - 1.0), 0.8, 1.25))


def _sample(photo: Photo, mask: Mask | None) -> Float64[np.ndarray, " N"]:
    """Return the luma of undamaged pixels, thinned to about a million."""
    step = max(1, int(np.sqrt(photo.shape[0] * photo.shape[1] / MOST_SAMPLED)))
    grey = luma(photo[::step, ::step])
    if mask is None or bool(mask[::step, ::step].all()):
        return grey.ravel().astype(np.float64)
    return grey[~mask[::step, ::step]].astype(np.float64)
