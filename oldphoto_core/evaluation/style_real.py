"""Modernizing real old photographs, where no truth is known: how much style was taken, and what it cost in structure.

The two are read as a pair: who changes nothing keeps every edge, who copies the reference has its style.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from oldphoto_core.classical.regions import at_working_size, lab_of
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.style_method import References
from oldphoto_core.image import Photo, check_photo
from oldphoto_core.quality.reference import Reference, edge_ssim

_LOOKED_AT_PX = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class RealScore:
    """One method on one real old photograph; plain values only."""

    picture: str
    """SHA-256 of its file."""

    method: str
    """Who answered."""

    edge_ssim: float
    """Agreement of the edges before and after, in [-1, 1]."""

    style_distance: float
    """How far mean and spread of L*, a*, b* are from those of the references; see ``style_distance``."""


def real_score(picture: str, method: str, before: Photo, after: Reference, references: References) -> RealScore:
    """Return the two measures of a restyled photograph.

    Raises:
        PhotoShapeError: The result is no picture, or of another size.
    """
    check_photo(after)
    if after.shape != before.shape:
        raise PhotoShapeError(found=f"{after.shape}", expected=f"the size of the photograph {before.shape}")
    distance = style_distance(after, references)
    return RealScore(
        picture=picture, method=method, edge_ssim=round(edge_ssim(after, before), 6), style_distance=round(distance, 6)
    )


def style_distance(photo: Photo, references: References) -> float:
    """Return the distance between photograph and references in mean and standard deviation of L*, a*, b*.

    Euclidean, over six numbers in CIELAB units; the references' pixels are taken together, each picture counting alike.
    """
    theirs = np.concatenate([_statistics_pixels(one) for one in references])
    return float(np.linalg.norm(_statistics(_statistics_pixels(photo)) - _statistics(theirs)))


def _statistics_pixels(photo: Reference) -> Float64[np.ndarray, "N 3"]:
    """Return the colours of a square small copy, so that pictures of any size count alike."""
    lab = lab_of(at_working_size(photo, _LOOKED_AT_PX)).reshape(-1, 3).astype(np.float64)
    return lab[np.linspace(0, len(lab) - 1, 4096).astype(np.int64)]


def _statistics(lab: Float64[np.ndarray, "N 3"]) -> Float64[np.ndarray, " 6"]:
    return np.concatenate([lab.mean(axis=0), lab.std(axis=0)])
