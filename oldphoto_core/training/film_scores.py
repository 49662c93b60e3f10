"""Held-out numbers of a film network: gain over the old clip, steadiness, and how much sound film is changed."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from oldphoto_core.image import luma
from oldphoto_core.quality.film import warping_error
from oldphoto_core.quality.flow import Seen
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.synthesis.reel_scene import Frames, Scene
from oldphoto_core.training.film_clips import ClipPair, film_batch_of, frames_of
from oldphoto_core.training.film_recipes import FilmRecipe


def film_scores(network: nn.Module, recipe: FilmRecipe, judged: Mapping[str, Sequence[ClipPair]]) -> dict[str, float]:
    """Return how the network does on clips it did not learn from.

    Args:
        network: In evaluation mode.
        recipe: What it was trained for.
        judged: Clips by what was done to them, ``clean`` for nothing; with their scenes.

    Returns:
        ``gain_KIND_db`` and ``gain_db``, means over clips of PSNR after minus before, each of a clip as a whole;
        ``warping_KIND`` and ``warping``, the warping error along the true motion as a share of that of the old clip;
        ``clean_change``, the mean absolute change of sound clips, in units of 1/255.
    """
    told: dict[str, float] = {}
    gains: list[float] = []
    errors: list[tuple[float, float]] = []
    for kind, pairs in sorted(judged.items()):
        found = [restored(network, recipe, pair) for pair in pairs]
        if kind == "clean":
            changes = [float(np.abs(one - pair.old).mean()) for one, pair in zip(found, pairs, strict=True)]
            told["clean_change"] = 255.0 * float(np.mean(changes))
            continue
        own = [_gain(one, pair) for one, pair in zip(found, pairs, strict=True)]
        each = [_warping(one, pair) for one, pair in zip(found, pairs, strict=True)]
        told[f"gain_{kind}_db"] = float(np.mean(own))
        told[f"warping_{kind}"] = _ratio(each)
        gains, errors = gains + own, errors + each
    if gains:
        told |= {"gain_db": float(np.mean(gains)), "warping": _ratio(errors)}
    return told


@torch.inference_mode()
def restored(network: nn.Module, recipe: FilmRecipe, pair: ClipPair) -> Frames:
    """Return what the network makes of a clip."""
    device = next(network.parameters()).device
    batch = film_batch_of([pair]).to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
        found = network(batch.old, batch.motion).frames
    return frames_of(found[0])


def true_motion(scene: Scene) -> list[Seen]:
    """Return the true motion of a made clip, from each frame but the last to the next one."""
    flows = scene.backward.transpose(0, 2, 3, 1)
    return [Seen(np.ascontiguousarray(flow), seen) for flow, seen in zip(flows, scene.seen_backward, strict=True)]


def _gain(found: Frames, pair: ClipPair) -> float:
    after, before, clean = (np.concatenate(list(one)) for one in (found, pair.old, pair.clean))
    return psnr_db(after, clean) - psnr_db(before, clean)


def _warping(found: Frames, pair: ClipPair) -> tuple[float, float]:
    """Return the warping errors of the restored clip and of the old one."""
    if pair.scene is None:
        return 0.0, 0.0
    motion = true_motion(pair.scene)
    return warping_error(map(luma, found), motion), warping_error(map(luma, pair.old), motion)


def _ratio(errors: Sequence[tuple[float, float]]) -> float:
    after, before = np.sum(errors, axis=0).tolist()
    return after / max(before, 1e-12)
