"""Named recipes: the prints an archive knows, each with a strength from hardly aged to badly aged."""

import numpy as np

from oldphoto_core.synthesis.creases import Creases
from oldphoto_core.synthesis.effect import Damage
from oldphoto_core.synthesis.fading import DyeLoss, SilverPrint
from oldphoto_core.synthesis.grain import FilmGrain, ScannerNoise
from oldphoto_core.synthesis.recipe import Recipe
from oldphoto_core.synthesis.scratches import Scratches
from oldphoto_core.synthesis.softness import Blur, JpegBlocks, LowResolution
from oldphoto_core.synthesis.spots import Dust, Foxing, TideLine
from oldphoto_core.synthesis.tears import TornCorners

_SCAN = ScannerNoise(sigma=0.004)


def faded_colour_print(strength: float = 0.5) -> Recipe:
    """Return a colour print of the seventies whose cyan went first: red, flat, yellowed.

    Args:
        strength: 0 hardly aged, 1 badly aged.
    """
    loss = DyeLoss(
        cyan=0.20 + 0.60 * strength,
        magenta=0.10 + 0.30 * strength,
        yellow=0.15 + 0.55 * strength,
        stain=0.06 + 0.22 * strength,
        unevenness=0.35,
    )
    dust = Dust(specks=round(30 * strength), hairs=1)
    return Recipe("faded-colour-print", (FilmGrain(sigma=0.015, colour=0.6), loss, dust, _SCAN))


def scratched_print(strength: float = 0.5) -> Recipe:
    """Return a silver print that was handled badly: scratches, a fold, dust.

    Args:
        strength: 0 hardly aged, 1 badly aged.
    """
    return Recipe(
        "scratched-print",
        (
            FilmGrain(sigma=0.02),
            SilverPrint(warmth=0.25, loss=0.1 + 0.15 * strength, yellowing=0.05 + 0.1 * strength),
            Scratches(count=round(4 + 30 * strength)),
            Creases(count=1 + round(2 * strength), corner_share=0.6),
            Dust(specks=round(20 + 120 * strength), hairs=round(4 * strength)),
            Blur(sigma_px=0.5),
            _SCAN,
        ),
    )


def grainy_soft_print(strength: float = 0.5) -> Recipe:
    """Return a small enlargement from fast film: soft, coarse grain, kept as a poor JPEG file.

    Args:
        strength: 0 hardly aged, 1 badly aged.
    """
    return Recipe(
        "grainy-soft-print",
        (
            LowResolution(factor=1.2 + 1.6 * strength),
            Blur(sigma_px=0.6 + 1.6 * strength),
            FilmGrain(sigma=0.03 + 0.06 * strength, radius_px=0.9),
            SilverPrint(warmth=0.15, loss=0.1 + 0.2 * strength, yellowing=0.04),
            JpegBlocks(quality=round(70 - 45 * strength)),
        ),
    )


def foxed_print(strength: float = 0.5) -> Recipe:
    """Return an albumen-toned print from a damp cellar: sepia, foxing, a tide line.

    Args:
        strength: 0 hardly aged, 1 badly aged.
    """
    return Recipe(
        "foxed-print",
        (
            Blur(sigma_px=0.6),
            FilmGrain(sigma=0.015),
            SilverPrint(warmth=0.9, loss=0.2 + 0.3 * strength, yellowing=0.1 + 0.15 * strength, unevenness=0.5),
            Foxing(spots=round(20 + 140 * strength), strength=0.3 + 0.4 * strength),
            TideLine(reach=0.2 + 0.4 * strength, strength=0.15 + 0.3 * strength),
            Dust(specks=20),
            _SCAN,
        ),
    )


def torn_print(strength: float = 0.5) -> Recipe:
    """Return a toned print with a corner torn off, folds and scratches.

    Args:
        strength: 0 hardly aged, 1 badly aged.
    """
    return Recipe(
        "torn-print",
        (
            FilmGrain(sigma=0.02),
            SilverPrint(warmth=0.6, loss=0.15 + 0.15 * strength, yellowing=0.08 + 0.1 * strength),
            Scratches(count=round(2 + 10 * strength), upright=0.1),
            Creases(count=1 + round(strength), corner_share=0.4),
            Dust(specks=round(40 * strength)),
            TornCorners(count=1 + round(strength), size=0.5 + 0.5 * strength),
            _SCAN,
        ),
    )


def mixed(rng: np.random.Generator) -> Recipe:
    """Return a random recipe: a base that may keep its colour, and some of every other damage.

    Args:
        rng: The source of chance; what it draws are the parameters, the placement is drawn while ageing.
    """
    strength = float(rng.uniform(0.1, 1.0))
    steps: list[Damage] = [Blur(sigma_px=float(rng.uniform(0.3, 1.8))), _mixed_base(rng, strength=strength)]
    grain = FilmGrain(sigma=float(rng.uniform(0.005, 0.07)), radius_px=float(rng.uniform(0.4, 1.2)))
    handling: list[Damage] = [
        Scratches(count=round(3 + 25 * float(rng.random()) * strength), upright=float(rng.random())),
        Creases(count=int(rng.integers(1, 4)), corner_share=float(rng.random())),
        Foxing(spots=round(10 + 120 * float(rng.random()) * strength), strength=0.3 + 0.5 * float(rng.random())),
        TideLine(reach=float(rng.uniform(0.2, 0.6)), strength=float(rng.uniform(0.15, 0.5))),
        Dust(specks=int(rng.integers(10, 150)), hairs=int(rng.integers(0, 5))),
        TornCorners(count=1, size=float(rng.uniform(0.4, 1.0))),
    ]
    chosen = rng.random(len(handling)) < (0.5, 0.4, 0.35, 0.25, 0.7, 0.2)
    steps += [grain, *(step for step, wanted in zip(handling, chosen, strict=True) if wanted), _SCAN]
    if rng.random() < 0.4:
        steps.append(JpegBlocks(quality=int(rng.integers(15, 85))))
    return Recipe("mixed", tuple(steps))


def _mixed_base(rng: np.random.Generator, *, strength: float) -> Damage:
    """Return dye loss or a silver print, drawn evenly."""
    if rng.random() < 0.5:
        cyan, magenta, yellow = rng.uniform(0.0, 0.7, 3) * strength
        return DyeLoss(cyan=float(cyan), magenta=float(magenta), yellow=float(yellow), stain=0.3 * strength)
    return SilverPrint(
        warmth=float(rng.uniform(0.0, 1.0)),
        loss=0.5 * strength * float(rng.random()),
        yellowing=0.3 * strength * float(rng.random()),
        unevenness=float(rng.uniform(0.0, 0.6)),
    )


def is_silver(recipe: Recipe) -> bool:
    """Return whether the recipe makes a black-and-white or toned print of any picture.

    Examples:
        >>> is_silver(foxed_print()), is_silver(faded_colour_print())
        (True, False)
    """
    return any(isinstance(step, SilverPrint) for step in recipe.steps)
