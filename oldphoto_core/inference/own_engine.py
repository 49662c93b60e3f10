"""The project's own small networks as an engine: filling by hand-written methods, then texture, then colour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import CLASSICAL, NoDetectorError
from oldphoto_core.inference.own_colour import recoloured
from oldphoto_core.inference.own_texture import retextured
from oldphoto_core.inference.plan import EngineName, Plan, PlannedStep, RestoreSettings, StepName
from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.tiles import TiledNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEngine:
    """Mends texture and colour by networks; the mask they do not need is the report's business."""

    name: EngineName = "own"
    """Its name in the settings and in the catalog."""

    texture: Callable[[], TiledNetwork]
    """Gives the texture network; asked when it is needed."""

    colour: Callable[[], ColourRestorer]
    """Gives the colour network; asked when it is needed."""

    weights: Mapping[StepName, str] = field(default_factory=dict)
    """Digest of the weights behind each step."""

    def mask_for(self, photo: Photo, mask: Mask, plan: Plan, settings: RestoreSettings) -> Bool[np.ndarray, "_ _"]:
        """Return the mask as given: the diagnosis has drawn it with the network that finds scratches."""
        del photo, plan, settings
        return mask

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        """Return the photograph after a step, unchecked.

        Grain is kept where noise is among the damage; a photograph that is blurred and not noisy has none to keep.
        """
        if step.name == "inpaint":
            return CLASSICAL.apply(step, photo, mask=mask, settings=settings, rng=rng)
        if step.name == "texture":
            grain = settings.grain_kept if "noise" in step.reasons else 0.0
            told = dict(zip(step.reasons, step.severities, strict=False))
            return retextured(photo, self.texture().telling(told), strength=step.strength, grain_kept=grain)
        if step.name == "colour":
            has_cast = "colour-cast" in step.reasons
            return recoloured(photo, self.colour(), strength=step.strength, has_cast=has_cast)
        raise ValueError(f"the engine own does not know the step {step.name!r}")

    def mend_faces(self, photo: Photo, settings: RestoreSettings) -> tuple[Photo, tuple[FaceRecord, ...]]:
        """Refuse: none of our networks repaints faces.

        Raises:
            NoDetectorError: Always.
        """
        del photo, settings
        raise NoDetectorError("no detector: the engine own does not look for faces")
