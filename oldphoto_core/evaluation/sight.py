"""What a diagnosis sees in a picture: the report, the mask to fill, and how sure it is of each pixel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from oldphoto_core.damage import DamageKind, DamageReport
from oldphoto_core.diagnosis.classify import diagnose
from oldphoto_core.evaluation.method import Likelihood
from oldphoto_core.image import Mask, Photo


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What is seen in one picture."""

    report: DamageReport
    """What is wrong."""

    mask: Mask
    """Structured damage, as a restorer would be given it."""

    likelihood: Likelihood
    """How likely each pixel is damaged."""

    maps: Mapping[DamageKind, Likelihood] = field(default_factory=dict)
    """How likely it is damaged by each kind that a map is drawn of."""


Seer = Callable[[Photo], Sight]
"""From a picture to what is seen in it."""


def classical_sight(photo: Photo) -> Sight:
    """Return what the measurements see; their mask is yes or no, without degrees."""
    found = diagnose(photo)
    return Sight(found.report, found.mask, found.mask.astype(np.float32))


class Remembered:
    """A diagnosis that is asked once for each picture, however many methods start from it."""

    def __init__(self, see: Seer) -> None:
        self._see = see
        self._last: tuple[Photo, Sight] | None = None

    def __call__(self, photo: Photo) -> Sight:
        """Return what is seen in the picture; the very array that was asked about last is not looked at again."""
        if self._last is None or self._last[0] is not photo:
            self._last = (photo, self._see(photo))
        return self._last[1]
