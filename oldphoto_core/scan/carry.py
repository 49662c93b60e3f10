"""Carrying a change over to the master: what was not changed comes back bit for bit.

The change is made on a photograph in sRGB; the master may be deeper, wider, grey, or CMYK. So the changed photograph is
never converted back. Only the difference between after and before is, and it is added to the master's own pixels:

    new = clip(round(master + top * (encode(after) - encode(before))))

with ``encode`` from sRGB into the master's space in floating point and ``top`` its largest sample, 255 or 65535. Where
there is no one such ``encode`` (CMYK, one-way scanner profiles) the samples are moved by the smallest step that makes
the same change of colour, see ``shift``.
"""

from dataclasses import replace

import numpy as np

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo, check_photo
from oldphoto_core.scan.colour import PixelSpace, space_of, strips, to_photo
from oldphoto_core.scan.facts import COLOUR_BANDS, Pixels, Scan
from oldphoto_core.scan.icc import profile_name, srgb_profile

COLOUR_STEP = 1.5 / 255
"""A pixel has colour if its channels lie further apart than this, in [0, 1]: beyond one 8-bit step and its rounding."""


def carry_change(scan: Scan, before: Photo, after: Photo) -> Scan:
    """Return the scan with the change from ``before`` to ``after`` made to its own pixels.

    Pixels with ``after == before`` keep their samples exactly; alpha and other extra bands always do. Depth, profile
    and metadata stay. A grey master stays grey unless ``after`` has a pixel with colour (channels further apart than
    ``COLOUR_STEP``); then the result is RGB, ``facts.colour`` says so and ``facts.notes`` why.

    Args:
        scan: The master, as read.
        before: Its photograph, ``to_photo(scan)``.
        after: What it should look like, in sRGB.

    Raises:
        PhotoShapeError: The three differ in size, or one is no photograph.
    """
    for photo in (before, after):
        check_photo(photo)
        if photo.shape[:2] != scan.pixels.shape[:2]:
            raise PhotoShapeError(found=f"{photo.shape[:2]}", expected=f"the size of the scan, {scan.pixels.shape[:2]}")
    if scan.facts.colour == "grey" and _has_colour(after):
        scan = _as_rgb(scan)
    space = space_of(scan)
    pixels = scan.pixels.copy()
    for rows in strips(*pixels.shape[:2]):
        _add_change(pixels[rows], space, before[rows], after[rows])
    return replace(scan, pixels=pixels)


def _add_change(pixels: Pixels, space: PixelSpace, before: Photo, after: Photo) -> None:
    """Add the change to the strip of pixels, in place."""
    changed = np.flatnonzero((after != before).any(axis=2))
    if len(changed) == 0:
        return
    colours = COLOUR_BANDS[space.colour]
    was, wanted = (np.clip(photo.reshape(-1, 3)[changed], 0.0, 1.0) for photo in (before, after))
    top = np.iinfo(pixels.dtype).max
    where = np.unravel_index(changed, pixels.shape[:2])
    samples = pixels[where]
    moved = space.shift(samples[:, :colours] / np.float32(top), was=was, wanted=wanted)
    samples[:, :colours] = np.clip(np.rint(moved * np.float32(top)), 0, top).astype(pixels.dtype)
    pixels[where] = samples


def _has_colour(photo: Photo) -> bool:
    every = (photo[rows] for rows in strips(*photo.shape[:2]))
    return any(bool((strip.max(axis=2) - strip.min(axis=2)).max() > COLOUR_STEP) for strip in every)


def _as_rgb(scan: Scan) -> Scan:
    """Return a grey scan as RGB: the same samples three times, or sRGB if its profile bends them."""
    grey, extra = scan.pixels[..., :1], scan.pixels[..., 1:]
    if space_of(scan).icc is None:
        rgb = grey.repeat(3, axis=2)
    else:
        rgb = np.rint(to_photo(scan) * np.float32(np.iinfo(grey.dtype).max)).astype(grey.dtype)
    icc = srgb_profile() if scan.icc is not None else None
    facts = replace(
        scan.facts,
        colour="rgb",
        bands=scan.facts.bands + 2,
        icc_name=profile_name(icc) if icc is not None else None,
        notes=(*scan.facts.notes, "the grey master became RGB, for the change gives it colour"),
    )
    return replace(scan, pixels=np.concatenate([rgb, extra], axis=2), icc=icc, facts=facts)
