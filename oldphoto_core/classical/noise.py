"""How strong noise and grain are in a photograph, frequency by frequency.

Film grain and noise that went through a scanner's lens or through JPEG are not white: they are strong at low
frequencies and weak at high ones. A single sigma read at the finest scale misses most of them. So the noise is read for
each group of cosine coefficients, in the blocks of the picture that hold the least structure.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64

from oldphoto_core.classical.cosine import TRANSFORM, Blocks, Sigmas, blocks_of
from oldphoto_core.classical.planes import to_planes
from oldphoto_core.image import Photo

GROUP_OF = np.add.outer(np.arange(8), np.arange(8)).ravel()
"""Group 0 to 14 of each of the 64 coefficients: the sum of its two frequencies, in half cycles per 8 pixels."""

GROUPS = 15
LOWEST_READ = 3
"""Groups below this one hold mostly scene; they are given the noise of this group."""

QUIET_SHARE = 0.05
FEWEST_BLOCKS = 48
MOST_BLOCKS = 20_000
CLIP_MARGIN = 1.0 / 400.0
"""Blocks that come this close to black or white are left out: clipping hides noise."""

STRONGEST = 0.12
"""No group is credited with more noise than this, in [0, 1]: beyond it a texture was mistaken for noise."""

GroupSigmas = Float32[np.ndarray, " 15"]


@dataclass(frozen=True, slots=True)
class NoiseProfile:
    """The noise in each plane of a photograph (see ``planes``), one plane for a grey one."""

    groups: tuple[GroupSigmas, ...]
    """Standard deviation in [0, 0.12] for each plane and group of coefficients."""

    def sigmas(self, plane: int) -> Sigmas:
        """Return the standard deviation of each of the 64 coefficients of a plane."""
        return self.groups[plane][GROUP_OF].astype(np.float32)

    @property
    def sigma(self) -> float:
        """The standard deviation of the noise in the first plane: the root of the mean over its coefficients."""
        return float(np.sqrt(np.mean(np.square(self.sigmas(0)[1:]))))


def white_profile(sigma: float, *, planes: int) -> NoiseProfile:
    """Return the profile of white noise.

    Examples:
        >>> round(white_profile(0.05, planes=1).sigma, 4)
        0.05
    """
    return NoiseProfile(tuple(np.full(GROUPS, sigma, dtype=np.float32) for _ in range(planes)))


def noise_profile(photo: Photo) -> NoiseProfile:
    """Return the noise of a photograph; all zeros if it is smaller than a block, or flat.

    The twentieth part of the blocks with the least energy in the lowest frequencies is read; since those frequencies
    are not read themselves, the choice does not bend the estimate of the others.
    """
    planes = to_planes(photo)
    if min(photo.shape[:2]) < 8:
        return white_profile(0.0, planes=len(planes))
    usable = _unclipped(photo)
    if np.count_nonzero(usable) < FEWEST_BLOCKS:
        usable = np.ones_like(usable)
    coefficients = [_thinned(blocks_of(plane)[usable]) @ TRANSFORM.T for plane in planes]
    low = (GROUP_OF > 0) & (GROUP_OF < LOWEST_READ)
    structure = np.sum([np.square(plane[:, low]).sum(axis=1) for plane in coefficients], axis=0)
    count = min(structure.size, max(FEWEST_BLOCKS, int(QUIET_SHARE * structure.size)))
    quiet = np.argsort(structure, kind="stable")[:count]
    return NoiseProfile(tuple(_group_sigmas(plane[quiet]) for plane in coefficients))


def _unclipped(photo: Photo) -> Bool[np.ndarray, " N"]:
    """Return which blocks stay clear of black and white in all channels."""
    darkest = blocks_of(photo.min(axis=2)).min(axis=1)
    lightest = blocks_of(photo.max(axis=2)).max(axis=1)
    return (darkest > CLIP_MARGIN) & (lightest < 1.0 - CLIP_MARGIN)


def _thinned(blocks: Blocks) -> Blocks:
    """Return every n-th block, so that a huge scan costs no more than a large one."""
    return blocks[:: max(1, blocks.shape[0] // MOST_BLOCKS)]


def _group_sigmas(quiet: Blocks) -> GroupSigmas:
    """Return the robust standard deviation in each group; 1.4826 makes the median of |x| a normal sigma."""
    each: Float64[np.ndarray, " 64"] = 1.4826 * np.median(np.abs(quiet), axis=0).astype(np.float64)
    power = np.bincount(GROUP_OF, weights=each**2, minlength=GROUPS) / np.bincount(GROUP_OF, minlength=GROUPS)
    sigmas = np.minimum(np.sqrt(power), STRONGEST).astype(np.float32)
    sigmas[:LOWEST_READ] = sigmas[LOWEST_READ]
    return sigmas
