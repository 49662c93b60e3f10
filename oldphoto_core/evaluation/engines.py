"""Engines for comparisons: one that leaves a step out, one that does nothing twice."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import Engine
from oldphoto_core.inference.plan import EngineName, Plan, PlannedStep, RestoreSettings, StepName

_KEPT = 12


@dataclass(frozen=True, slots=True)
class EngineWithout:
    """Another engine with one of its steps left out: it returns the picture as it is."""

    engine: Engine
    """The other engine."""

    left_out: StepName
    """The step."""

    @property
    def name(self) -> EngineName:
        """That of the other engine."""
        return self.engine.name

    @property
    def weights(self) -> Mapping[StepName, str]:
        """Digests of the weights that are left."""
        return {name: digest for name, digest in self.engine.weights.items() if name != self.left_out}

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Bool[np.ndarray, "_ _"]:
        """Return the mask of the other engine."""
        return self.engine.mask_for(photo, mask, plan, settings)

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        """Return the photograph after a step, or as it is if the step is left out."""
        if step.name == self.left_out:
            return photo
        return self.engine.apply(step, photo, mask=mask, settings=settings, rng=rng)

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Return what the other engine makes of the faces."""
        return self.engine.mend_faces(photo, settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Done:
    """One step that was carried out."""

    step: PlannedStep
    photo: Photo
    mask: Mask
    settings: RestoreSettings
    state: str
    result: Photo


class RememberingEngine:
    """Another engine that carries out no step twice on the very same arrays; its answers are the same.

    Ours without one part begins as ours does: what it has in common is computed once, as long as no check blends a
    step, which makes a new array.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._done: deque[_Done] = deque(maxlen=_KEPT)

    @property
    def name(self) -> EngineName:
        """That of the other engine."""
        return self._engine.name

    @property
    def weights(self) -> Mapping[StepName, str]:
        """Those of the other engine."""
        return self._engine.weights

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Bool[np.ndarray, "_ _"]:
        """Return the mask of the other engine."""
        return self._engine.mask_for(photo, mask, plan, settings)

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        """Return the photograph after a step; it must not be changed."""
        state = repr(rng.bit_generator.state)
        for one in self._done:
            if (
                one.photo is photo
                and one.mask is mask
                and (one.step, one.settings, one.state)
                == (
                    step,
                    settings,
                    state,
                )
            ):
                return one.result
        result = self._engine.apply(step, photo, mask=mask, settings=settings, rng=rng)
        self._done.append(_Done(step, photo, mask, settings, state, result))
        return result

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Return what the other engine makes of the faces."""
        return self._engine.mend_faces(photo, settings)
