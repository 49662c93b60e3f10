"""The own engine does each step with its network, keeps grain where there is noise, and is judged like the others."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from own_weights import own_network, woken

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, DamageReport, Finding
from oldphoto_core.image import Mask, Photo, is_monochrome
from oldphoto_core.inference.engine import CLASSICAL, NoDetectorError
from oldphoto_core.inference.own_colour import recoloured
from oldphoto_core.inference.own_engine import OwnEngine
from oldphoto_core.inference.own_texture import retextured
from oldphoto_core.inference.photo import Restoration, restore
from oldphoto_core.inference.plan import STEPS_OF, Plan, PlannedStep, RestoreSettings, StepName, plan_treatment
from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import TiledNetwork
from oldphoto_core.networks.compact.unet import UNetConfig

SETTINGS = RestoreSettings(engine="own", grain_kept=0.25)
T = TypeVar("T")


def texture(spread: float = 0.1) -> TiledNetwork:
    made = own_network("own-texture", spread=spread)
    assert isinstance(made, TextureRestorer)
    return TiledNetwork(made)


def colour(spread: float = 0.1) -> ColourRestorer:
    made = own_network("own-colour", spread=spread)
    assert isinstance(made, ColourRestorer)
    return made


def engine(spread: float = 0.05) -> OwnEngine:
    return OwnEngine(
        texture=lambda: texture(spread),
        colour=lambda: colour(spread),
        weights={"texture": "t" * 64, "colour": "c" * 64},
    )


def picture() -> Photo:
    y, x = np.mgrid[0:96, 0:128] / np.float32(128.0)
    smooth = np.stack([0.2 + 0.5 * x, 0.3 + 0.4 * y, 0.5 - 0.3 * x * y], axis=2)
    smooth += np.random.default_rng(2).normal(0.0, 0.02, smooth.shape)
    smooth[scratch()] = 0.97
    return np.clip(smooth, 0.0, 1.0).astype(np.float32)


def scratch() -> Mask:
    mask = np.zeros((96, 128), dtype=bool)
    mask[40:43, 10:110] = True
    return mask


def report(*kinds: DamageKind) -> DamageReport:
    findings = {kind: Finding(0.95 if kind in kinds else 0.02, 0.4) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=0.0, measures={})


def restored(*kinds: DamageKind, photo: Photo | None = None, by: OwnEngine | None = None) -> Restoration:
    photo = picture() if photo is None else photo
    return restore(photo, report=report(*kinds), mask=scratch(), settings=SETTINGS, seed=7, engine=by or engine())


def step(name: StepName, *reasons: DamageKind) -> PlannedStep:
    return PlannedStep(name=name, because=reasons[0], strength=0.8, reasons=reasons)


def applied(planned: PlannedStep) -> Photo:
    return engine(0.1).apply(planned, picture(), mask=scratch(), settings=SETTINGS, rng=np.random.default_rng(3))


def test_each_step_is_its_method() -> None:
    photo = picture()
    filled = CLASSICAL.apply(
        step("inpaint", "dust"), photo, mask=scratch(), settings=SETTINGS, rng=np.random.default_rng(3)
    )
    assert np.array_equal(applied(step("inpaint", "dust")), filled)
    assert np.array_equal(applied(step("colour", "fading")), recoloured(photo, colour(), strength=0.8))
    with_grain = retextured(photo, texture(), strength=0.8, grain_kept=0.25)
    assert np.array_equal(applied(step("texture", "blur", "noise")), with_grain)
    assert np.array_equal(applied(step("texture", "blur")), retextured(photo, texture(), strength=0.8))
    with pytest.raises(ValueError, match="does not know the step 'translate'"):
        applied(step("translate", "noise"))


def test_it_has_no_eyes_and_no_faces() -> None:
    mask = scratch()
    assert engine().mask_for(picture(), mask, Plan(()), SETTINGS) is mask
    with pytest.raises(NoDetectorError, match="does not look for faces"):
        engine().mend_faces(picture(), SETTINGS)


def test_all_its_steps_run_in_order_and_are_judged() -> None:
    photo = picture()
    before = photo.copy()
    result = restored("scratch", "noise", "low-resolution", "fading", "colour-cast", photo=photo)
    assert tuple(one.name for one in result.steps) == STEPS_OF["own"]
    assert result.accepted == result.steps
    assert all(one.measures for one in result.steps)
    assert result.changed
    assert np.array_equal(photo, before)


def test_a_network_gone_wild_is_not_let_through() -> None:
    result = restored("noise", by=engine(0.6))
    assert [(one.name, one.verdict) for one in result.steps] == [("texture", "rejected")]
    assert not result.changed


def test_a_sound_photograph_comes_back_unchanged_and_no_network_is_asked_for() -> None:
    def never() -> Callable[[], T]:
        raise AssertionError("a network was asked for")

    idle = OwnEngine(texture=never, colour=never)  # type: ignore[arg-type]  # it is never asked
    photo = picture()
    assert restored(photo=photo, by=idle).photo is photo


def test_a_grey_print_stays_grey_through_all_steps() -> None:
    grey = np.repeat(picture()[..., :1], 3, axis=2)
    result = restored("scratch", "noise", "fading", photo=grey)
    assert [one.name for one in result.accepted] == ["inpaint", "texture", "colour"]
    assert is_monochrome(result.photo, tolerance=1e-4)


def test_the_texture_network_is_told_what_the_report_states() -> None:
    made = woken(TextureRestorer(UNetConfig(width=4, depth=1, told=("noise", "blur"))), spread=0.1)
    assert isinstance(made, TextureRestorer)
    tiles = TiledNetwork(made)
    told = OwnEngine(texture=lambda: tiles, colour=colour)
    findings = report("noise", "blur").findings | {"blur": Finding(0.95, 0.8), "noise": Finding(0.9, 0.3)}
    (step,) = plan_treatment(replace(report("noise"), findings=findings), RestoreSettings(engine="own")).steps
    assert dict(zip(step.reasons, step.severities, strict=True)) == {"noise": 0.3, "blur": 0.8}
    settings = RestoreSettings(engine="own", grain_kept=0.0)
    found = told.apply(step, picture(), mask=scratch(), settings=settings, rng=np.random.default_rng(0))
    expected = retextured(picture(), replace(tiles, told=(0.3, 0.8)), strength=step.strength)
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found, retextured(picture(), replace(tiles, told=(0.8, 0.3)), strength=step.strength))
