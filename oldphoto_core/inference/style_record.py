"""Which reference served which region of a photograph, and what that did to its colours."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.regions import Lab, Labels
from oldphoto_core.classical.style_masks import encode_mask
from oldphoto_core.classical.style_matching import Match
from oldphoto_core.image import Mask
from oldphoto_core.inference.style_engine import Restyled

Shares = Float32[np.ndarray, "_ h w"]
"""Layers of values in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStyle:
    """What one region of a photograph was given."""

    region: int
    """Its number, from 0 at the top of the picture downwards."""

    mask_rle: str
    """Its pixels as row-major run lengths at the working size; see ``style_masks``."""

    mask_width_px: int
    """Width of the mask."""

    mask_height_px: int
    """Height of the mask."""

    share: float
    """Share of the picture it covers, in (0, 1]."""

    reference_id: str | None
    """SHA-256 of the reference that served it most; None where none was good enough and it kept its own look."""

    similarity: float
    """How alike the reference is there, in [0, 1]; 0 without one."""

    weight: float
    """Share that this reference had in the region's look, in [0, 1]; 0 without one or when the result was rejected.
    Classical engine: the share of the way to the reference that was gone. Learned ones: the mean of its merging weight
    over the region, times the strength the result was kept at."""

    shift_l: float
    """Mean change of L* in the region, everything included."""

    shift_a: float
    """Mean change of a*."""

    shift_b: float
    """Mean change of b*."""

    merge: tuple[tuple[str | None, float], ...] = ()
    """Mean merging weight of each reference in the region, as (reference, weight); the last is that of its own look,
    under None. They add up to 1. Empty for the classical engine, which gives a region one reference at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """By what a region was served."""

    reference_id: str | None
    similarity: float
    weight: float
    merge: tuple[tuple[str | None, float], ...] = ()


def recorded_matches(
    labels: Labels, matches: Sequence[Match | None], weights: Sequence[float], change: Lab
) -> tuple[RegionStyle, ...]:
    """Return the record of a result of the classical engine.

    Args:
        labels: The region of each pixel at the working size.
        matches: The reference of each region.
        weights: How far each region went.
        change: What the result did to each pixel, in CIELAB.
    """
    served = [
        _Served(reference_id=None, similarity=0.0, weight=0.0)
        if match is None
        else _Served(reference_id=match.reference.reference_id, similarity=match.similarity, weight=weight)
        for match, weight in zip(matches, weights, strict=True)
    ]
    return tuple(_record(name, labels == name, one, change) for name, one in enumerate(served))


def recorded_maps(
    labels: Labels, restyled: Restyled, ids: Sequence[str], *, kept_at: float, change: Lab
) -> tuple[RegionStyle, ...]:
    """Return the record of a result of a learned engine: in each region the reference with the largest mean weight.

    Args:
        labels: The region of each pixel at the working size of the record.
        restyled: What the engine said.
        ids: The references, in the engine's order.
        kept_at: Share of the engine's change that was kept, in [0, 1]; 0 if the result was rejected.
        change: What the result did to each pixel, in CIELAB.
    """
    weights, similarity = on_grid(restyled.weights, labels.shape), on_grid(restyled.similarity, labels.shape)
    weights = weights / np.maximum(weights.sum(axis=0), np.float32(1e-6))
    records = []
    for name in range(int(labels.max()) + 1):
        mask: Mask = labels == name
        means = weights[:, mask].mean(axis=1, dtype=np.float64)
        means = means / means.sum()
        best = int(means.argmax())
        kept = best == len(ids)
        served = _Served(
            reference_id=None if kept else ids[best],
            similarity=0.0 if kept else float(np.clip(similarity[best][mask].mean(dtype=np.float64), 0.0, 1.0)),
            weight=0.0 if kept else float(means[best]) * kept_at,
            merge=tuple((one, float(mean)) for one, mean in zip([*ids, None], means, strict=True)),
        )
        records.append(_record(name, mask, served, change))
    return tuple(records)


def on_grid(layers: Shares, size: tuple[int, ...]) -> Float32[np.ndarray, "_ H W"]:
    """Return layers at another size (height, width): area averages where it is smaller, straight lines else."""
    height, width = size
    shrinks = layers.shape[1] >= height and layers.shape[2] >= width
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = [cv2.resize(np.ascontiguousarray(layer), (width, height), interpolation=way) for layer in layers]
    return np.clip(np.stack(resized), 0.0, 1.0)


def _record(name: int, mask: Mask, served: _Served, change: Lab) -> RegionStyle:
    shift = change[mask].mean(axis=0, dtype=np.float64)
    return RegionStyle(
        region=name,
        mask_rle=encode_mask(mask),
        mask_width_px=mask.shape[1],
        mask_height_px=mask.shape[0],
        share=float(mask.mean()),
        reference_id=served.reference_id,
        similarity=served.similarity,
        weight=served.weight,
        shift_l=float(shift[0]),
        shift_a=float(shift[1]),
        shift_b=float(shift[2]),
        merge=served.merge,
    )
