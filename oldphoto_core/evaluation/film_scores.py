"""How near a restored clip comes to the truth, frame by frame and over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from oldphoto_core.evaluation.film_cases import FilmKind
from oldphoto_core.evaluation.intervals import Estimate, mean_of
from oldphoto_core.image import luma
from oldphoto_core.quality.blind import blind_quality
from oldphoto_core.quality.film import flicker, levels, motion_of, warping_error
from oldphoto_core.quality.flow import Seen
from oldphoto_core.quality.reference import psnr_db, ssim
from oldphoto_core.synthesis.reel import Reel
from oldphoto_core.synthesis.reel_scene import Frames
from oldphoto_core.training.film_scores import true_motion

MEASURES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "psnr_db": ("PSNR of the clip in dB, more is better", 2),
        "ssim": ("SSIM, mean of its frames, more is better", 4),
        "warping": ("Temporal warping error along the true motion, times 1000, less is better", 3),
        "flicker": ("Light that trembles more or otherwise than the truth's, in levels of 255, less is better", 2),
    }
)
"""What is measured where the truth is known, and with how many digits it is told."""

REAL_MEASURES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "warping": ("Temporal warping error along the motion seen in the clip as found, times 1000", 3),
        "flicker": ("Light that trembles, in levels of 255", 2),
        "sharpness": ("Sharpness, without a reference; less may be noise or detail that is gone", 3),
        "change": ("Mean change of a pixel, in levels of 255", 2),
    }
)
"""What is measured on real film."""


@dataclass(frozen=True, slots=True)
class FilmScore:
    """One method on one clip."""

    kind: FilmKind
    """What was done to the clip."""

    picture: str
    """Its ground: clips of one picture are not independent."""

    method: str
    """Who restored it."""

    measures: Mapping[str, float]
    """By the names of ``MEASURES``."""

    seconds: float
    """Processor time for a frame."""


def measured(found: Frames, reel: Reel) -> dict[str, float]:
    """Return the measures of ``MEASURES`` for a restored clip."""
    off = levels([luma(frame) for frame in found]) - levels([luma(frame) for frame in reel.clean])
    return {
        "psnr_db": psnr_db(np.concatenate(list(found)), np.concatenate(list(reel.clean))),
        "ssim": float(np.mean([ssim(one, clean) for one, clean in zip(found, reel.clean, strict=True)])),
        "warping": 1000.0 * _warping(found, true_motion(reel.scene)),
        "flicker": 255.0 * flicker(off),
    }


def measured_real(found: Frames, before: Frames) -> dict[str, float]:
    """Return the measures of ``REAL_MEASURES`` for restored real film."""
    return {
        "warping": 1000.0 * _warping(found, motion_of(map(luma, before))),
        "flicker": 255.0 * flicker(levels([luma(frame) for frame in found])),
        "sharpness": float(np.mean([blind_quality(frame).sharpness for frame in found])),
        "change": 255.0 * float(np.abs(found - before).mean()),
    }


def mean_score(scores: Sequence[FilmScore], measure: str, *, seed: int) -> Estimate | None:
    """Return the mean of a measure with its interval over pictures; None for no scores."""
    return mean_of([one.measures[measure] for one in scores], [one.picture for one in scores], seed=seed)


def _warping(frames: Frames, motion: Iterable[Seen]) -> float:
    return warping_error(map(luma, frames), motion)
