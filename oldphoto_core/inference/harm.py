"""Do no harm: what a step may do to a photograph, and whether it kept to that.

The limits were set by judgement on training pictures: treatment of artificially aged photographs passes them. They
stop gross harm (new edges, clipping, detail taken away). They do not stop a mild step on a sound photograph: that such
a step is not planned is the damage report's business.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

import cv2
import numpy as np

from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.plan import StepName
from oldphoto_core.quality.blind import BlindQuality, blind_quality
from oldphoto_core.quality.change import Change, measure_change

_PIXELS_IN_BAND = 6_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmLimits:
    """What one kind of step may do outside the mask of damage."""

    mean_outside: float
    """Largest mean absolute change of the channels, in [0, 1]."""

    new_edge_share: float = 0.002
    """Largest share of pixels that may gain an edge, in [0, 1]."""

    detail_taken: float = 1.0
    """Largest correlation of what was removed with the structure of the picture."""

    clipped_gain: float = 0.002
    """Largest rise of the share of clipped pixels, in [0, 1]."""

    sharpness_kept: float = 0.7
    """Least ratio of sharpness after to before."""

    noise_gain: float = 1.2
    """Largest ratio of noise after to before, beside half an 8-bit step; contrast gained is taken out of it."""

    contrast_kept: float = 0.9
    """Least ratio of contrast after to before."""


LIMITS: Mapping[StepName, HarmLimits] = {
    "inpaint": HarmLimits(
        mean_outside=1e-6, new_edge_share=0.0005, clipped_gain=0.02, sharpness_kept=0.3, contrast_kept=0.5
    ),
    "deblock": HarmLimits(mean_outside=0.03, detail_taken=0.8, noise_gain=1.05),
    "denoise": HarmLimits(mean_outside=0.10, detail_taken=0.5, sharpness_kept=0.25, noise_gain=1.0, contrast_kept=0.75),
    "tone": HarmLimits(mean_outside=0.30, contrast_kept=1.0),
    "cast": HarmLimits(mean_outside=0.10),
    "translate": HarmLimits(
        mean_outside=0.12,
        new_edge_share=0.005,
        detail_taken=0.7,
        clipped_gain=0.02,
        sharpness_kept=0.5,
        contrast_kept=0.75,
    ),
    "sharpen": HarmLimits(mean_outside=0.04, sharpness_kept=1.0, noise_gain=2.5, contrast_kept=0.95),
    "texture": HarmLimits(
        mean_outside=0.10,
        new_edge_share=0.005,
        detail_taken=0.85,
        sharpness_kept=0.4,
        noise_gain=1.5,
        contrast_kept=0.7,
    ),
    "colour": HarmLimits(mean_outside=0.45, clipped_gain=0.01, contrast_kept=0.95),
}
"""One set of limits for each step."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything measured about one step."""

    change: Change
    """The way from before to after."""

    before: BlindQuality
    """The picture before."""

    after: BlindQuality
    """The picture after."""

    def as_measures(self) -> dict[str, float]:
        """Return the measures by name, for the record."""
        quality = {f"{name}_before": value for name, value in asdict(self.before).items()}
        quality |= {f"{name}_after": value for name, value in asdict(self.after).items()}
        return asdict(self.change) | quality


def measure_effects(before: Photo, after: Photo, *, mask: Mask) -> Effects:
    """Return what a step did; pixels that touch the mask count as masked, since the border of damage is soft.

    Very large photographs are measured in bands, and the measures averaged by area, so that memory stays bounded.
    """
    bands = [
        (stop - start, _effects_of(before[start:stop], after[start:stop], mask[start:stop]))
        for start, stop in _bands(before.shape[:2])
    ]
    if len(bands) == 1:
        return bands[0][1]
    return Effects(
        change=_mean([(rows, effects.change) for rows, effects in bands]),
        before=_mean([(rows, effects.before) for rows, effects in bands]),
        after=_mean([(rows, effects.after) for rows, effects in bands]),
    )


def _effects_of(before: Photo, after: Photo, mask: Mask) -> Effects:
    wider = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return Effects(
        change=measure_change(before, after, mask=wider), before=blind_quality(before), after=blind_quality(after)
    )


def _bands(shape: tuple[int, int]) -> list[tuple[int, int]]:
    count = max(1, -(-shape[0] * shape[1] // _PIXELS_IN_BAND))
    edges = [shape[0] * band // count for band in range(count + 1)]
    return [(start, stop) for start, stop in itertools.pairwise(edges) if stop > start]


Measures = TypeVar("Measures", Change, BlindQuality)


def _mean(parts: Sequence[tuple[int, Measures]]) -> Measures:
    """Return the mean of measures, each weighted."""
    rows = sum(weight for weight, _ in parts)
    kind = type(parts[0][1])
    names = [field.name for field in fields(kind)]
    return kind(**{name: sum(weight * getattr(one, name) for weight, one in parts) / rows for name in names})


def harm(step: StepName, effects: Effects) -> str | None:
    """Return the first harm that was done, as a sentence; None if there is none."""
    limits, change = LIMITS[step], effects.change
    before, after = effects.before, effects.after
    gain = max(1.0, after.contrast / max(before.contrast, 1e-3))
    noise_bound = limits.noise_gain * gain * before.noise_sigma + 0.5 / 255.0
    bounded = (
        ("changed sound pixels", change.mean_outside, limits.mean_outside),
        ("made edges where there were none", change.new_edge_share, limits.new_edge_share),
        ("took detail of the scene", change.detail_taken, limits.detail_taken),
        ("clipped tones", after.clipped_share - before.clipped_share, limits.clipped_gain),
        ("added noise", after.noise_sigma, noise_bound),
        ("lost sharpness", -after.sharpness, -limits.sharpness_kept * before.sharpness),
        ("lost contrast", -after.contrast, -limits.contrast_kept * before.contrast + 1e-4),
    )
    for what, found, limit in bounded:
        if not found <= limit + 1e-9:  # so that NaN counts as harm
            return f"{what}: {abs(found):.4g}, limit {abs(limit):.4g}"
    return None
