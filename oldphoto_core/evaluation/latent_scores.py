"""Held-out numbers of the triplet domain: pictures again, latents that meet, damage mended, holes filled.

Its networks take the mean and the contrast off every map (instance normalisation), so how bright and how strong a
picture was they can only guess. Beside each figure of the plain answer stands that of the answer brought to the mean
and the spread of what was put in, ``toned``: the difference is what the guess costs. A recipe that keeps the tone has
no such difference to speak of.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.evaluation.bm3d_telea import telea
from oldphoto_core.evaluation.latent_distance import latent_distance
from oldphoto_core.image import Mask, Photo
from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.bopbtl.translate import Translator
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.training.latent_lessons import holes_of, pictured, shown, whitened
from oldphoto_core.training.latent_recipes import LatentRecipe
from oldphoto_core.training.pairs import Pair, batch_of

AT_ONCE = 8
LEAST_HOLE_PX = 16
_PLACES_APART = 3
_LEAST_SPREAD = 1e-3


def latent_scores(
    network: nn.Module, given: Mapping[str, nn.Module], recipe: LatentRecipe, judged: Mapping[str, Sequence[Pair]]
) -> dict[str, float]:
    """Return how a stage does on pairs it did not learn from.

    Args:
        network: What learned, in evaluation mode.
        given: The networks the stage builds on.
        recipe: The stage.
        judged: Pairs by what was done to them, ``real`` for real old photographs, ``clean`` for sound ones.

    Returns:
        For the autoencoders ``psnr_WHAT_db`` of their own picture, toned ones too; for that of old photographs
        ``latent_distance`` between real and synthetic ones. For the mapping ``gain_WHAT_db`` in PSNR by kind, over all
        (``gain_db``, ``toned_gain_db``), ``psnr_clean_db`` of sound pictures, and over the pixels within holes of
        pictures that are otherwise sound: ``hole_WHO_db`` for the damage as it is, OpenCV's Telea, the classical
        engine, and the mapping.
    """
    if recipe.stage == "mapping":
        return _mapping_scores(network, given, recipe, judged)
    if not isinstance(network, Autoencoder):
        raise TypeError(f"expected an autoencoder for stage {recipe.stage}, found {type(network).__name__}")
    pairs = [(_domain(name, recipe), pair) for name, each in sorted(judged.items()) for pair in each]
    groups = {domain: [pair for other, pair in pairs if other == domain] for domain, _ in pairs}
    told: dict[str, float] = {}
    for domain, group in groups.items():
        told |= _own_pictures(network, recipe, domain, group)
    if {"real", "synthetic"} <= set(groups):
        told["latent_distance"] = latent_distance(
            *(latents(network, recipe, groups[domain]) for domain in ("real", "synthetic"))
        )
    return told


def latents(network: Autoencoder, recipe: LatentRecipe, pairs: Sequence[Pair]) -> Float32[np.ndarray, "N C"]:
    """Return latents of what the pairs show, every third place of every third row, one a row."""
    rows = []
    for _, seen in _shown_batches(network, recipe, pairs):
        with torch.inference_mode(), torch.autocast(seen.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
            latent = network.encode(seen)[..., ::_PLACES_APART, ::_PLACES_APART]
        rows.append(latent.float().permute(0, 2, 3, 1).flatten(0, 2).cpu().numpy())
    return np.concatenate(rows)


def toned(photo: Photo, like: Photo, where: Mask) -> Photo:
    """Return a photograph with the mean and the spread of each channel that another one has at some pixels.

    Args:
        photo: What is changed, clipped to [0, 1] again.
        like: Whose tone it takes.
        where: Pixels that both are compared at; with fewer than 16, nothing changes.
    """
    if int(where.sum()) < LEAST_HOLE_PX:
        return photo
    ours, theirs = photo[where].astype(np.float64), like[where].astype(np.float64)
    gain = (theirs.std(axis=0) + _LEAST_SPREAD) / (ours.std(axis=0) + _LEAST_SPREAD)
    changed = (photo - ours.mean(axis=0)) * gain + theirs.mean(axis=0)
    return np.clip(changed, 0.0, 1.0).astype(np.float32)


def hole_psnr_db(photo: Photo, sound: Photo, holes: Mask) -> float:
    """Return the PSNR over the pixels of holes, all channels, in decibels."""
    return psnr_db(photo[holes][None], sound[holes][None])


def _domain(name: str, recipe: LatentRecipe) -> str:
    if recipe.stage == "clean":
        return "clean"
    return "real" if name == "real" else "synthetic"


def _own_pictures(network: Autoencoder, recipe: LatentRecipe, domain: str, pairs: Sequence[Pair]) -> dict[str, float]:
    plain, with_tone = [], []
    answers = _answers(network, recipe, pairs)
    for pair, found in zip(pairs, answers, strict=True):
        shown = pair.damaged if recipe.stage == "old" else pair.sound
        everywhere = np.ones(shown.shape[:2], dtype=np.bool_)
        plain.append(psnr_db(found, shown))
        with_tone.append(psnr_db(toned(found, shown, everywhere), shown))
    return {f"psnr_{domain}_db": _mean(plain), f"toned_psnr_{domain}_db": _mean(with_tone)}


def _answers(network: Autoencoder, recipe: LatentRecipe, pairs: Sequence[Pair]) -> Iterator[Photo]:
    for picture, seen in _shown_batches(network, recipe, pairs):
        with torch.inference_mode(), torch.autocast(seen.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
            found = network(seen)
        yield from _photos(pictured(found, picture, torch.zeros_like(picture[:, :1]), recipe))


def _shown_batches(network: nn.Module, recipe: LatentRecipe, pairs: Sequence[Pair]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield pictures in [0, 1], and what an autoencoder is shown of them."""
    device = next(network.parameters()).device
    for first in range(0, len(pairs), AT_ONCE):
        batch = batch_of(pairs[first : first + AT_ONCE])
        picture = (batch.damaged if recipe.stage == "old" else batch.sound).to(device)
        yield picture, shown(picture, torch.zeros_like(picture[:, :1]), recipe)


