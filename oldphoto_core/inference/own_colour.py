"""Fading and colour casts mended by the project's own network: it looks at a thumbnail, once, and says what to do.

The transform is applied to the photograph in strips, which changes nothing but the memory it takes: a polynomial over
the whole picture is a polynomial of the same order over a strip of it.
"""

from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from oldphoto_core.image import Photo, luma
from oldphoto_core.inference.carry import strips
from oldphoto_core.inference.tint import has_one_tone, tint_left, with_luma
from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.colour_statistics import THUMBNAIL_PX
from oldphoto_core.networks.compact.colour_transform import ColourTransform, apply_colour


def recoloured(photo: Photo, network: ColourRestorer, *, strength: float = 1.0, has_cast: bool = False) -> Photo:
    """Return the photograph with its tones and hues back, in [0, 1].

    Args:
        photo: The photograph, in [0, 1]; it is not changed.
        network: A colour network; it is shown no reference.
        strength: 0 leaves the photograph as it is, 1 is all that the network says.
        has_cast: Whether the colours are thought to be damaged. A photograph of one tone keeps its hue in any case; if
            this is true its tint may become weaker, by one share for the whole print, else it stays.
    """
    result = np.empty_like(photo)
    one_tone, kept = has_one_tone(photo), 1.0
    with torch.inference_mode():
        small = _thumbnail(photo)
        transform = network.predict(_batch(small))
        if one_tone and has_cast:
            after = apply_colour(_batch(small), transform)[0].permute(1, 2, 0).clamp_(0.0, 1.0).numpy()
            kept = tint_left(small, small + np.float32(strength) * (after - small))
        for start, stop in strips(photo.shape[:2]):
            part = photo[start:stop]
            new = apply_colour(_batch(part), rows_of(transform, start, stop, photo.shape[0]))
            values = new[0].permute(1, 2, 0).clamp_(0.0, 1.0).numpy()
            mixed = part + np.float32(strength) * (values - part)
            result[start:stop] = with_luma(part, luma(mixed), tint_share=kept) if one_tone else mixed
    return result


def rows_of(transform: ColourTransform, start: int, stop: int, height: int) -> ColourTransform:
    """Return the transform that does to some rows what the given one does to them as part of the whole picture.

    Args:
        transform: For the whole picture.
        start: First row.
        stop: Row after the last.
        height: Rows of the whole picture.
    """
    # A row at v from -1 to 1 within the strip lies at a * v + b within the picture.
    a, b = (stop - start) / height, (start + stop) / height - 1.0
    one, across, down, across2, both, down2 = transform.density.unbind(dim=-1)
    within = (
        one + b * down + (a * a / 3.0 + b * b - 1.0 / 3.0) * down2,
        across + b * both,
        a * down + 2.0 * a * b * down2,
        across2,
        a * both,
        a * a * down2,
    )
    return replace(transform, density=torch.stack(within, dim=-1))


def _thumbnail(photo: Photo) -> Float32[np.ndarray, "_ _ 3"]:
    """Return the photograph at the size that the network looks at, each pixel the mean of those it stands for."""
    scale = max(photo.shape[:2]) / THUMBNAIL_PX
    if scale <= 1.0:
        return photo
    height, width = (max(1, round(side / scale)) for side in photo.shape[:2])
    return np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA))


def _batch(photo: Float32[np.ndarray, "_ _ 3"]) -> Tensor:
    """Return a picture as a batch of one, with its channels first."""
    return torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1)))[None]
