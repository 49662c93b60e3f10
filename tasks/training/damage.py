"""Train the damage report: age pictures, measure them, fit and calibrate the head, choose thresholds for the mask."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import numpy as np
import torch
from safetensors.torch import save

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS
from oldphoto_core.diagnosis.features.maps import map_numbers
from oldphoto_core.diagnosis.features.vector import FEATURES_VERSION
from oldphoto_core.diagnosis.learned import probability_maps, weights_digest_of
from oldphoto_core.diagnosis.mask_rules import rules_as_text
from oldphoto_core.diagnosis.views import shrink
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.calibration import calibration_error
from oldphoto_core.evaluation.ranking import average_precision
from oldphoto_core.networks.compact.damage import DamageHead
from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.tiles import TiledNetwork, tiled
from oldphoto_core.training.damage_calibration import calibrate, left_out_odds
from oldphoto_core.training.damage_fit import fitted_head
from oldphoto_core.training.damage_numbers import NumberedPart, joined, measuring
from oldphoto_core.training.damage_pictures import DamagePictures
from oldphoto_core.training.damage_recipe import NAME, DamageRecipe, with_pictures
from oldphoto_core.training.mask_thresholds import MaskCase, chosen_rules
from oldphoto_core.training.shard import Shard
from tasks.models.errors import ModelMissingError, UnknownModelError
from tasks.models.installed import path_of
from tasks.stopping import stop_on_signals
from tasks.training.data import pack
from tasks.training.kept_numbers import PART, KeptNumbers, Which
from tasks.training.log import TrainingLog
from tasks.training.train import LOG, MIB, SHARD, WEIGHTS, Progress, Trained, TrainingFolderError, TrainRequest
from tasks.version import code_version, library_versions

NUMBERS = "numbers"
SCRATCH = "own-scratch"


class MissingScratchError(OldPhotoError, LookupError):
    """There are no weights to draw structured damage with."""


def train_damage(
    request: TrainRequest, *, told: Callable[[Progress], None] = lambda _: None, recipe: DamageRecipe | None = None
) -> Trained:
    """Train until all pictures are measured, the deadline, or SIGINT or SIGTERM; what is measured by then is learned.

    ``request.steps`` is the number of pictures, ``request.given["scratch"]`` the weights that draw structured damage:
    without it those of a training beside ``out``, or the installed ones. Measured pictures are kept in ``out``, and
    serve again with ``--resume`` as long as pictures, recipe and those weights are the same.

    Args:
        request: What is wanted; its device and workers are not used.
        told: Called whenever there is something to show.
        recipe: None takes the one of what is shipped.

    Raises:
        MissingScratchError: There are no weights of own-scratch.
        TrainingFolderError: ``out`` holds a training, and ``resume`` was not asked for.
        TrainingDataError: There is nothing to learn from.
        CheckpointError: The weights of own-scratch are damaged.
    """
    began = time.monotonic()
    run = _run(request, with_pictures(request.steps, recipe or DamageRecipe()), told)
    with stop_on_signals() as stopping:
        deadline = math.inf if request.minutes is None else began + 60.0 * request.minutes
        held = run.measured("held", run.recipe.held_pictures, _Until(deadline, stopping))
        learned = run.measured("learned", run.recipe.pictures, _Until(deadline, stopping))
    head = fitted_head(learned.table, run.recipe.fit, seed=run.recipe.seed)
    before = figures(head, held)
    odds = left_out_odds(
        learned.table, learned.photographs, run.recipe.fit, folds=run.recipe.folds, seed=run.recipe.seed
    )
    calibrate(head, odds, learned.table)
    after = figures(head, held)
    done = len(learned.titles)
    run.log.add("judged", done, {"pairs": len(held.titles), "scores": after})
    told(Progress("judged", 0.95, done, scores=after))
    run.write(head, learned, after)
    reason = "last step" if done == run.recipe.pictures else "signal" if stopping.is_set() else "time"
    seconds = time.monotonic() - began
    return Trained(done, run.recipe.pictures, seconds, reason, before, after, run.left_out, request.out)


def figures(head: DamageHead, held: NumberedPart) -> dict[str, float]:
    """Return how a head does on pictures that nothing was learned from; kinds that are not among them are left out."""
    with torch.inference_mode():
        probabilities, severities = (one.numpy() for one in head(torch.from_numpy(held.table.numbers)))
    table, found = held.table, dict[str, float]()
    for number, kind in enumerate(DAMAGE_KINDS):
        clear, present = table.clear[:, number], table.present[:, number]
        if not present.any():
            continue
        stated = probabilities[clear, number].astype(np.float64)
        found[f"precision_{kind}"] = average_precision(stated, present[clear]) or 0.0
        found[f"severity_mae_{kind}"] = float(np.abs(severities - table.severities)[present, number].mean())
        found[f"calibration_{kind}"] = calibration_error(stated, present[clear]) or 0.0
    for measure in ("precision", "severity_mae", "calibration"):
        values = [value for name, value in found.items() if name.startswith(f"{measure}_")]
        found[measure] = float(np.mean(values)) if values else 0.0
    sound = np.array([title == "clean" for title in held.titles])
    if sound.any():
        found["false_alarms"] = float((probabilities[sound] >= 0.5).any(axis=1).mean())
    return found


@dataclass(frozen=True, slots=True)
class _Until:
    """When measuring ends."""

    deadline: float
    stopping: Event

    def over(self) -> bool:
        return self.stopping.is_set() or time.monotonic() > self.deadline


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of ``train_damage``."""

    request: TrainRequest
    recipe: DamageRecipe
    shard: Shard
    left_out: tuple[str, ...]
    kept: KeptNumbers
    scratch: TiledNetwork
    scratch_digest: str
    log: TrainingLog
    code: str
    told: Callable[[Progress], None]

    def measured(self, which: Which, count: int, until: _Until) -> NumberedPart:
        """Return so many pictures as numbers, fewer if time is up, but some; what the folder holds serves again."""
        parts: list[NumberedPart] = []
        for start in range(0, count, PART):
            if parts and until.over():
                break
            end = min(start + PART, count)
            parts.append(self.kept.whole(which, range(start, end), self.scratch, self.scratch_digest))
            self.told(Progress("training", self._share(which, end), end if which == "learned" else 0))
        return joined(parts)

    def write(self, head: DamageHead, learned: NumberedPart, found: Mapping[str, float]) -> None:
        """Choose the rules of the mask, and write the weights with all they depend on."""
        rules = chosen_rules(
            self._mask_cases(head),
            [kind for kind in DAMAGE_KINDS if kind in STRUCTURED_KINDS],
            largest_stain=self.recipe.diagnosis.largest_masked_stain,
            seed=self.recipe.seed,
        )
        metadata = {
            "name": self.recipe.name,
            "recipe": json.dumps(self.recipe.plain(len(learned.names))),
            "steps": str(len(learned.titles)),
            "data_digest": self.shard.digest,
            "pictures": str(len(self.shard.picture_numbers)),
            "held_out": json.dumps(dict(found)),
            "libraries": library_versions(),
            "code_version": self.code,
            "features_version": FEATURES_VERSION,
            "scratch_digest": self.scratch_digest,
            "mask_thresholds": rules_as_text(rules),
        }
        tensors = {name: value.contiguous() for name, value in head.state_dict().items()}
        unfinished = self.request.out / f"{WEIGHTS}.new"
        unfinished.write_bytes(save(tensors, metadata=metadata))
        unfinished.replace(self.request.out / WEIGHTS)

    def _mask_cases(self, head: DamageHead) -> Iterator[MaskCase]:
        """Give held-back pictures, sound or with structured damage, with maps and report."""
        pictures = DamagePictures.of(
            self.shard, held=True, seed=self.recipe.seed, variety=self.recipe.variety, group="structured"
        )
        for index in range(self.recipe.mask_pictures):
            picture = pictures.picture(index)
            maps = probability_maps(self.scratch, shrink(picture.photo, self.recipe.diagnosis.report_long_side_px))
            numbers = {**measuring(self.recipe.diagnosis)(picture.photo), **map_numbers(maps)}
            with torch.inference_mode():
                probabilities, _ = head(torch.tensor([list(numbers.values())], dtype=torch.float32))
            believed = dict(zip(DAMAGE_KINDS, probabilities[0].tolist(), strict=True))
            yield MaskCase(picture.photo, picture.sound, maps, believed)

    def _share(self, which: Which, end: int) -> float:
        held = self.recipe.held_pictures
        return 0.9 * (end + (held if which == "learned" else 0)) / (held + self.recipe.pictures)