def translated_pairs(
    translator: Translator, recipe: LatentRecipe, pairs: Sequence[Pair]
) -> Iterator[tuple[Photo, Mask]]:
    """Yield what the three networks make of each damaged picture, and where its holes are."""
    device = next(translator.mapping.parameters()).device
    for first in range(0, len(pairs), AT_ONCE):
        batch = batch_of(pairs[first : first + AT_ONCE]).to(device)
        holes = holes_of(batch, recipe)
        seen = whitened(shown(batch.damaged, holes, recipe), holes)
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
            found = translator(seen, holes)
        answer = pictured(found, batch.damaged, holes, recipe)
        yield from zip(_photos(answer), holes[:, 0].cpu().numpy() > 0.5, strict=True)


def _mapping_scores(
    network: nn.Module, given: Mapping[str, nn.Module], recipe: LatentRecipe, judged: Mapping[str, Sequence[Pair]]
) -> dict[str, float]:
    translator = Translator(old=given["old"], mapping=network, clean=given["clean"])  # type: ignore[arg-type]
    gains: dict[str, list[float]] = {}
    toned_gains: list[float] = []
    clean: list[float] = []
    holes: dict[str, list[float]] = {}
    for name, pairs in sorted(judged.items()):
        for pair, (found, hole) in zip(pairs, translated_pairs(translator, recipe, pairs), strict=True):
            if name == "clean":
                clean.append(psnr_db(found, pair.sound))
                continue
            before, kept = psnr_db(pair.damaged, pair.sound), toned(found, pair.damaged, ~hole)
            gains.setdefault(name, []).append(psnr_db(found, pair.sound) - before)
            toned_gains.append(psnr_db(kept, pair.sound) - before)
            if name in recipe.hole_kinds and hole.sum() >= LEAST_HOLE_PX and not hole.all():
                for who, figure in _hole_figures(pair, hole, found, kept).items():
                    holes.setdefault(who, []).append(figure)
    told = {f"gain_{name}_db": _mean(each) for name, each in gains.items()}
    if toned_gains:
        told["gain_db"] = _mean([gain for each in gains.values() for gain in each])
        told["toned_gain_db"] = _mean(toned_gains)
    if clean:
        told["psnr_clean_db"] = _mean(clean)
    return told | {f"hole_{who}_db": _mean(each) for who, each in holes.items()}


def _hole_figures(pair: Pair, hole: Mask, found: Photo, kept: Photo) -> dict[str, float]:
    """Return how near to the truth each way of filling comes within the holes."""
    classical = inpaint(pair.damaged, hole, rng=np.random.Generator(np.random.PCG64(0))).photo
    ways = {
        "damaged": pair.damaged,
        "telea": telea(pair.damaged, hole),
        "classical": classical,
        "own": found,
        "toned_own": kept,
    }
    return {who: hole_psnr_db(photo, pair.sound, hole) for who, photo in ways.items()}


def _photos(found: Tensor) -> Iterator[Photo]:
    for one in found.float().cpu().numpy():
        yield np.ascontiguousarray(np.clip(one, 0.0, 1.0).transpose(1, 2, 0))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
