"""Who carries out the steps of a plan: one interface for hand-written methods and for networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from oldphoto_core.classical.cast import remove_cast
from oldphoto_core.classical.deblock import deblock
from oldphoto_core.classical.denoise import denoise
from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.classical.sharpen import sharpen
from oldphoto_core.classical.tone import restore_tone
from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.plan import EngineName, Plan, PlannedStep, RestoreSettings, StepName


class NoDetectorError(LookupError):
    """Faces cannot be looked for: the weights of the detector or of the generator are not installed."""


@runtime_checkable
class Engine(Protocol):
    """Carries out steps, one at a time, and says with which weights; it never judges what it did."""

    @property
    def name(self) -> EngineName:
        """Its name in the settings and in the catalog."""
        ...

    @property
    def weights(self) -> Mapping[StepName, str]:
        """Digest of the weights behind each step; a step without weights is not named."""
        ...

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Bool[np.ndarray, "_ _"]:
        """Return the mask to work with: the one given, or with more damage on it that the engine itself can see."""
        ...

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        """Return the photograph after a step, unchecked; the photograph given is not changed."""
        ...

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Return the photograph with its faces mended and what was done to each.

        Raises:
            NoDetectorError: The weights it takes are not there.
        """
        ...


@dataclass(frozen=True, slots=True)
class ClassicalEngine:
    """The hand-written methods; no weights, the same everywhere."""

    name: EngineName = "classical"
    """Its name in the settings and in the catalog."""

    @property
    def weights(self) -> Mapping[StepName, str]:
        """None."""
        return {}

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Bool[np.ndarray, "_ _"]:
        """Return the mask as given."""
        del photo, plan, settings
        return mask

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        """Return the photograph after a step, unchecked."""
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
        if step.name == "sharpen":
            return sharpen(photo, strength=step.strength)
        raise ValueError(f"the classical engine does not know the step {step.name!r}")

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Refuse: there is no hand-written method for faces.

        Raises:
            NoDetectorError: Always.
        """
        del photo, settings
        raise NoDetectorError("no detector: the classical engine does not look for faces")


CLASSICAL = ClassicalEngine()
"""The engine that is always there."""
