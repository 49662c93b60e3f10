"""Restoring one photograph: the plan is carried out step by step, and each step is checked before it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool

from oldphoto_core.damage import DamageKind, DamageReport
from oldphoto_core.errors import NothingToFillFromError, PhotoShapeError
from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.image import Mask, Photo, check_photo
from oldphoto_core.inference.engine import CLASSICAL, Engine, NoDetectorError
from oldphoto_core.inference.harm import harm, measure_effects
from oldphoto_core.inference.plan import STEP_NAMES, PlannedStep, RestoreSettings, StepName, plan_treatment

Verdict = Literal["applied", "blended", "rejected"]
"""``applied`` as planned; ``blended`` half way with the picture before, since all the way did harm; ``rejected``."""

BLEND = 0.5


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one planned step."""

    name: StepName
    """What was to be done."""

    because: DamageKind
    """The damage that called for it."""

    strength: float
    """How far it went, in [0, 1]; for a rejected step, how far it was to go."""

    verdict: Verdict
    """Whether it counts."""

    reason: str
    """Why it was not applied as planned, as a sentence; empty if it was."""

    measures: Mapping[str, float]
    """Measures of what the step did, or would have done; empty if it did not run."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """A treated photograph and the record of its treatment."""

    photo: Photo
    """The result, in [0, 1]; the very numbers of the input if no step counts."""

    steps: tuple[StepOutcome, ...]
    """One outcome for each planned step."""

    changed: bool
    """Whether any pixel differs from the input."""

    mask: Mask
    """The mask of damage that was worked with: the one given, or with what the engine itself saw."""

    @property
    def accepted(self) -> tuple[StepOutcome, ...]:
        """The steps that count, applied or blended."""
        return tuple(step for step in self.steps if step.verdict != "rejected")


def restore(
    photo: Photo,
    *,
    report: DamageReport,
    mask: Bool[np.ndarray, "_ _"],
    settings: RestoreSettings | None = None,
    seed: int,
    engine: Engine = CLASSICAL,
) -> Restoration:
    """Return the photograph treated for the damage that the report finds present.

    Args:
        photo: The photograph, in [0, 1]; it is not changed.
        report: What is wrong with it.
        mask: Pixels under structured damage, True is damaged.
        settings: What a person chose; None takes the defaults, with the engine that is given.
        seed: Decides the grain of filled places; the same seed gives the same numbers.
        engine: Who does the work; the one that the settings name.

    Raises:
        PhotoShapeError: The photograph is none, or the mask is of another size.
        ValueError: The engine is not the one that the settings name.
    """
    check_photo(photo)
    settings = settings or RestoreSettings(engine=engine.name)
    if mask.shape != photo.shape[:2]:
        raise PhotoShapeError(
            found=f"a mask of {mask.shape}", expected=f"the size of the photograph, {photo.shape[:2]}"
        )
    if engine.name != settings.engine:
        raise ValueError(f"the settings name the engine {settings.engine!r}, found {engine.name!r}")
    plan = plan_treatment(report, settings)
    mask = engine.mask_for(photo, mask, plan, settings)
    work = _Work(engine=engine, mask=mask, settings=settings, seed=seed)
    current, outcomes = photo, list[StepOutcome]()
    for step in plan.steps:
        current, done = work.faces(step, current) if step.name == "face" else work.carry_out(step, current)
        outcomes += done
    changed = current is not photo and not np.array_equal(current, photo)
    return Restoration(photo=current, steps=tuple(outcomes), changed=changed, mask=mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """Everything that stays the same from step to step."""

    engine: Engine
    mask: Mask
    settings: RestoreSettings
    seed: int

    def carry_out(self, step: PlannedStep, before: Photo) -> tuple[Photo, list[StepOutcome]]:
        """Return the photograph after the step, or untouched if the step is rejected, with what became of it."""
        obstacle = _obstacle(step, self.mask, self.settings)
        if obstacle is not None:
            return before, [_outcome(step, verdict="rejected", reason=obstacle)]
        rng = np.random.default_rng([self.seed, STEP_NAMES.index(step.name)])
        try:
            after = self.engine.apply(step, before, mask=self.mask, settings=self.settings, rng=rng)
        except NothingToFillFromError as error:
            return before, [_outcome(step, verdict="rejected", reason=str(error))]
        flaw = _flaw(before, after)
        if flaw is not None:
            return before, [_outcome(step, verdict="rejected", reason=flaw)]
        return self._judged(step, before, after)

    def _judged(self, step: PlannedStep, before: Photo, after: Photo) -> tuple[Photo, list[StepOutcome]]:
        effects = measure_effects(before, after, mask=self.mask)
        first_harm = None if self._is_unchecked(step) else harm(step.name, effects)
        if first_harm is None:
            return after, [_outcome(step, verdict="applied", measures=effects.as_measures())]
        half = before + np.float32(BLEND) * (after - before)
        half_effects = measure_effects(before, half, mask=self.mask)
        if harm(step.name, half_effects) is None:
            return half, [
                _outcome(step, verdict="blended", reason=first_harm, measures=half_effects.as_measures(), share=BLEND)
            ]
        return before, [_outcome(step, verdict="rejected", reason=first_harm, measures=effects.as_measures())]

    def _is_unchecked(self, step: PlannedStep) -> bool:
        """Return whether a person asked for exactly what the authors' scripts give, good or bad."""
        return step.name == "translate" and self.settings.latent.official_compat

    def faces(self, step: PlannedStep, before: Photo) -> tuple[Photo, list[StepOutcome]]:
        """Return the photograph with its faces mended, and what became of each, or why none was looked for."""
        try:
            after, records = self.engine.mend_faces(before, self.settings)
        except NoDetectorError as error:
            return before, [_outcome(step, verdict="rejected", reason=str(error))]
        return after, [_face_outcome(step, record) for record in records]


