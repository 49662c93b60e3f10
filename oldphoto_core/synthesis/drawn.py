"""A random damage of a kind at about the severity asked for: the law of severity turned round.

For kinds whose severity comes from the parameters alone (blur, noise, low resolution, JPEG blocks, fading) it is met;
for structured kinds, whose severity is read off the picture, it is met on average over photographs. The yields below
were measured on photographs of 256 x 256 pixels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import log2
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64

from oldphoto_core.damage import DamageKind
from oldphoto_core.synthesis.cracks import Cracks
from oldphoto_core.synthesis.creases import CREASE_HALF, Creases
from oldphoto_core.synthesis.effect import Damage
from oldphoto_core.synthesis.fading import FADING_HALF, DyeLoss, tone_severities
from oldphoto_core.synthesis.grain import NOISE_HALF, FilmGrain, ScannerNoise
from oldphoto_core.synthesis.halftone import Halftone
from oldphoto_core.synthesis.losses import EdgeTears, FlakedEmulsion
from oldphoto_core.synthesis.mirroring import SilverMirroring
from oldphoto_core.synthesis.scratches import SCRATCH_HALF, Scratches
from oldphoto_core.synthesis.shapes import PastedShapes, Shape, ShapeBank
from oldphoto_core.synthesis.softness import BLUR_HALF, JPEG_HALF, LOW_RESOLUTION_HALF, Blur, JpegBlocks, LowResolution
from oldphoto_core.synthesis.spots import DUST_HALF, STAIN_HALF, Dust, Foxing, TideLine
from oldphoto_core.synthesis.tears import TEAR_HALF, TornCorners

_SCRATCH = 9e-5  # mean change by one scratch of the default width and length
_CRACK = 5e-4  # by one crack of the default width and length, branches included
_FOLD = 4e-3  # by one fold across the picture at the default width and shading
_SPECK = 2.0e-5  # by one speck of the default size
_FOX = 5e-5  # by one spot of foxing at a strength of 0.5
_TIDE = 0.010  # by a tide line of the default reach and strength
_CORNER = 0.033  # share of the picture behind a torn corner of size one
_WEDGE = 0.0055  # share of the picture in one tear from an edge of the default length and width
_SHAPES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {  # size of a shape as a share of the longer side, and mean change (or share gone) by one
        "dust": (0.012, 5e-5),
        "hairs": (0.10, 1.5e-4),
        "scratches": (0.30, 1.2e-3),
        "stains": (0.40, 0.012),
        "holes": (0.15, 8e-3),
    }
)


def amount_of(severity: float, *, half: float) -> float:
    """Return the amount of damage that has a severity: the inverse of ``effect.severity``.

    Args:
        severity: In [0, 1).
        half: The amount that is plainly visible.

    Examples:
        >>> amount_of(0.5, half=2.0), amount_of(0.75, half=2.0)
        (2.0, 4.0)
    """
    return -half * log2(1.0 - severity)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What is damaged, and with what."""

    silver: bool = False
    """Whether it is a silver print: its one substance fades alike in all channels, and its grain has no colour."""

    bank: ShapeBank = field(default_factory=ShapeBank, repr=False)
    """Shapes that structured kinds may be drawn from as well; an empty bank leaves them to procedure alone."""

    battered_share: float = 0.0
    """Share of scratches and losses as on prints that went through much, in [0, 1]: cracks like veins, strokes several
    times as broad as usual, emulsion that came off in many small flakes."""


def drawn(kind: DamageKind, severity: float, rng: np.random.Generator, *, on: Material | None = None) -> Damage:
    """Return a random damage whose severity of a kind will be about the one asked for.

    Args:
        kind: Any of the twelve kinds.
        severity: In [0, 1); what cannot be that bad (fading ends at about 0.8) is as bad as it can be.
        rng: The source of chance.
        on: What is damaged; None is a colour print, and no shapes.
    """
    return _MAKERS[kind](severity, rng, on or Material())


