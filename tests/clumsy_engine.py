"""An engine that does to a photograph whatever a test tells it to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import NoDetectorError
from oldphoto_core.inference.plan import EngineName, Plan, PlannedStep, RestoreSettings, StepName


@dataclass(frozen=True)
class ClumsyEngine:
    work: Callable[[Photo], Photo]
    name: EngineName = "classical"
    weights: Mapping[StepName, str] = field(default_factory=dict)
    sees: Mask | None = None
    faces: tuple[FaceRecord, ...] | None = None

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Mask:
        del photo, plan, settings
        return mask if self.sees is None else mask | self.sees

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        del step, mask, settings, rng
        return self.work(photo)

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        del settings
        if self.faces is None:
            raise NoDetectorError("no detector: a test took it away")
        return self.work(photo), self.faces
