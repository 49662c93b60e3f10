"""The published networks as an engine: the translation in place of most hand-written steps, faces on request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Bool

from oldphoto_core.faces.detect import FaceDetector
from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.faces.stage import enhance_faces
from oldphoto_core.image import Mask, Photo, from_bytes8, to_bytes8
from oldphoto_core.inference.engine import CLASSICAL, NoDetectorError
from oldphoto_core.inference.latent import Machine, find_scratches, translate
from oldphoto_core.inference.official import OfficialNetworks, official_mask, official_quality, official_scratch
from oldphoto_core.inference.plan import EngineName, Plan, PlannedStep, RestoreSettings, StepName
from oldphoto_core.networks.bopbtl.scratches import ScratchDetector
from oldphoto_core.networks.bopbtl.translate import Translator


@dataclass(frozen=True, slots=True)
class FaceNetworks:
    """What the face stage takes."""

    detector: FaceDetector
    """Finds faces."""

    generator: Callable[[torch.Tensor], torch.Tensor]
    """Repaints one."""

    side_px: int
    """At this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentEngine:
    """Translates by network; tone and colour, which the networks were not trained on, stay with the classical steps."""

    name: EngineName = "official"
    """Its name in the settings and in the catalog."""

    translator: Callable[[bool], Translator]
    """Gives the networks for photographs with holes (True) or without; asked when they are needed."""

    detector: Callable[[], ScratchDetector] | None
    """Gives the network that draws scratches; None: the mask of the report must do."""

    faces: Callable[[], FaceNetworks] | None = None
    """Gives what the face stage takes; None: it cannot be done."""

    weights: Mapping[StepName, str] = field(default_factory=dict)
    """Digest of the weights behind each step."""

    machine: Machine = field(default_factory=Machine)
    """What of the machine one photograph may use."""

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Bool[np.ndarray, "_ _"]:
        """Return the mask with the scratches the network sees added, if the plan says that there are any."""
        wanted = any(step.name == "translate" and step.fills for step in plan.steps)
        if self.detector is None or not wanted or not settings.latent.find_scratches:
            return mask
        if settings.latent.official_compat:
            found = official_mask(to_bytes8(photo), self.detector(), device=self.machine.device).mask
            return np.asarray(cv2.resize(found, photo.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0)
        probability = settings.latent.scratch_probability
        return mask | find_scratches(photo, self.detector(), probability=probability, device=self.machine.device)

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        """Return the photograph after a step, unchecked."""
        if step.name != "translate":
            return CLASSICAL.apply(step, photo, mask=mask, settings=settings, rng=rng)
        translator = self.translator(step.fills and bool(mask.any()))
        if settings.latent.official_compat:
            return _as_the_authors_do(photo, mask, translator, settings, self.machine)
        return translate(
            photo, mask, translator, settings=settings.latent, machine=self.machine, strength=step.strength
        )

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Return the photograph with its faces mended and what was done to each.

        Raises:
            NoDetectorError: The weights it takes are not installed.
        """
        del settings
        if self.faces is None:
            raise NoDetectorError("no detector: install it with oldphoto models fetch yunet bopbtl-face-256")
        networks = self.faces()
        return enhance_faces(photo, networks.detector(photo), networks.generator, networks.side_px)


def _as_the_authors_do(
    photo: Photo, mask: Mask, translator: Translator, settings: RestoreSettings, machine: Machine
) -> Photo:
    """Return what the released scripts would save, brought back to the photograph's size where they change it."""
    networks = OfficialNetworks(translator.old, translator.mapping, translator.clean, machine.device)
    image = to_bytes8(photo)
    if translator.fills_holes:
        height, width = (max(16, round(side / 16) * 16) for side in image.shape[:2])
        if (height, width) != image.shape[:2]:
            image = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
        holes = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_NEAREST)
        saved = official_scratch(image, holes, networks, hr=settings.latent.patch_attention).saved
    else:
        saved = official_quality(image, networks).saved
    if saved.shape != photo.shape:
        saved = cv2.resize(saved, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return from_bytes8(saved)
