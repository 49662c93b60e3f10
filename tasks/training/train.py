"""Run one training from a recipe: pack the data, train until a deadline or a signal, judge, save, go on later."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.training.checkpoint import planned_steps, resume, save_checkpoint, write_weights
from oldphoto_core.training.feed import feeding
from oldphoto_core.training.film_recipes import FILM_RECIPES, FilmRecipe
from oldphoto_core.training.latent_recipes import LATENT_RECIPES, AnyRecipe, LatentRecipe
from oldphoto_core.training.loop import StepReport, Trainee, start, train
from oldphoto_core.training.mask_calibration import calibrate_mask
from oldphoto_core.training.pairs import calibration_pairs
from oldphoto_core.training.recipes import RECIPES, Recipe
from oldphoto_core.training.shard import Shard
from oldphoto_core.training.sources import AnyPair, judging_source
from tasks.devices import device_named
from tasks.models.errors import UnknownModelError
from tasks.stopping import stop_on_signals
from tasks.training.data import pack
from tasks.training.judge import held_out_scores
from tasks.training.latent import Given, given_networks, without_eye
from tasks.training.log import TrainingLog
from tasks.training.story import story_of
from tasks.version import code_version

SHARD, CHECKPOINT, WEIGHTS, CURVE, LOG = "data.npy", "checkpoint.pt", "weights.safetensors", "curve.png", "log.jsonl"
MIB = 2**20
ALL_RECIPES: Mapping[str, AnyRecipe] = {**RECIPES, **LATENT_RECIPES, **FILM_RECIPES}
"""Everything that can be trained, by its name."""


class TrainingFolderError(OldPhotoError, ValueError):
    """The output folder holds another training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What the operator asked for."""

    name: str
    """The recipe."""

    data: Path
    """A folder of pictures, or a shard (``data.npy``) that an earlier run packed."""

    out: Path
    """Where everything is written."""

    device: str = "cpu"
    """What computes, as PyTorch names it."""

    resume: bool = False
    """Whether to go on from the checkpoint in ``out``; where there is none yet, training begins."""

    minutes: float | None = None
    """When to stop, counted from the call; None trains to the last step."""

    steps: int | None = None
    """Planned steps; None takes those of the checkpoint, or of the recipe."""

    workers: int = 0
    """Processes that make pairs; 0 makes them in between."""

    most_mib: int = 256
    """Most size of the shard, in MiB."""

    given: Mapping[str, Path] = field(default_factory=dict)
    """Files of weights that a stage of own-latent builds on, by name: ``old``, ``clean``, ``perceptual``."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often something is done beside training."""

    save_s: float = 120.0
    """Seconds between two checkpoints."""

    judge_s: float = 180.0
    """Seconds between two judgements on held-out pictures."""

    log_s: float = 5.0
    """Seconds between two lines of the log."""

    judged_pairs: int = 96
    """On how many pairs."""

    calibration_pairs: int = 80
    """Whole pictures on which the probabilities of masks are set right at the end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training has come."""

    what: str
    """``packing``, ``training`` or ``judged``."""

    share: float
    """Of the planned steps or of the time, whichever is nearer to its end, in [0, 1]."""

    step: int = 0
    """Steps done."""

    loss: float = 0.0
    """Mean loss since the last line of the log."""

    scores: Mapping[str, float] = field(default_factory=dict)
    """Held-out numbers, after a judgement."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run came to."""

    steps: int
    """Steps done since the beginning, earlier runs included."""

    planned: int
    """Steps planned."""

    seconds: float
    """Wall time of this run."""

    stopped_by: str
    """``last step``, ``time`` or ``signal``."""

    before: Mapping[str, float]
    """Held-out numbers when this run began."""

    after: Mapping[str, float]
    """Held-out numbers of the averaged weights now."""

    left_out: tuple[str, ...]
    """Pictures that could not be used, with the reason; empty if the shard was there already."""

    out: Path
    """Folder with the checkpoint, the weights, the curve and the log."""


