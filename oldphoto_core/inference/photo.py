"""Restoring one photograph: the plan is carried out step by step, and each step is checked before it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool

from oldphoto_core.classical.cast import remove_cast
from oldphoto_core.classical.deblock import deblock
from oldphoto_core.classical.denoise import denoise
from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.classical.sharpen import sharpen
from oldphoto_core.classical.tone import restore_tone
from oldphoto_core.damage import DamageKind, DamageReport
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Mask, Photo, check_photo
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

    @property
    def accepted(self) -> tuple[StepOutcome, ...]:
        """The steps that count, applied or blended."""
        return tuple(step for step in self.steps if step.verdict != "rejected")


def restore(
    photo: Photo,
    *,
    report: DamageReport,
    mask: Bool[np.ndarray, "_ _"],
    settings: RestoreSettings = RestoreSettings(),  # noqa: B008 - frozen
    seed: int,
) -> Restoration:
    """Return the photograph treated for the damage that the report finds present.

    Args:
        photo: The photograph, in [0, 1]; it is not changed.
        report: What is wrong with it.
        mask: Pixels under structured damage, True is damaged.
        settings: What a person chose.
        seed: Decides the grain of filled places; the same seed gives the same numbers.

    Raises:
        PhotoShapeError: The photograph is none, or the mask is of another size.
    """
    check_photo(photo)
    if mask.shape != photo.shape[:2]:
        raise PhotoShapeError(
            found=f"a mask of {mask.shape}", expected=f"the size of the photograph, {photo.shape[:2]}"
        )
    current, outcomes = photo, []
    for step in plan_treatment(report, settings).steps:
        current, outcome = _carry_out(step, current, mask=mask, settings=settings, seed=seed)
        outcomes.append(outcome)
    return Restoration(photo=current, steps=tuple(outcomes), changed=not np.array_equal(current, photo))


def _carry_out(
    step: PlannedStep, before: Photo, *, mask: Mask, settings: RestoreSettings, seed: int
) -> tuple[Photo, StepOutcome]:
    """Return the photograph after the step, or untouched if the step is rejected, with what became of it."""
    obstacle = _obstacle(step, mask, settings)
    if obstacle is not None:
        return before, _outcome(step, verdict="rejected", reason=obstacle)
    rng = np.random.default_rng([seed, STEP_NAMES.index(step.name)])
    after = _apply(step, before, mask=mask, settings=settings, rng=rng)
    flaw = _flaw(before, after)
    if flaw is not None:
        return before, _outcome(step, verdict="rejected", reason=flaw)
    effects = measure_effects(before, after, mask=mask)
    first_harm = harm(step.name, effects)
    if first_harm is None:
        return after, _outcome(step, verdict="applied", measures=effects.as_measures())
    half = before + np.float32(BLEND) * (after - before)
    half_effects = measure_effects(before, half, mask=mask)
    if harm(step.name, half_effects) is None:
        return half, _outcome(
            step, verdict="blended", reason=first_harm, measures=half_effects.as_measures(), share=BLEND
        )
    return before, _outcome(step, verdict="rejected", reason=first_harm, measures=effects.as_measures())


def _obstacle(step: PlannedStep, mask: Mask, settings: RestoreSettings) -> str | None:
    """Return why the step cannot even be tried; None if it can."""
    if step.name != "inpaint":
        return None
    share = float(mask.mean())
    if share == 0.0:
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


def _apply(
    step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
) -> Photo:
    """Return the photograph after the step, unchecked."""
    if step.name == "inpaint":
        return inpaint(photo, mask, rng=rng, strength=step.strength).photo
    if step.name == "deblock":
        return deblock(photo, strength=step.strength)
    if step.name == "denoise":
        kept = 1.0 - settings.grain_kept
        return denoise(photo, strength=step.strength * kept, colour_strength=step.strength)
    if step.name == "tone":
        return restore_tone(photo, strength=step.strength, mask=mask)
    if step.name == "cast":
        return remove_cast(photo, strength=step.strength, mask=mask)
    return sharpen(photo, strength=step.strength)


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
