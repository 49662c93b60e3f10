"""The published networks as an engine: the translation in place of most hand-written steps, faces on request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from jaxtyping import Bool, UInt8

from oldphoto_core.faces.detect import FaceDetector
from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.faces.stage import enhance_faces
from oldphoto_core.image import Mask, Photo, from_bytes8, to_bytes8
from oldphoto_core.inference.engine import CLASSICAL, NoDetectorError
from oldphoto_core.inference.latent import Machine, find_scratches, translate
from oldphoto_core.inference.official import OfficialNetworks, official_mask, official_quality, official_scratch
from oldphoto_core.inference.official_pixels import resized_for_detection
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
            return np.asarray(cv2.resize(found, photo.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT) > 0)
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
            return self._as_the_authors_do(photo, mask, translator, settings)
        return translate(
            photo, mask, translator, settings=settings.latent, machine=self.machine, strength=step.strength
        )

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Return the photograph with its faces mended and what was done to each.

        Raises:
            NoDetectorError: The weights it takes are not installed.
        """
        if self.faces is None:
            generator = f"bopbtl-face-{settings.latent.face_side_px}"
            raise NoDetectorError(f"no detector: install it with oldphoto models fetch yunet {generator}")
        networks = self.faces()
        return enhance_faces(photo, networks.detector(photo), networks.generator, networks.side_px)

    def _as_the_authors_do(self, photo: Photo, mask: Mask, translator: Translator, settings: RestoreSettings) -> Photo:
        """Return what the released scripts would save, brought back to the photograph's size where they change it."""
        networks = OfficialNetworks(translator.old, translator.mapping, translator.clean, self.machine.device)
        image = to_bytes8(photo)
        if not translator.fills_holes:
            return _at_size_of(photo, official_quality(image, networks).saved)
        if settings.latent.find_scratches and self.detector is not None:
            found = official_mask(image, self.detector(), device=self.machine.device)
            image, holes = found.resized, found.mask
        else:
            image = resized_for_detection(image, "full_size")
            levels = mask.astype(np.uint8) * np.uint8(255)
            holes = np.asarray(cv2.resize(levels, image.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT))
        return _at_size_of(photo, official_scratch(image, holes, networks, hr=settings.latent.patch_attention).saved)


def _at_size_of(photo: Photo, saved: UInt8[np.ndarray, "_ _ 3"]) -> Photo:
    if saved.shape != photo.shape:
        saved = np.asarray(cv2.resize(saved, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC))
    return from_bytes8(saved)