def train_network(
    request: TrainRequest, *, told: Callable[[Progress], None] = lambda _: None, pace: Pace | None = None
) -> Trained:
    """Train until the last step, the deadline, or SIGINT or SIGTERM; whichever it is, everything is saved.

    Args:
        request: What is wanted.
        told: Called whenever there is something to show.
        pace: How often to save and judge; None takes the defaults.

    Raises:
        UnknownModelError: There is no such recipe.
        DeviceError: There is no such device.
        TrainingFolderError: ``out`` holds a training, and ``resume`` was not asked for.
        TrainingDataError: There is nothing to learn from.
        CheckpointReadError: The checkpoint is damaged, or of another recipe or other pictures.
        MissingNetworkError: The recipe builds on a network that is not there.
        CheckpointError: A file that was given is not the weights of that network.
        DivergedError: The loss is no longer finite; the last checkpoint is good.
    """
    if request.name not in ALL_RECIPES:
        raise UnknownModelError(f"no recipe is called {request.name!r}; there are {', '.join(ALL_RECIPES)}")
    device = device_named(request.device)
    with stop_on_signals() as stopping:
        run = _Run(request, pace or Pace(), stopping, told)
        recipe, going_on = run.planned_recipe()
        run.given = given_networks(recipe, request.given, request.out)
        shard, left_out = run.shard()
        checkpoint = request.out / CHECKPOINT
        digest, given = run.given.with_data(shard.digest), run.given.networks
        if going_on:
            trainee = resume(checkpoint, recipe, device, data_digest=digest, given=given)
        else:
            trainee = start(recipe, device, given)
        run.log.begin(after_step=trainee.step)
        before, after = run.learn(trainee, recipe, shard)
    reason = "last step" if trainee.step >= recipe.steps else "signal" if stopping.is_set() else "time"
    seconds = time.monotonic() - run.began
    return Trained(trainee.step, recipe.steps, seconds, reason, before, after, left_out, request.out)


