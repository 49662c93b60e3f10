"""Held-out numbers of a style network: with references that fit, and with references that do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from oldphoto_core.networks.compact.style_field import apply_field
from oldphoto_core.networks.compact.style_merge import StyleMerger
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.training.recipes import Recipe
from oldphoto_core.training.style_lessons import right_shares
from oldphoto_core.training.style_losses import UNJUDGED
from oldphoto_core.training.style_pairs import StyleBatch, StylePair, style_batch_of

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """How one photograph fared."""

    gain_db: float
    """PSNR against its look before ageing, after minus before."""

    change: float
    """Mean absolute change, in units of 1/255."""

    right: float
    """Share of the pixels with a known owner that take most from it."""

    kept: float
    """Mean share of its own style."""


def style_scores(network: StyleMerger, recipe: Recipe, judged: Mapping[str, Sequence[StylePair]]) -> dict[str, float]:
    """Return how the network does on pairs it did not learn from.

    Args:
        network: In evaluation mode.
        recipe: What it was trained for.
        judged: What it is judged on, by the names that the source of pairs gives.

    Returns:
        ``gain_WHAT_db`` for aged photographs, the mean of PSNR after minus PSNR before by what was done and shown;
        ``gain_db`` over those with right references, ``gain_unrelated_db`` over those with unrelated ones only;
        ``owner_accuracy``, the share of pixels that take most from whom they should; ``kept_unrelated``, the share of
        its own style that a photograph keeps beside unrelated references; and ``clean_change``, the mean absolute
        change of sound photographs, in units of 1/255.
    """
    found = {name: _judge(network, recipe, pairs) for name, pairs in sorted(judged.items()) if pairs}
    told: dict[str, float] = {}
    aged = {name: each for name, each in found.items() if not name.startswith("sound")}
    for name, each in aged.items():
        told[f"gain_{name.replace(' ', '_')}_db"] = _mean([one.gain_db for one in each])
    related = [one for name, each in aged.items() if not name.endswith("unrelated") for one in each]
    unrelated = [one for name, each in aged.items() if name.endswith("unrelated") for one in each]
    sound = [one for name, each in found.items() if name.startswith("sound") for one in each]
    told["gain_db"] = _mean([one.gain_db for one in related])
    told["gain_unrelated_db"] = _mean([one.gain_db for one in unrelated])
    told["owner_accuracy"] = _mean([one.right for each in found.values() for one in each])
    told["kept_unrelated"] = _mean([one.kept for one in unrelated])
    told["clean_change"] = _mean([one.change for one in sound])
    return {name: value for name, value in told.items() if np.isfinite(value)}


def _judge(network: StyleMerger, recipe: Recipe, pairs: Sequence[StylePair]) -> list[Judged]:
    found: list[Judged] = []
    device = next(network.parameters()).device
    for first in range(0, len(pairs), AT_ONCE):
        part = pairs[first : first + AT_ONCE]
        batch = style_batch_of(part).to(device)
        with torch.inference_mode():
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
                field = network.styled(batch.damaged, batch.references, batch.present)[0]
            after = apply_field(batch.damaged, field).clamp(0.0, 1.0).permute(0, 2, 3, 1).cpu().numpy()
            rights = _rights(field.weights, batch)
        kept = field.weights[:, -1].mean(dim=(1, 2)).tolist()
        for pair, picture, right, share in zip(part, after, rights, kept, strict=True):
            gain = psnr_db(picture, pair.truth) - psnr_db(pair.damaged, pair.truth)
            found.append(Judged(gain, 255.0 * float(np.abs(picture - pair.damaged).mean()), right, share))
    return found


def _rights(weights: Tensor, batch: StyleBatch) -> list[float]:
    """Return for each photograph the share of pixels whose greatest share is the right one; NaN if none is known."""
    wanted = right_shares(batch)
    most = F.interpolate(weights, size=wanted.shape[-2:], mode="bilinear", align_corners=False).argmax(dim=1)
    known = wanted != UNJUDGED
    hits = (most == wanted) & known
    return (hits.sum(dim=(1, 2)) / known.sum(dim=(1, 2))).tolist()


def _mean(values: Sequence[float]) -> float:
    """Return the mean of the finite values; NaN if there are none."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")