def _run(request: TrainRequest, recipe: DamageRecipe, told: Callable[[Progress], None]) -> _Run:
    out = request.out
    if (out / NUMBERS).exists() and not request.resume:
        raise TrainingFolderError(f"{out} holds a training of {NAME}: give --resume to go on, or another folder")
    out.mkdir(parents=True, exist_ok=True)
    scratch = load_compact(_scratch_path(request), ScratchMask)
    shard, left_out = _shard(request, told)
    log = TrainingLog(out / LOG)
    log.begin(after_step=0)
    kept, digest = KeptNumbers(out / NUMBERS, shard, recipe), weights_digest_of(scratch)
    return _Run(request, recipe, shard, left_out, kept, tiled(scratch), digest, log, code_version(), told)


def _shard(request: TrainRequest, told: Callable[[Progress], None]) -> tuple[Shard, tuple[str, ...]]:
    path = request.out / SHARD
    if request.data.is_file():
        return Shard(request.data), ()
    if path.is_file() and request.resume:
        return Shard(path), ()
    told(Progress("packing", 0.0))
    packed = pack(request.data, path, most_bytes=request.most_mib * MIB, told=lambda _: None)
    return packed.shard, packed.left_out


def _scratch_path(request: TrainRequest) -> Path:
    """Return the weights that draw structured damage."""
    if surplus := [name for name in request.given if name != "scratch"]:
        raise MissingScratchError(f"{NAME} has no use for {', '.join(surplus)}; it builds on scratch")
    beside = request.out.resolve().parent / SCRATCH / WEIGHTS
    path = request.given.get("scratch", beside)
    if path.is_file():
        return path
    if "scratch" in request.given:
        raise MissingScratchError(f"there are no weights of {SCRATCH} at {path}: give --with scratch=FILE")
    try:
        return path_of(SCRATCH)
    except (ModelMissingError, UnknownModelError) as error:
        raise MissingScratchError(
            f"{NAME} builds on the weights of {SCRATCH}, found neither {beside} nor an installed model: train "
            f"{SCRATCH} first, or give --with scratch=FILE"
        ) from error
