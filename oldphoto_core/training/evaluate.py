"""Held-out numbers: how much better pictures get by kind of damage, and how well masks are found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64
from torch import nn

from oldphoto_core.image import Photo
from oldphoto_core.networks.compact.scratch_mask import ScratchMaskConfig
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.training.loop import answer, wanted_of
from oldphoto_core.training.pairs import Pair, batch_of
from oldphoto_core.training.recipes import Recipe

AT_ONCE = 8
BINS = 2000
FURTHEST = 20.0
"""Logits are told apart up to here, either way."""


def scores(network: nn.Module, recipe: Recipe, judged: Mapping[str, Sequence[Pair]]) -> dict[str, float]:
    """Return how the network does on pairs it did not learn from.

    Args:
        network: In evaluation mode.
        recipe: What it was trained for.
        judged: What it is judged on: pairs by what was done to them, ``clean`` for nothing; pictures of one size.

    Returns:
        For pictures: ``gain_WHAT_db``, the mean of PSNR after minus PSNR before over the pairs of each name but
        ``clean``, ``gain_db`` over all of those; for a network that looks at references, ``gain_unaided_db`` and
        ``gain_aided_db``, both over the pairs that have one, once hidden and once shown; and ``clean_change`` (mean
        absolute change of sound pictures, in units of 1/255). For masks: ``auc_KIND``, ``f1_KIND`` (the best threshold
        of 2000), all pixels of all pairs pooled, and their means ``auc`` and ``f1``.
    """
    if isinstance(recipe.network, ScratchMaskConfig):
        return _mask_scores(network, recipe, [pair for pairs in judged.values() for pair in pairs])
    gains = {name: _gains(network, recipe, pairs) for name, pairs in sorted(judged.items()) if name != "clean"}
    told = {f"gain_{name}_db": float(np.mean(each)) for name, each in gains.items()}
    if gains:
        told["gain_db"] = float(np.mean([gain for each in gains.values() for gain in each]))
    if recipe.looks_at_references:
        told |= _reference_gains(network, recipe, [pair for name in gains for pair in judged[name]])
    if judged.get("clean"):
        told["clean_change"] = _clean_change(network, recipe, judged["clean"])
    return told


def outputs(network: nn.Module, recipe: Recipe, pairs: Sequence[Pair]) -> Iterator[Float32[np.ndarray, "C H W"]]:
    """Yield what the network gives for each pair, channels first, as the loop would compute it."""
    device = next(network.parameters()).device
    for first in range(0, len(pairs), AT_ONCE):
        batch = batch_of(pairs[first : first + AT_ONCE]).to(device)
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
            found = answer(network, recipe, batch)
        yield from found.float().cpu().numpy()


def logit_counts(
    logits: Float32[np.ndarray, "K H W"], wanted: Bool[np.ndarray, "K H W"], *, bins: int, furthest: float
) -> tuple[Int64[np.ndarray, "K B"], Int64[np.ndarray, "K B"]]:
    """Return how many damaged pixels, and how many others, of each map have a logit in each bin.

    Args:
        logits: What a network gave for one picture.
        wanted: Where its damage lies.
        bins: Number of even bins.
        furthest: They reach from minus this to this; what lies beyond counts in the outermost.
    """
    places = np.clip((logits / furthest + 1.0) * (bins / 2), 0, bins - 1).astype(np.int64)
    counts = [
        np.stack([np.bincount(place[which], minlength=bins) for place, which in zip(places, mask, strict=True)])
        for mask in (wanted, ~wanted)
    ]
    return counts[0], counts[1]


def area_under_curve(positives: Int64[np.ndarray, " B"], negatives: Int64[np.ndarray, " B"]) -> float:
    """Return the chance that a positive lies in a higher bin than a negative, ties counting half (ROC-AUC).

    Args:
        positives: How many pixels with damage have a probability in each bin, from low to high.
        negatives: The same for pixels without.

    Returns:
        A value in [0, 1]; NaN if either kind is missing.

    Examples:
        >>> area_under_curve(np.array([0, 0, 4]), np.array([5, 5, 0])), area_under_curve(np.array([1]), np.array([1]))
        (1.0, 0.5)
    """
    pairs = float(positives.sum()) * float(negatives.sum())
    if pairs == 0.0:
        return float("nan")
    below = np.cumsum(negatives) - negatives
    return float(np.sum(positives * (below + 0.5 * negatives), dtype=np.float64)) / pairs


def best_f1(positives: Int64[np.ndarray, " B"], negatives: Int64[np.ndarray, " B"]) -> float:
    """Return the greatest F1 of any threshold between bins, in [0, 1]; NaN if nothing is positive.

    Examples:
        >>> best_f1(np.array([0, 1, 1]), np.array([5, 1, 0]))
        0.8
    """
    if positives.sum() == 0:
        return float("nan")
    hits = np.cumsum(positives[::-1]).astype(np.float64)
    called = hits + np.cumsum(negatives[::-1])
    return float(np.max(2.0 * hits / (called + float(positives.sum()))))


def _gains(network: nn.Module, recipe: Recipe, pairs: Sequence[Pair]) -> list[float]:
    """Return by how many decibels each pair gets better."""
    after = _pictures(network, recipe, pairs)
    return [
        psnr_db(one, pair.sound) - psnr_db(pair.damaged, pair.sound) for one, pair in zip(after, pairs, strict=True)
    ]


def _reference_gains(network: nn.Module, recipe: Recipe, pairs: Sequence[Pair]) -> dict[str, float]:
    """Return what references add, over the pairs that have one."""
    aided = [pair for pair in pairs if pair.reference is not None]
    if not aided:
        return {}
    unaided = [replace(pair, reference=None) for pair in aided]
    return {
        "gain_unaided_db": float(np.mean(_gains(network, recipe, unaided))),
        "gain_aided_db": float(np.mean(_gains(network, recipe, aided))),
    }


def _clean_change(network: nn.Module, recipe: Recipe, pairs: Sequence[Pair]) -> float:
    """Return the mean absolute change in units of 1/255."""
    after = _pictures(network, recipe, pairs)
    changes = [float(np.abs(one - pair.damaged).mean()) for one, pair in zip(after, pairs, strict=True)]
    return 255.0 * float(np.mean(changes))


def _pictures(network: nn.Module, recipe: Recipe, pairs: Sequence[Pair]) -> Iterator[Photo]:
    """Yield the pictures the network gives, clipped."""
    for found in outputs(network, recipe, pairs):
        yield np.ascontiguousarray(np.clip(found, 0.0, 1.0).transpose(1, 2, 0))


def _mask_scores(network: nn.Module, recipe: Recipe, pairs: Sequence[Pair]) -> dict[str, float]:
    kinds = recipe.network.kinds if isinstance(recipe.network, ScratchMaskConfig) else ()
    positives = np.zeros((len(kinds), BINS), dtype=np.int64)
    negatives = np.zeros((len(kinds), BINS), dtype=np.int64)
    for pair, logits in zip(pairs, outputs(network, recipe, pairs), strict=True):
        wanted = wanted_of(recipe, batch_of([pair]))[0].numpy() > 0.5
        damaged, rest = logit_counts(logits, wanted, bins=BINS, furthest=FURTHEST)
        positives += damaged
        negatives += rest
    areas = [area_under_curve(yes, no) for yes, no in zip(positives, negatives, strict=True)]
    overlaps = [best_f1(yes, no) for yes, no in zip(positives, negatives, strict=True)]
    told = {f"auc_{kind}": area for kind, area in zip(kinds, areas, strict=True)}
    told |= {f"f1_{kind}": overlap for kind, overlap in zip(kinds, overlaps, strict=True)}
    told |= {"auc": _mean(areas), "f1": _mean(overlaps)}
    return {name: value for name, value in told.items() if np.isfinite(value)}


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the finite values; NaN if there are none."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