def _obstacle(step: PlannedStep, mask: Mask, settings: RestoreSettings) -> str | None:
    """Return why the step cannot even be tried; None if it can."""
    if step.name != "inpaint" and not (step.name == "translate" and step.fills):
        return None
    share = float(mask.mean())
    if share == 0.0 and step.name == "inpaint":
        return "the mask is empty: it is not known where the damage lies"
    if share > settings.largest_mask_share:
        return f"the mask covers {share:.3f} of the picture, limit {settings.largest_mask_share:.3f}"
    return None


def _flaw(before: Photo, after: Photo) -> str | None:
    """Return why a result needs no measuring; None if it does."""
    if np.array_equal(before, after):
        return "nothing to do: the step measured no damage of its kind"
    if not bool(np.isfinite(after).all()):
        return "broke down: the result holds NaN or infinity"
    return None


def _face_outcome(step: PlannedStep, record: FaceRecord) -> StepOutcome:
    """Return the record of one face: where it lies, how sure the detector was, how much was changed."""
    box = record.face.box
    measures = {
        "left_px": box.left_px,
        "top_px": box.top_px,
        "width_px": box.width_px,
        "height_px": box.height_px,
        "score": record.face.score,
        "mean_change": record.mean_change,
    }
    verdict: Verdict = "applied" if record.accepted else "rejected"
    return _outcome(step, verdict=verdict, reason="" if record.accepted else record.outcome, measures=measures)


def _outcome(
    step: PlannedStep,
    *,
    verdict: Verdict,
    reason: str = "",
    measures: Mapping[str, float] | None = None,
    share: float = 1.0,
) -> StepOutcome:
    """Return the record of a step; the share says how much of the planned strength counts."""
    return StepOutcome(
        name=step.name,
        because=step.because,
        strength=step.strength * share,
        verdict=verdict,
        reason=reason,
        measures={} if measures is None else dict(measures),
    )