def _uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number between two bounds."""
    return float(rng.uniform(low, high))


def _blur(severity: float, rng: np.random.Generator, on: Material) -> Damage:  # noqa: ARG001 the form of a maker
    return Blur(sigma_px=amount_of(severity, half=BLUR_HALF))


def _noise(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    sigma = amount_of(severity, half=NOISE_HALF)
    way = rng.random()
    if way < 0.6:
        colour = 0.0 if on.silver else float(rng.choice((0.0, 0.5, 1.0)))
        return FilmGrain(sigma=sigma, radius_px=_uniform(rng, 0.3, 1.3), colour=colour)
    if way < 0.85:
        return ScannerNoise(sigma=sigma)
    # Bare dots change a photograph by about 0.35.
    return Halftone(
        pitch_px=_uniform(rng, 2.8, 6.0),
        amount=min(sigma / 0.35, 0.9),
        colour=not on.silver and bool(rng.random() < 0.6),
    )


def _low_resolution(severity: float, rng: np.random.Generator, on: Material) -> Damage:  # noqa: ARG001 the form of a maker
    return LowResolution(factor=min(2.0 ** amount_of(severity, half=LOW_RESOLUTION_HALF), 12.0))


def _jpeg(severity: float, rng: np.random.Generator, on: Material) -> Damage:  # noqa: ARG001 the form of a maker
    scale = amount_of(severity, half=JPEG_HALF)
    return JpegBlocks(quality=int(np.clip(round(50.0 / scale if scale > 1.0 else 100.0 - 50.0 * scale), 2, 98)))


def _fading(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    loss = min(amount_of(severity, half=FADING_HALF), 0.92)
    if on.silver and severity < 0.4 and rng.random() < 0.4:
        return SilverMirroring(strength=min(0.5 + severity, 1.0), reach=_uniform(rng, 0.1, 0.3 + severity))
    if on.silver or rng.random() < 0.25:
        stain = loss * _uniform(rng, 0.0, 0.3)
        return DyeLoss(cyan=loss, magenta=loss, yellow=loss, stain=stain, unevenness=_uniform(rng, 0.0, 0.6))
    return _dyes(loss, rng, pace=0.5)


def _dyes(loss: float, rng: np.random.Generator, *, pace: float) -> Damage:
    """Return a loss of dyes of that mean, each at its own pace; cyan goes first more often than not."""
    lead = np.array((0.4, -0.3, 0.0)) if rng.random() < 0.6 else np.zeros(3)
    paces = lead + rng.uniform(-1.0, 1.0, 3) * pace
    paces -= paces.mean()
    # No dye can lose more than nearly all of itself, or gain: near the ends all go at one pace.
    room = min((0.95 / max(loss, 0.01) - 1.0) / max(paces.max(), 0.01), 1.0 / max(-paces.min(), 0.01), 1.0)
    cyan, magenta, yellow = (loss * (1.0 + room * paces)).tolist()
    unevenness, stain = _uniform(rng, 0.0, 0.5), loss * _uniform(rng, 0.05, 0.4)
    return DyeLoss(cyan=cyan, magenta=magenta, yellow=yellow, stain=stain, unevenness=unevenness)


def _cast(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    # A stain of one unit spreads a mid-grey by about 0.38, and a dye lost alone by about 0.45 of its share.
    spread = amount_of(severity, half=0.15)
    if on.silver or rng.random() < 0.4:
        stain = min(spread / 0.38, 1.1)
        return DyeLoss(cyan=0.0, magenta=0.0, yellow=0.0, stain=stain, unevenness=_uniform(rng, 0.0, 0.6))
    lost = min(spread / 0.45, 0.95)
    shares = [0.15 * lost * float(rng.random()) for _ in range(3)]
    shares[int(rng.choice(3, p=(0.6, 0.2, 0.2)))] = lost
    unevenness = _uniform(rng, 0.0, 0.5)
    return DyeLoss(cyan=shares[0], magenta=shares[1], yellow=shares[2], stain=0.05 * lost, unevenness=unevenness)


def _low_contrast(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    losses, severities = _contrasts()
    lost = float(np.interp(severity, severities, losses))
    if on.silver:
        return DyeLoss(cyan=lost, magenta=lost, yellow=lost, stain=0.0, unevenness=_uniform(rng, 0.0, 0.4))
    return _dyes(lost, rng, pace=0.15)


@lru_cache(maxsize=1)
def _contrasts() -> tuple[Float64[np.ndarray, " N"], Float64[np.ndarray, " N"]]:
    """Return losses of density, and the severity of low contrast that each leaves behind."""
    losses = np.linspace(0.0, 0.95, 24)
    nothing, whole = np.zeros(3, np.float32), np.eye(3, dtype=np.float32)
    kept = [np.float32(1.0 - loss) * whole for loss in losses]
    return losses, np.array([tone_severities(matrix, nothing, loss=0.0)["low-contrast"] for matrix in kept])


def _scratch(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    amount = amount_of(severity, half=SCRATCH_HALF)
    if on.battered_share and rng.random() < on.battered_share:
        return _battered_scratch(amount, rng)
    if on.bank.scratches and rng.random() < 0.3:
        return _pasted("scratches", on.bank.scratches, amount, rng)
    longer, wider = _uniform(rng, 0.6, 2.0), float(np.clip(amount / SCRATCH_HALF, 0.6, 2.5)) * _uniform(rng, 0.7, 1.4)
    return Scratches(
        count=int(np.clip(round(amount / (_SCRATCH * longer * wider)), 1, 60)),
        length=0.35 * longer,
        width=0.0022 * wider,
        dark_share=float(rng.choice((0.0, 0.2, 0.6))),
        upright=float(rng.random()),
    )


def _battered_scratch(amount: float, rng: np.random.Generator) -> Damage:
    """Return cracks like veins, or a few broad strokes."""
    dark_share = float(rng.choice((0.0, 0.2, 0.6)))
    if rng.random() < 0.65:
        longer, wider = _uniform(rng, 0.6, 2.0), _uniform(rng, 0.4, 1.0) * 2.5 ** _uniform(rng, 0.0, 1.5)
        count = int(np.clip(round(amount / (_CRACK * longer**2 * wider)), 1, 10))
        return Cracks(count=count, length=0.5 * longer, width=0.003 * wider, dark_share=dark_share)
    longer, wider = _uniform(rng, 0.4, 2.0), _uniform(rng, 3.0, 7.0)
    count = int(np.clip(round(amount / (_SCRATCH * longer * wider)), 1, 20))
    upright = float(rng.random())
    return Scratches(count=count, length=0.35 * longer, width=0.0022 * wider, dark_share=dark_share, upright=upright)


def _crease(severity: float, rng: np.random.Generator, on: Material) -> Damage:  # noqa: ARG001 the form of a maker
    amount = amount_of(severity, half=CREASE_HALF)
    corner_share = float(rng.random()) if severity < 0.5 else _uniform(rng, 0.0, 0.4)
    each = _FOLD * (1.0 - 0.65 * corner_share)
    count = int(np.clip(round(amount / each * _uniform(rng, 0.4, 1.0)), 1, 6))
    wider = float(np.clip(amount / (each * count), 0.4, 3.0))
    return Creases(count=count, corner_share=corner_share, width=0.003 * wider, shading=0.12 * min(wider, 2.0))


def _dust(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    amount = amount_of(severity, half=DUST_HALF)
    way = rng.random()
    if on.bank.dust and way < 0.3:
        return _pasted("dust", on.bank.dust, amount, rng)
    if on.bank.hairs and way < 0.5:
        return _pasted("hairs", on.bank.hairs, amount, rng)
    larger = _uniform(rng, 0.8, 1.3) * float(np.clip((amount / DUST_HALF) ** 0.5, 0.8, 1.5))
    specks = int(np.clip(round(amount / (_SPECK * larger**2)), 3, 300))
    dark_share = float(rng.choice((0.0, 0.25, 0.7)))
    return Dust(specks=specks, hairs=int(rng.integers(0, 4)), size=0.0016 * larger, dark_share=dark_share)


def _stain(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    amount = amount_of(severity, half=STAIN_HALF)
    way = rng.random()
    if on.bank.stains and way < 0.3:
        return _pasted("stains", on.bank.stains, amount, rng)
    if way < 0.55 and severity < 0.5:
        size, strength = _uniform(rng, 0.8, 1.6), _uniform(rng, 0.4, 1.0)
        spots = int(np.clip(round(amount / (_FOX * size**2 * strength)), 4, 160))
        return Foxing(spots=spots, size=0.008 * size, strength=strength)
    strength = _uniform(rng, 0.25, 0.5 + 0.5 * severity)
    reach = 0.35 * (amount / (_TIDE * strength / 0.3)) ** (2.0 / 3.0)
    return TideLine(reach=float(np.clip(reach, 0.12, 1.3)), strength=strength)


def _tear(severity: float, rng: np.random.Generator, on: Material) -> Damage:
    amount = amount_of(severity, half=TEAR_HALF)
    if on.battered_share and rng.random() < on.battered_share:
        return FlakedEmulsion(share=min(amount, 0.3), patch=0.008 * 5.0 ** _uniform(rng, 0.0, 1.0))
    way = rng.random()
    if on.bank.holes and way < 0.2:
        return _pasted("holes", on.bank.holes, amount, rng)
    if way < 0.55:
        count = int(rng.integers(1, 3))
        size = float(np.clip((amount / (_CORNER * count)) ** 0.5, 0.3, 2.2))
        # A core as wide as the corner: the sheet is still there, only its face is gone.
        return TornCorners(count=count, size=size, core=1.0 if rng.random() < 0.4 else _uniform(rng, 0.006, 0.02))
    if way < 0.8 or severity > 0.6:
        return FlakedEmulsion(share=min(amount, 0.3), patch=_uniform(rng, 0.03, 0.14))
    wider = _uniform(rng, 0.6, 1.6)
    return EdgeTears(count=int(np.clip(round(amount / (_WEDGE * wider)), 1, 6)), width=0.02 * wider)


def _pasted(group: str, shapes: tuple[Shape, ...], amount: float, rng: np.random.Generator) -> Damage:
    """Return shapes of a group, as many as the amount takes."""
    size, each = _SHAPES[group]
    scale = _uniform(rng, 0.7, 1.4) * float(np.clip(amount / (6.0 * each), 0.5, 1.5)) ** 0.5
    count = int(np.clip(round(amount / (each * scale**2)), 1, 60))
    if group == "stains":
        return PastedShapes(shapes=shapes, kind="stain", count=min(count, 5), size=size * scale, opacity=0.5)
    if group == "holes":
        return PastedShapes(shapes=shapes, kind="tear", count=min(count, 12), size=size * scale)
    return PastedShapes(
        shapes=shapes,
        kind="scratch" if group == "scratches" else "dust",
        count=count,
        size=size * scale,
        dark_share=float(rng.choice((0.0, 0.25, 0.7))),
    )


_MAKERS: Mapping[DamageKind, Callable[[float, np.random.Generator, Material], Damage]] = MappingProxyType(
    {
        "blur": _blur,
        "noise": _noise,
        "fading": _fading,
        "colour-cast": _cast,
        "low-contrast": _low_contrast,
        "jpeg-blocks": _jpeg,
        "low-resolution": _low_resolution,
        "scratch": _scratch,
        "crease": _crease,
        "stain": _stain,
        "tear": _tear,
        "dust": _dust,
    }
)
