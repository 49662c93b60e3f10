"""Whether a styled photograph is worse than before: the measures, and the verdict."""

from collections.abc import Mapping
from typing import Final, Literal

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from oldphoto_core.classical.regions import at_working_size, lab_of
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import LUMA, Grey, Photo

Harm = Literal["edges-changed", "clipped", "gradients-reversed", "colour-explosion", "flattened"]
"""Why a result was rejected."""

_SIDE_PX: Final = 640
_LINES: Final = 256
_VISIBLE_STEP: Final = 0.02
_SSIM_WINDOW: Final = 7
_LEAST_GRADIENT: Final = 1e-4


def harm_measures(before: Photo, after: Photo) -> dict[str, float]:
    """Return what a change did to a photograph.

    Returns:
        ``edge_ssim``: SSIM of the gradient maps of luma, each divided by its own root mean square, in [-1, 1].
        ``clipped_share``: share of pixels with a channel newly at 0 or 1. ``reversed_share``: share of visible steps
        between neighbours in a row or column (over 0.02 of luma before) that now go clearly the other way.
        ``chroma_growth``: 99th percentile of chroma after over before, floored at 20. ``contrast_kept``: root mean
        square of the gradient of luma after over before. Shares are taken on full-resolution lines, the others at a
        reduced size.
    """
    small = [at_working_size(photo, _SIDE_PX) for photo in (before, after)]
    chroma = [float(np.percentile(_chroma(photo), 99.0)) for photo in small]
    gradients = [_gradient(photo @ LUMA) for photo in small]
    return {
        "edge_ssim": _edge_ssim(*gradients),
        "clipped_share": _newly_clipped(before, after),
        "reversed_share": _reversed_share(before, after),
        "chroma_growth": max(chroma[1], 20.0) / max(chroma[0], 20.0),
        "contrast_kept": max(_size(gradients[1]), _LEAST_GRADIENT) / max(_size(gradients[0]), _LEAST_GRADIENT),
    }


def harm_verdict(
    measures: Mapping[str, float], settings: StyleSettings, *, min_edge_ssim: float | None = None
) -> Harm | None:
    """Return the first limit that is broken, or None.

    Args:
        measures: From :func:`harm_measures`.
        settings: The limits.
        min_edge_ssim: Takes the place of that limit of the settings.
    """
    if measures["clipped_share"] > settings.max_clipped_share:
        return "clipped"
    if measures["reversed_share"] > settings.max_reversed_share:
        return "gradients-reversed"
    if measures["chroma_growth"] > settings.max_chroma_growth:
        return "colour-explosion"
    if measures["contrast_kept"] < settings.min_contrast_kept:
        return "flattened"
    least = settings.min_edge_ssim if min_edge_ssim is None else min_edge_ssim
    return "edges-changed" if measures["edge_ssim"] < least else None


def _chroma(photo: Photo) -> Grey:
    """Return the CIELAB chroma of each pixel."""
    lab = lab_of(photo)
    return np.hypot(lab[..., 1], lab[..., 2])


def _gradient(grey: Grey) -> Grey:
    """Return the gradient magnitude."""
    gradient_x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    gradient_y = cv2.Sobel(grey, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE)
    return np.hypot(gradient_x, gradient_y)


def _size(gradient: Grey) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(gradient, dtype=np.float64))))


def _edges(gradient: Grey) -> Grey:
    """Return the gradient divided by its root mean square; that of a flat picture is zeros."""
    size = _size(gradient)
    return gradient / np.float32(size) if size > _LEAST_GRADIENT else np.zeros_like(gradient)


def _edge_ssim(before: Grey, after: Grey) -> float:
    """Return the SSIM of the edges of two gradient maps; 1 for pictures too small for its window."""
    if min(before.shape) < _SSIM_WINDOW:
        return 1.0
    edges = (_edges(before), _edges(after))
    # The ignore: scikit-image has no annotations.
    return float(structural_similarity(*edges, win_size=_SSIM_WINDOW, data_range=4.0))  # type: ignore[no-untyped-call]


def _newly_clipped(before: Photo, after: Photo) -> float:
    """Return the share of pixels, on a grid, with a channel at 0 or 1 that was not there before."""
    step = max(1, min(before.shape[:2]) // _LINES)
    lost = [(p <= 0.0) | (p >= 1.0) for p in (before[::step, ::step], after[::step, ::step])]
    return float(np.mean(np.any(lost[1] & ~lost[0], axis=2)))


def _reversed_share(before: Photo, after: Photo) -> float:
    """Return the share of visible steps along some rows and columns that change direction."""
    visible = reversed_steps = 0
    for axis in (0, 1):
        step = max(1, before.shape[1 - axis] // _LINES)
        lines = [np.take(p, np.arange(0, p.shape[1 - axis], step), axis=1 - axis) @ LUMA for p in (before, after)]
        old, new = (np.diff(line, axis=axis) for line in lines)
        seen = np.abs(old) > _VISIBLE_STEP
        visible += int(seen.sum())
        reversed_steps += int((seen & (old * new < 0.0) & (np.abs(new) > _VISIBLE_STEP / 4.0)).sum())
    return reversed_steps / max(visible, 1)
