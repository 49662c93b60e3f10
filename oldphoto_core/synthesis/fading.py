"""Fading, dye loss, yellowing, toning: everything that acts on the density of a print.

Density here is ``-ln(v)`` of the gamma-encoded value v, with a little flare added. With a display gamma of 2.2 it is
optical density times ln(10) / 2.2, so what is linear in optical density (dyes that add up, a dye that loses a share of
itself, a stain laid over all) stays linear: one 3 x 3 matrix and one offset per fading. The side absorptions of the
dyes are plausible round figures for chromogenic paper, not measurements of one.

Severities, from the parameters alone: ``fading`` has half at a mean density loss of 0.4; ``colour-cast`` has half at
a spread of 0.15 between the channels of a faded mid-grey; ``low-contrast`` at the loss of 0.35 of the distance
between a near-black (0.05) and a near-white (0.95). Toning is how a print was made, not a damage: it has no severity.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import LUMA, Grey, Photo, luma
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.fields import cloud

Matrix = Float32[np.ndarray, "3 3"]
Offset = Float32[np.ndarray, " 3"]

FLARE = 0.04
"""Light, in [0, 1], that the deepest black of a print still sends back; it keeps the density of black finite."""

DYES: Matrix = np.array([[1.0, 0.10, 0.02], [0.20, 1.0, 0.10], [0.08, 0.22, 1.0]], dtype=np.float32)
"""Density in R, G, B (rows) of one unit of cyan, magenta and yellow dye (columns)."""

FADING_HALF = 0.4
"""Mean share of density that is gone when fading is plainly visible."""

YELLOW_STAIN: Offset = np.array([0.06, 0.34, 1.0], dtype=np.float32)
"""Density in R, G, B of old paper and of residual couplers, for one unit in blue."""


def density(photo: Photo) -> Photo:
    """Return the density of each channel, from 0 (white) to ln(1.04 / 0.04) = 3.26 (black)."""
    light = photo + np.float32(FLARE)
    light *= np.float32(1.0 / (1.0 + FLARE))
    cv2.log(light, dst=light)
    return np.negative(light, out=light)


def from_density(densities: Photo) -> Photo:
    """Return densities as a photograph in [0, 1]; what is denser than black is black, negative densities are white."""
    value: Photo = cv2.exp(-densities)
    value *= np.float32(1.0 + FLARE)
    value -= np.float32(FLARE)
    return np.clip(value, np.float32(0.0), np.float32(1.0), out=value)


def refade(photo: Photo, matrix: Matrix, offset: Offset, *, share: Grey | None = None) -> Photo:
    """Return the photograph with its densities sent through ``matrix @ density + offset``.

    Args:
        photo: The photograph.
        matrix: What remains of each channel's density, and what leaks between them.
        offset: Density added everywhere.
        share: How far the change has gone at each pixel, in [0, 1]; None is all the way.
    """
    before = density(photo)
    after: Photo = cv2.transform(before, np.hstack([matrix, offset[:, None]])).astype(np.float32, copy=False)
    if share is not None:
        after -= before
        after *= cv2.cvtColor(share, cv2.COLOR_GRAY2RGB)
        after += before
    return from_density(after)


def tone_print(grey: Grey, tone: Offset, cream: Offset) -> Photo:
    """Return a print of one tone: each channel's density is that of the grey times its tone, on cream paper.

    Args:
        grey: What the negative shows, in [0, 1].
        tone: Density in R, G, B of the image silver, relative to neutral silver.
        cream: Density in R, G, B of the paper.
    """
    densities = density(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))
    return from_density(cv2.transform(densities, np.hstack([np.diag(tone), cream[:, None]])))


def uneven_share(shape: tuple[int, int], rng: np.random.Generator, *, unevenness: float) -> Grey:
    """Return how far a fading has gone at each pixel: clouds, and more of it towards the edges.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        unevenness: 0 is the same everywhere, 1 leaves some places untouched.

    Returns:
        Values in [1 - unevenness, 1].
    """
    y = np.linspace(-1.0, 1.0, shape[0], dtype=np.float32)[:, None] ** 6
    x = np.linspace(-1.0, 1.0, shape[1], dtype=np.float32)[None, :] ** 6
    reach = np.maximum(cloud(shape, rng, cell=0.6, octaves=2), y)
    np.maximum(reach, x, out=reach)
    reach *= np.float32(unevenness)
    reach += np.float32(1.0 - unevenness)
    return reach


def tone_severities(matrix: Matrix, offset: Offset, *, loss: float) -> dict[DamageKind, float]:
    """Return severities of fading, colour cast and low contrast for a change of densities.

    Args:
        matrix: As in ``refade``.
        offset: As in ``refade``.
        loss: Mean share of density that is gone, in [0, 1].
    """
    greys = np.repeat(np.array([0.05, 0.5, 0.95], np.float32)[None, :, None], 3, axis=2)
    black, middle, white = refade(greys, matrix, offset)[0]
    contrast_lost = 1.0 - float((white - black) @ LUMA) / 0.9
    return {
        "fading": severity(loss, half=FADING_HALF),
        "colour-cast": severity(float(np.ptp(middle)), half=0.15),
        "low-contrast": severity(contrast_lost, half=0.35),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DyeLoss:
    """A chromogenic colour print whose dyes went at their own pace; cyan first is the well-known red print."""

    cyan: float
    """Share of the cyan dye that is gone, in [0, 1]."""

    magenta: float
    """Share of the magenta dye that is gone, in [0, 1]."""

    yellow: float
    """Share of the yellow dye that is gone, in [0, 1]."""

    stain: float = 0.1
    """Density added in blue by yellowed paper and couplers; 0.1 cream, 0.4 brown."""

    unevenness: float = 0.2
    """0 fades all alike, 1 leaves some places untouched."""

    def change_of_density(self) -> tuple[Matrix, Offset]:
        """Return the matrix and offset that ``refade`` takes."""
        kept = np.diag([1.0 - self.cyan, 1.0 - self.magenta, 1.0 - self.yellow]).astype(np.float32)
        return DYES @ kept @ np.linalg.inv(DYES), np.float32(self.stain) * YELLOW_STAIN

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the faded photograph with severities of fading, colour cast and low contrast."""
        matrix, offset = self.change_of_density()
        share = uneven_share(photo.shape[:2], rng, unevenness=self.unevenness)
        loss = (self.cyan + self.magenta + self.yellow) / 3.0
        return Effect(refade(photo, matrix, offset, share=share), severities=tone_severities(matrix, offset, loss=loss))