class _Run:
    """One call of ``train_network``."""

    def __init__(
        self, request: TrainRequest, pace: Pace, stopping: threading.Event, told: Callable[[Progress], None]
    ) -> None:
        self.request, self.pace, self.stopping, self.told = request, pace, stopping, told
        self.began = time.monotonic()
        self.code = code_version()  # of the code that is loaded: the files may change while it trains
        self.log = TrainingLog(request.out / LOG)
        self.closing_s = 0.0
        self.given = Given()

    def planned_recipe(self) -> tuple[AnyRecipe, bool]:
        """Return the recipe with the steps that are planned, and whether training goes on from a checkpoint."""
        recipe = without_eye(ALL_RECIPES[self.request.name], self.request.given)
        checkpoint = self.request.out / CHECKPOINT
        going_on = checkpoint.is_file()
        if going_on and not self.request.resume:
            raise TrainingFolderError(
                f"{self.request.out} holds a training: give --resume to go on with it, or another --out"
            )
        steps = self.request.steps or (planned_steps(checkpoint) if going_on else recipe.steps)
        return replace(recipe, steps=steps, warm_up=max(1, min(recipe.warm_up, steps // 4))), going_on

    def shard(self) -> tuple[Shard, tuple[str, ...]]:
        """Return the shard, packed now if it is not there yet, and the pictures that could not be used."""
        self.request.out.mkdir(parents=True, exist_ok=True)
        if self.request.data.is_file():
            return Shard(self.request.data), ()
        path = self.request.out / SHARD
        if path.is_file() and self.request.resume:
            return Shard(path), ()
        self.told(Progress("packing", 0.0))
        real_old = isinstance(ALL_RECIPES[self.request.name], LatentRecipe)
        most = self.request.most_mib * MIB
        packed = pack(self.request.data, path, most_bytes=most, told=lambda _: None, real_old=real_old)
        return packed.shard, packed.left_out

    def seconds_left(self) -> float:
        """Return how long may still be trained, the time for judging and saving taken off."""
        if self.stopping.is_set():
            return 0.0
        if self.request.minutes is None:
            return float("inf")
        return self.request.minutes * 60.0 - self.closing_s - (time.monotonic() - self.began)

    def learn(self, trainee: Trainee, recipe: AnyRecipe, shard: Shard) -> tuple[dict[str, float], dict[str, float]]:
        """Train, and return the held-out numbers before and after."""
        source = judging_source(shard, recipe)
        pairs: dict[str, list[AnyPair]] = {}
        for index in range(self.judged_count(recipe)):
            pairs.setdefault(source.name(index).removeprefix("single "), []).append(source.pair(index))
        before = self.judge(trainee, recipe, pairs)
        saved = judged = logged = time.monotonic()
        gathered: list[StepReport] = []
        with feeding(shard.path, recipe, workers=self.request.workers) as fetch:
            for report in train(trainee, recipe, fetch, seconds_left=self.seconds_left):
                gathered.append(report)
                now = time.monotonic()
                if now - logged >= self.pace.log_s:
                    self.write_log(gathered, recipe, now - logged)
                    gathered, logged = [], now
                if now - saved >= self.pace.save_s:
                    self.save(trainee, recipe, shard)
                    saved = time.monotonic()
                if now - judged >= self.pace.judge_s:
                    self.judge(trainee, recipe, pairs)
                    judged = logged = time.monotonic()
            if gathered:
                self.write_log(gathered, recipe, time.monotonic() - logged)
        self.save(trainee, recipe, shard)
        self.calibrate(trainee, recipe, shard)
        after = self.judge(trainee, recipe, pairs) if trainee.step else before
        told = story_of(trainee, recipe, shard, after, self.given) | {"code_version": self.code}
        write_weights(self.request.out / WEIGHTS, trainee, told)
        self.log.drawn().save(self.request.out / CURVE)
        return before, after

    def judged_count(self, recipe: AnyRecipe) -> int:
        """Return on how many pairs, or clips, is judged."""
        return min(recipe.judged, self.pace.judged_pairs) if isinstance(recipe, FilmRecipe) else self.pace.judged_pairs

    def save(self, trainee: Trainee, recipe: AnyRecipe, shard: Shard) -> None:
        """Write the checkpoint."""
        digest = self.given.with_data(shard.digest)
        save_checkpoint(self.request.out / CHECKPOINT, trainee, recipe, data_digest=digest)

    def calibrate(self, trainee: Trainee, recipe: AnyRecipe, shard: Shard) -> None:
        """Set the probabilities of masks right, on whole pictures that were not learned from."""
        if isinstance(recipe, Recipe) and isinstance(trainee.averaged, ScratchMask):
            source = calibration_pairs(shard, recipe)
            pairs = (source.pair(index) for index in range(self.pace.calibration_pairs))
            calibrate_mask(trainee.averaged, recipe, pairs)

    def judge(self, trainee: Trainee, recipe: AnyRecipe, pairs: Mapping[str, Sequence[AnyPair]]) -> dict[str, float]:
        """Return the held-out numbers of the averaged weights, and put them on record."""
        began = time.monotonic()
        found = held_out_scores(trainee, recipe, pairs)
        self.log.add("judged", trainee.step, {"pairs": self.judged_count(recipe), "scores": found})
        self.told(Progress("judged", self.share(trainee.step, recipe), trainee.step, scores=found))
        self.closing_s = 1.25 * (time.monotonic() - began)
        return found

    def write_log(self, gathered: list[StepReport], recipe: AnyRecipe, seconds: float) -> None:
        """Put the steps since the last line on record."""
        last = gathered[-1]
        sums: Counter[str] = Counter()
        for report in gathered:
            sums.update(report.losses)
        loss = sum(report.loss for report in gathered) / len(gathered)
        values = {
            "loss": loss,
            "losses": {name: value / len(gathered) for name, value in sums.items()},
            "gradient_norm": last.gradient_norm,
            "learning_rate": last.learning_rate,
            "pictures_a_second": len(gathered) * recipe.batch / max(seconds, 1e-9),
        }
        self.log.add("learned", last.step, values)
        self.told(Progress("training", self.share(last.step, recipe), last.step, loss))

    def share(self, step: int, recipe: AnyRecipe) -> float:
        """Return how much of the way is done, by steps or by time."""
        gone = time.monotonic() - self.began
        by_time = gone / (60.0 * self.request.minutes) if self.request.minutes else 0.0
        return min(1.0, max(step / recipe.steps, by_time))
