"""The finest structure, scale by scale: its strength in calm and busy places, its tails, how it hangs together."""

from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo

LEVELS = 4
WINDOW_PX = 8
"""Side of the windows, in pixels of the level, in which strength is measured."""

QUANTILES = (0.02, 0.1, 0.3, 0.5, 0.75, 0.95)
LEAST = 1e-4
"""Standard deviation below which nothing is told apart; rounding to 8 bits has 1.1e-3."""

TONES = (0.0, 0.25, 0.5, 0.75, 1.0)


def scale_numbers(photo: Photo, grey: Grey) -> dict[str, float]:
    """Return the numbers of a photograph and its luma, both in [0, 1], 64 pixels a side or more.

    Returns:
        ``scale``: log10 of local standard deviations of the difference to a blurred copy, by level and quantile;
        ``kurtosis``: log10 of that of the whole level; ``lag``: correlation of the finest level with itself one and
        two pixels away; ``channels``: between its channels; ``tone``: its calm strength in four bands of tone.
    """
    numbers: dict[str, float] = {}
    level = grey
    for number in range(LEVELS):
        fine = level - cv2.GaussianBlur(level, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT_101)
        local = _local_log_deviation(fine)
        for share, value in zip(QUANTILES, np.quantile(local, QUANTILES), strict=True):
            numbers[f"scale_{number}_{int(100 * share)}"] = float(value)
        numbers[f"kurtosis_{number}"] = _log_kurtosis(fine)
        if number == 0:
            numbers |= _lags(fine) | _tones(level, local)
        level = cv2.resize(level, (level.shape[1] // 2, level.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return numbers | _channels(photo)


def _local_log_deviation(fine: Grey) -> Float32[np.ndarray, "h w"]:
    rows, columns = fine.shape[0] // WINDOW_PX, fine.shape[1] // WINDOW_PX
    cut = fine[: rows * WINDOW_PX, : columns * WINDOW_PX].reshape(rows, WINDOW_PX, columns, WINDOW_PX)
    return np.log10(np.sqrt((cut**2).mean(axis=(1, 3))) + np.float32(LEAST))


def _log_kurtosis(fine: Grey) -> float:
    square = fine.astype(np.float64) ** 2
    return float(np.log10((np.mean(square**2) + LEAST**4) / (np.mean(square) ** 2 + LEAST**4)))


def _lags(fine: Grey) -> dict[str, float]:
    """Return correlations over small distances, of all pixels and of the calm half of the rows of windows."""
    power = float(np.mean(fine**2)) + LEAST**2
    pairs = {
        "lag_x1": (fine[:, 1:], fine[:, :-1]),
        "lag_y1": (fine[1:], fine[:-1]),
        "lag_x2": (fine[:, 2:], fine[:, :-2]),
        "lag_y2": (fine[2:], fine[:-2]),
        "lag_xy": (fine[1:, 1:], fine[:-1, :-1]),
    }
    return {name: float(np.mean(one * other)) / power for name, (one, other) in pairs.items()}


def _tones(level: Grey, local: Float32[np.ndarray, "h w"]) -> dict[str, float]:
    """Return the 20 % quantile of the strength where the picture is dark, middling, light; the overall one if never."""
    tone = cv2.resize(level, (local.shape[1], local.shape[0]), interpolation=cv2.INTER_AREA)
    overall = float(np.quantile(local, 0.2))
    numbers = {}
    for number, (low, high) in enumerate(pairwise(TONES)):
        inside = local[(tone >= low) & (tone < high)]
        numbers[f"tone_{number}"] = float(np.quantile(inside, 0.2)) if inside.size >= 8 else overall
    return numbers


def _channels(photo: Photo) -> dict[str, float]:
    """Return how the finest structure of the channels correlates in the calm half of the picture, and its strength."""
    fine = photo - cv2.GaussianBlur(photo, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT_101)
    numbers = {}
    strength = np.stack([_local_log_deviation(fine[..., channel]) for channel in range(3)])
    for channel, name in enumerate("rgb"):
        numbers[f"channel_{name}"] = float(np.quantile(strength[channel], 0.1))
    calm = strength.sum(axis=0) <= np.median(strength.sum(axis=0))
    where = np.kron(calm, np.ones((WINDOW_PX, WINDOW_PX), dtype=np.bool_))
    pixels = fine[: where.shape[0], : where.shape[1]][where].astype(np.float64)
    covariance = pixels.T @ pixels / len(pixels) + np.eye(3) * LEAST**2
    spread = np.sqrt(np.diag(covariance))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        name = f"channels_{'rgb'[one]}{'rgb'[other]}"
        numbers[name] = float(covariance[one, other] / (spread[one] * spread[other]))
    return numbers