@dataclass(frozen=True, slots=True, kw_only=True)
class SilverPrint:
    """A black-and-white print: its tone, what its silver lost, how its paper yellowed."""

    warmth: float = 0.0
    """0 neutral silver, 1 full sepia; a matter of process, not a damage."""

    loss: float = 0.0
    """Share of the density that is gone, in [0, 1]."""

    yellowing: float = 0.0
    """Density added in blue by the paper; 0.1 cream, 0.4 brown."""

    unevenness: float = 0.2
    """0 fades all alike, 1 leaves some places untouched."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph as one tone on old paper, with severities of what was lost."""
        tone = np.array([1.0 - 0.26 * self.warmth, 1.0, 1.0 + 0.36 * self.warmth], dtype=np.float32)
        cream = np.float32(0.12 * self.warmth) * YELLOW_STAIN
        toned = tone_print(luma(photo), tone, cream)
        matrix = np.float32(1.0 - self.loss) * np.eye(3, dtype=np.float32)
        offset = np.float32(self.yellowing) * YELLOW_STAIN
        severities = tone_severities(matrix, offset, loss=self.loss)
        if self.loss == 0.0 == self.yellowing:
            return Effect(toned, severities=severities)
        share = uneven_share(photo.shape[:2], rng, unevenness=self.unevenness)
        return Effect(refade(toned, matrix, offset, share=share), severities=severities)
