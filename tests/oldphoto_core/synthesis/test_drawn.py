"""Damages asked for by severity have about that severity; severities rise with the error that can be measured."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import spearmanr
from skimage import data

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.cracks import Cracks
from oldphoto_core.synthesis.drawn import Material, amount_of, drawn
from oldphoto_core.synthesis.effect import severity
from oldphoto_core.synthesis.fading import DyeLoss
from oldphoto_core.synthesis.grain import FilmGrain
from oldphoto_core.synthesis.losses import FlakedEmulsion
from oldphoto_core.synthesis.recipe import Recipe, age
from oldphoto_core.synthesis.scratches import Scratches
from oldphoto_core.synthesis.shapes import PastedShapes, ShapeBank

EXACT: tuple[DamageKind, ...] = ("blur", "noise", "jpeg-blocks", "low-resolution", "fading")
_STAMP = (np.full((20, 30), 200, np.uint8),)
BANK = ShapeBank(dust=_STAMP, hairs=_STAMP, scratches=_STAMP, stains=_STAMP, holes=_STAMP)


@cache
def photographs() -> list[Photo]:
    """Return a few photographs of 256 x 256 pixels, the size that the yields were measured at."""
    wide = [data.astronaut()[:256, 100:356], data.chelsea()[20:276, 100:356], data.coffee()[100:356, 150:406]]
    return [from_bytes8(np.ascontiguousarray(picture)) for picture in wide]


def aged(kind: DamageKind, asked: float, seed: int) -> tuple[float, float]:
    """Return the severity found and the mean error of one drawn damage."""
    photo = photographs()[seed % 3]
    step = drawn(kind, asked, np.random.default_rng([seed, 0]))
    result = age(photo, Recipe("one", (step,)), np.random.default_rng([seed, 1]))
    return result.severities.get(kind, 0.0), float(np.abs(result.photo - photo).mean())


ASKED = np.linspace(0.1, 0.95, 60)


@cache
def over_all_severities(kind: DamageKind) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return severities found and errors, for severities asked for from 0.1 to 0.95 and all ways of drawing a kind."""
    found, errors = zip(*(aged(kind, float(asked), k) for k, asked in enumerate(ASKED)), strict=True)
    return found, errors


def test_the_amount_of_a_severity_is_its_inverse() -> None:
    for asked in np.linspace(0.0, 0.99, 23):
        assert severity(amount_of(float(asked), half=0.3), half=0.3) == pytest.approx(float(asked), abs=1e-9)


@pytest.mark.parametrize("kind", DAMAGE_KINDS)
def test_severity_rises_with_the_measured_error(kind: DamageKind) -> None:
    found, errors = over_all_severities(kind)
    assert spearmanr(found, errors).statistic > 0.85
    assert spearmanr(found, ASKED).statistic > 0.75


@pytest.mark.parametrize("kind", EXACT)
def test_kinds_known_from_their_parameters_meet_the_severity_asked_for(kind: DamageKind) -> None:
    for k, asked in enumerate(np.linspace(0.15, 0.75, 12)):
        found, _ = aged(kind, float(asked), 3 * k)
        step = drawn(kind, float(asked), np.random.default_rng([3 * k, 0]))
        if type(step).__name__ in {"Halftone", "SilverMirroring"}:
            continue
        assert found == pytest.approx(asked, abs=0.06)


@pytest.mark.parametrize("kind", DAMAGE_KINDS)
def test_every_kind_spreads_over_the_severities(kind: DamageKind) -> None:
    found, _ = over_all_severities(kind)
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.65, 1.0)):
        assert sum(low <= one < high for one in found) >= 4


def test_a_silver_print_loses_no_single_dye_and_has_no_coloured_grain() -> None:
    silver = Material(silver=True)
    for k in range(60):
        for kind in ("fading", "colour-cast", "low-contrast", "noise"):
            step = drawn(kind, 0.3 + 0.005 * k, np.random.default_rng(k), on=silver)
            if isinstance(step, DyeLoss):
                assert step.cyan == step.magenta == step.yellow
            if isinstance(step, FilmGrain):
                assert step.colour == 0.0


def test_shapes_are_drawn_where_there_are_some() -> None:
    with_bank = [
        drawn(kind, 0.4, np.random.default_rng(k), on=Material(bank=BANK))
        for k in range(40)
        for kind in ("dust", "scratch", "stain", "tear")
    ]
    assert {step.kind for step in with_bank if isinstance(step, PastedShapes)} == {"dust", "scratch", "stain", "tear"}
    without = [drawn("dust", 0.4, np.random.default_rng(k)) for k in range(40)]
    assert not any(isinstance(step, PastedShapes) for step in without)


def test_battered_prints_have_cracks_broad_strokes_and_small_flakes() -> None:
    on = Material(battered_share=1.0)
    scratches = [drawn("scratch", 0.5, np.random.default_rng(seed), on=on) for seed in range(60)]
    assert {type(damage) for damage in scratches} == {Cracks, Scratches}
    assert all(damage.width > 0.006 for damage in scratches if isinstance(damage, Scratches))
    tears = [drawn("tear", 0.5, np.random.default_rng(seed), on=on) for seed in range(60)]
    assert {type(damage) for damage in tears} == {FlakedEmulsion}
    assert all(0.008 <= damage.patch <= 0.04 for damage in tears if isinstance(damage, FlakedEmulsion))
    for kind in ("crease", "stain", "dust"):  # other kinds are as they were
        assert drawn(kind, 0.5, np.random.default_rng(3), on=on) == drawn(kind, 0.5, np.random.default_rng(3))


@pytest.mark.parametrize("kind", ["scratch", "tear"])
def test_battered_prints_are_about_as_bad_as_asked_for(kind: DamageKind) -> None:
    found = []
    for seed in range(90):
        step = drawn(kind, 0.5, np.random.default_rng(seed), on=Material(battered_share=1.0))
        result = age(photographs()[seed % 3], Recipe("one", (step,)), np.random.default_rng([seed, 1]))
        found.append(result.severities.get(kind, 0.0))
    assert 0.3 < float(np.mean(found)) < 0.65
