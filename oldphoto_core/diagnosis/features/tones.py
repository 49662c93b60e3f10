"""Tones and hues: the statistics of the colour network, finer ends of each channel, and distance from a single tone."""

import cv2
import numpy as np
import torch

from oldphoto_core.diagnosis.toning import off_curve
from oldphoto_core.diagnosis.views import shrink
from oldphoto_core.image import Photo
from oldphoto_core.networks.compact.colour_statistics import colour_statistics, standardised

VIEW_PX = 256
ENDS = (0.001, 0.01, 0.05, 0.95, 0.99, 0.999)


def tone_numbers(photo: Photo) -> dict[str, float]:
    """Return the numbers of a photograph in [0, 1], of any size.

    Returns:
        ``colour``: the 148 statistics of a thumbnail, standardised. ``end``: quantiles near black and white of each
        channel. ``chroma``: CIE Lab chroma that shares of the pixels stay below, over 100. ``off_curve``: distance
        from the tone curve of a print of one tone, over 10.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)[None]
    numbers = {f"colour_{k}": float(value) for k, value in enumerate(standardised(colour_statistics(tensor))[0])}
    view = shrink(np.clip(photo, 0.0, 1.0), VIEW_PX)
    for channel, name in enumerate("rgb"):
        for share, value in zip(ENDS, np.quantile(view[..., channel], ENDS), strict=True):
            numbers[f"end_{name}_{share:g}"] = float(value)
    lab = cv2.cvtColor(view, cv2.COLOR_RGB2LAB)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    for share, value in zip(
        (0.05, 0.25, 0.5, 0.75, 0.95), np.quantile(chroma, (0.05, 0.25, 0.5, 0.75, 0.95)), strict=True
    ):
        numbers[f"chroma_{int(100 * share)}"] = float(value) / 100.0
    away = np.hypot(off_curve(lab[..., 0], lab[..., 1]), off_curve(lab[..., 0], lab[..., 2]))
    for share, value in zip((0.5, 0.8, 0.95), np.quantile(away, (0.5, 0.8, 0.95)), strict=True):
        numbers[f"off_curve_{int(100 * share)}"] = float(value) / 10.0
    return numbers
