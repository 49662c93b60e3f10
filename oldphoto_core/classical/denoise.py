"""Taking noise and grain out of a photograph, never more than was measured."""

import numpy as np

from oldphoto_core.classical.cosine import REACH_PX, shrink
from oldphoto_core.classical.noise import NoiseProfile, noise_profile
from oldphoto_core.classical.planes import from_planes, to_planes
from oldphoto_core.classical.tiles import tiles
from oldphoto_core.image import Photo

TILE_PX = 512
LEAST_SIGMA = 0.2 / 255.0
"""Noise under this is left alone: it is under the rounding of an 8-bit scan."""


def denoise(
    photo: Photo,
    *,
    strength: float = 1.0,
    colour_strength: float = 1.0,
    profile: NoiseProfile | None = None,
    tile_px: int = TILE_PX,
) -> Photo:
    """Return the photograph with noise taken out.

    Works in float throughout, so 16-bit scans keep their depth. Tiles only bound the memory: the result does not depend
    on their size.

    Args:
        photo: The photograph, in [0, 1].
        strength: 0 leaves the brightness noise as it is, 1 takes out all that was measured.
        colour_strength: The same for the two colour planes; a grey photograph has none.
        profile: The noise; None measures it here.
        tile_px: Side of a tile, a multiple of 8.

    Returns:
        A new photograph in [0, 1]; three equal channels stay equal.

    Raises:
        ValueError: A strength lies outside [0, 1], or the tile is no multiple of 8.
    """
    _check_settings(strength, colour_strength, tile_px=tile_px)
    noise = noise_profile(photo) if profile is None else profile
    if noise.sigma < LEAST_SIGMA:
        return photo.copy()
    result = np.empty_like(photo)
    for tile in tiles(photo.shape[:2], side_px=tile_px, apron_px=REACH_PX):
        cleaned = _denoised(photo[tile.read], noise, strengths=(strength, colour_strength, colour_strength))
        result[tile.place] = cleaned[tile.keep]
    return np.clip(result, 0.0, 1.0)


def _denoised(photo: Photo, noise: NoiseProfile, *, strengths: tuple[float, float, float]) -> Photo:
    """Return one tile with part of its noise gone."""
    planes = to_planes(photo)
    if len(planes) == len(noise.groups):
        sources = list(range(len(planes)))
    else:  # a tile without colour in a coloured photograph: its one plane is brightness over the square root of 3
        sources = [0]
        noise = NoiseProfile((noise.groups[0] / np.float32(np.sqrt(3.0)),))
    cleaned = []
    for source, plane in zip(sources, planes, strict=True):
        share = np.float32(strengths[source])
        cleaned.append(plane + share * (shrink(plane, noise.sigmas(source)) - plane) if share > 0.0 else plane)
    return from_planes(tuple(cleaned))


def _check_settings(*strengths: float, tile_px: int) -> None:
    """Refuse settings that mean nothing."""
    for strength in strengths:
        if not 0.0 <= strength <= 1.0:
            raise ValueError(f"a strength must lie in [0, 1], found {strength}")
    if tile_px <= 0 or tile_px % 8:
        raise ValueError(f"tile_px must be a positive multiple of 8, found {tile_px}")
