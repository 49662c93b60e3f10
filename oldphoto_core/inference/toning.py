"""Photographs of one tone stay so: a network that sees colours may not give any to a black-and-white or toned print."""

import numpy as np
from jaxtyping import Bool, Float32

from oldphoto_core.image import Photo, is_monochrome, luma
from oldphoto_core.inference.carry import strips

_STEPS = 64


def in_tone_of(photo: Photo, mask: Bool[np.ndarray, "_ _"], result: Photo) -> Photo:
    """Return the result in the one tone of the photograph; the result itself if the photograph has colours.

    On a toned print the channels are functions of luma. That curve is read off the sound pixels of the photograph, and
    the result's luma is put through it. The result is changed in place.

    Args:
        photo: The photograph before, in [0, 1].
        mask: Its damage, which says nothing of its tone.
        result: What became of it, in [0, 1].
    """
    pixels = _sound_pixels(photo, mask)
    if not is_monochrome(pixels[None]):
        return result
    curve = _toning_curve(pixels)
    levels = np.linspace(0.0, 1.0, _STEPS, dtype=np.float32)
    for start, stop in strips(photo.shape[:2]):
        part = result[start:stop]
        grey = luma(part)
        for channel in range(3):
            toned = grey + np.interp(grey, levels, curve[:, channel]).astype(np.float32)
            part[..., channel] = np.clip(toned, 0.0, 1.0)
    return result


def _sound_pixels(photo: Photo, mask: Bool[np.ndarray, "_ _"]) -> Float32[np.ndarray, "_ 3"]:
    """Return pixels outside the mask, thinned; all pixels if there is nothing outside."""
    step = max(1, min(photo.shape[:2]) // 512)
    pixels, sound = photo[::step, ::step].reshape(-1, 3), ~mask[::step, ::step].ravel()
    return pixels[sound] if bool(sound.any()) else pixels


def _toning_curve(pixels: Float32[np.ndarray, "_ 3"]) -> Float32[np.ndarray, "_ 3"]:
    """Return how far each channel lies above luma at even steps of luma; steps that no pixel has are interpolated."""
    grey = luma(pixels[None])[0]
    places = np.rint(np.clip(grey, 0.0, 1.0) * (_STEPS - 1)).astype(np.int64)
    count = np.bincount(places, minlength=_STEPS)
    seen = count > 0
    curve = np.empty((_STEPS, 3), np.float32)
    for channel in range(3):
        total = np.bincount(places, weights=pixels[:, channel] - grey, minlength=_STEPS)
        curve[:, channel] = np.interp(np.arange(_STEPS), np.flatnonzero(seen), total[seen] / count[seen])
    return curve
