"""Noise, blur, JPEG blocks and low resolution mended by the project's own network, tile by tile."""

import numpy as np

from oldphoto_core.image import Photo, luma
from oldphoto_core.inference.carry import strips
from oldphoto_core.inference.tint import has_one_tone, with_luma
from oldphoto_core.networks.compact.tiles import TiledNetwork


def retextured(photo: Photo, network: TiledNetwork, *, strength: float = 1.0, grain_kept: float = 0.0) -> Photo:
    """Return the photograph with a sound texture, in [0, 1].

    Args:
        photo: The photograph, in [0, 1]; it is not changed.
        network: A texture network.
        strength: 0 leaves the photograph as it is, 1 is all that the network says.
        grain_kept: Share of the change of brightness that is taken back, in [0, 1], so that some grain stays; what
            changes in colour alone stays changed. A photograph of one tone changes in brightness alone.
    """
    result = np.empty_like(photo)
    one_tone = has_one_tone(photo)
    for place, sound in network.pieces(photo):
        part, mended = photo[place], result[place]
        for start, stop in strips((sound.shape[0], sound.shape[1])):
            change = np.float32(strength) * (np.clip(sound[start:stop], 0.0, 1.0) - part[start:stop])
            mended[start:stop] = _changed(part[start:stop], change, grain_kept, one_tone=one_tone)
    return result


def _changed(part: Photo, change: Photo, grain_kept: float, *, one_tone: bool) -> Photo:
    """Return a part of the photograph with the change, some of the change in brightness taken back."""
    brighter = luma(change)
    kept = np.float32(1.0 - grain_kept) * brighter
    if one_tone:
        return with_luma(part, np.clip(luma(part) + kept, 0.0, 1.0))
    return np.clip(part + change + (kept - brighter)[..., None], 0.0, 1.0)
