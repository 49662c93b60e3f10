"""Halftone: a picture that was printed in ink dots, as in newspapers and books, and then scanned.

Dots are noise to whoever wants the photograph back. Severity of ``noise``: the amount is the root mean square of what
the dots changed, in [0, 1]; half is that of grain.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo, luma
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.grain import NOISE_HALF

_BANDS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Halftone:
    """A screen of round dots."""

    pitch_px: float = 4.0
    """Distance from dot to dot, in pixels of the scan."""

    amount: float = 0.5
    """0 the photograph, 1 the bare dots; a soft scan lies between."""

    colour: bool = False
    """False one black ink, True three inks with screens at 15, 75 and 0 degrees."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the picture in dots and the severity of noise; the generator turns and shifts the screen."""
        shape = (photo.shape[0], photo.shape[1])
        turn, shift = float(rng.uniform(0.0, np.pi / 2)), rng.uniform(0.0, 1.0, 2)
        if self.colour:
            screens = [
                self._dots(plane, turn + np.pi * by, shift) for plane, by in zip(cv2.split(photo), _TURNS, strict=True)
            ]
            dots = cv2.merge(screens)
        else:
            dots = cv2.cvtColor(self._dots(luma(photo), turn, shift), cv2.COLOR_GRAY2RGB)
        printed = cv2.addWeighted(photo, 1.0 - self.amount, dots, self.amount, 0.0)
        changed = float(cv2.norm(printed, photo, cv2.NORM_L2)) / (3 * shape[0] * shape[1]) ** 0.5
        return Effect(printed, severities={"noise": severity(changed, half=NOISE_HALF)})

    def _dots(self, plane: Grey, turn: float, shift: np.ndarray) -> Grey:
        """Return one plane as soft-edged dots whose area follows its tone."""
        limit = thresholds((plane.shape[0], plane.shape[1]), pitch_px=self.pitch_px, turn=turn, shift=shift)
        edge = np.float32(0.45 * self.pitch_px)
        inked = (plane - limit) * edge + np.float32(0.5)
        return np.clip(inked, np.float32(0.0), np.float32(1.0), out=inked)


_TURNS = (1.0 / 12.0, 5.0 / 12.0, 0.0)  # of half a turn: 15, 75 and 0 degrees


def thresholds(shape: tuple[int, int], *, pitch_px: float, turn: float, shift: np.ndarray) -> Grey:
    """Return the tone below which each pixel is inked: evenly spread over [0, 1], so that dots keep the mean tone.

    Args:
        shape: Height and width in pixels.
        pitch_px: Distance from dot to dot.
        turn: Angle of the screen in radians.
        shift: Where the first dot lies, in pitches.
    """
    step = np.float32(2.0 * np.pi / pitch_px)
    y = np.arange(shape[0], dtype=np.float32)[:, None] * step
    x = np.arange(shape[1], dtype=np.float32)[None, :] * step
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    first = np.cos(cosine * x + sine * y + np.float32(2.0 * np.pi * shift[0]))
    first += np.cos(cosine * y - sine * x + np.float32(2.0 * np.pi * shift[1]))
    band = (first + np.float32(2.0)) * np.float32((_BANDS - 1) / 4.0) + np.float32(0.5)
    return _ranks().take(band.astype(np.intp))


@lru_cache(maxsize=1)
def _ranks() -> Float32[np.ndarray, " N"]:
    """Return the share of a screen's cell below each level of the sum of two cosines."""
    wave = np.cos(np.linspace(0.0, 2.0 * np.pi, 1024, endpoint=False))
    levels = np.linspace(-2.0, 2.0, _BANDS)
    ranks = np.searchsorted(np.sort((wave[:, None] + wave[None, :]).reshape(-1)), levels) / 1024**2
    return ranks.astype(np.float32)
