"""Hand-written methods, published networks and our own behind one interface: the same report, the same function."""

import numpy as np
import pytest
from clumsy_engine import ClumsyEngine
from own_weights import own_network
from tiny_latent import chooser, detector

from oldphoto_core.classical.cast import remove_cast
from oldphoto_core.classical.deblock import deblock
from oldphoto_core.classical.denoise import denoise
from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.classical.sharpen import sharpen
from oldphoto_core.classical.tone import restore_tone
from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, DamageReport, Finding
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import CLASSICAL, Engine, NoDetectorError
from oldphoto_core.inference.latent_engine import LatentEngine
from oldphoto_core.inference.own_engine import OwnEngine
from oldphoto_core.inference.photo import restore
from oldphoto_core.inference.plan import STEPS_OF, EngineName, Plan, PlannedStep, RestoreSettings, StepName
from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import TiledNetwork


def texture() -> TiledNetwork:
    network = own_network("own-texture", spread=0.05)
    assert isinstance(network, TextureRestorer)
    return TiledNetwork(network)


def colour() -> ColourRestorer:
    network = own_network("own-colour", spread=0.05)
    assert isinstance(network, ColourRestorer)
    return network


ENGINES: dict[EngineName, Engine] = {
    "classical": CLASSICAL,
    "official": LatentEngine(translator=chooser(), detector=detector),
    "own": OwnEngine(texture=texture, colour=colour),
}


def report(*kinds: DamageKind) -> DamageReport:
    findings = {kind: Finding(0.95 if kind in kinds else 0.02, 0.4) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=0.0, measures={})


def picture() -> Photo:
    y, x = np.mgrid[0:96, 0:128] / np.float32(128.0)
    smooth = np.stack([0.2 + 0.5 * x, 0.3 + 0.4 * y, 0.5 - 0.3 * x * y], axis=2)
    grain = np.random.default_rng(2).normal(0.0, 0.04, smooth.shape)
    return np.clip(smooth + grain, 0.0, 1.0).astype(np.float32)


def scratch() -> Mask:
    mask = np.zeros((96, 128), dtype=bool)
    mask[40:43, 10:110] = True
    return mask


@pytest.mark.parametrize("name", ENGINES)
def test_all_keep_to_the_interface(name: EngineName) -> None:
    assert isinstance(ENGINES[name], Engine)
    assert ENGINES[name].name == name
    assert not isinstance(object(), Engine)
    assert isinstance(ClumsyEngine(lambda photo: photo), Engine)


@pytest.mark.parametrize("name", ENGINES)
def test_all_run_the_same_report_through_the_same_function(name: EngineName) -> None:
    photo = picture()
    before = photo.copy()
    result = restore(
        photo,
        report=report("scratch", "noise", "fading"),
        mask=scratch(),
        settings=RestoreSettings(engine=name, strength=0.05),
        seed=7,
        engine=ENGINES[name],
    )
    assert {step.name for step in result.steps} <= set(STEPS_OF[name])
    assert result.steps[0].name == {"classical": "inpaint", "official": "translate", "own": "inpaint"}[name]
    assert all(step.measures or step.reason for step in result.steps)
    assert result.photo.shape == photo.shape
    assert np.array_equal(photo, before)
    assert (result.mask & scratch() == scratch()).all()


@pytest.mark.parametrize(("engine", "named"), [("classical", "official"), ("own", "classical")])
def test_the_engine_is_the_one_that_the_settings_name(engine: EngineName, named: EngineName) -> None:
    with pytest.raises(ValueError, match=f"the settings name the engine '{named}', found '{engine}'"):
        restore(
            picture(),
            report=report(),
            mask=scratch(),
            settings=RestoreSettings(engine=named),
            seed=1,
            engine=ENGINES[engine],
        )


def applied(name: StepName, photo: Photo, settings: RestoreSettings) -> Photo:
    step = PlannedStep(name=name, because="noise", strength=0.8)
    return CLASSICAL.apply(step, photo, mask=scratch(), settings=settings, rng=np.random.default_rng(3))


def test_each_step_of_the_classical_engine_is_its_method() -> None:
    photo, mask, settings = picture(), scratch(), RestoreSettings(engine="classical", grain_kept=0.25)
    expected = {
        "inpaint": inpaint(photo, mask, rng=np.random.default_rng(3), strength=0.8).photo,
        "deblock": deblock(photo, strength=0.8),
        "denoise": denoise(photo, strength=0.8 * 0.75, colour_strength=0.8),
        "tone": restore_tone(photo, strength=0.8, mask=mask),
        "cast": remove_cast(photo, strength=0.8, mask=mask),
        "sharpen": sharpen(photo, strength=0.8),
    }
    assert tuple(expected) == STEPS_OF["classical"]
    for name in STEPS_OF["classical"]:
        assert np.array_equal(applied(name, photo, settings), expected[name]), name


def test_the_classical_engine_has_no_weights_no_eyes_and_no_faces() -> None:
    mask = scratch()
    assert dict(CLASSICAL.weights) == {}
    assert CLASSICAL.mask_for(picture(), mask, Plan(()), RestoreSettings()) is mask
    with pytest.raises(NoDetectorError, match="no detector"):
        CLASSICAL.mend_faces(picture(), RestoreSettings())
    with pytest.raises(ValueError, match="does not know the step 'translate'"):
        applied("translate", picture(), RestoreSettings())


def test_the_mask_that_an_engine_sees_is_the_one_worked_with_and_reported() -> None:
    seen = np.zeros((96, 128), dtype=bool)
    seen[70:72, 20:100] = True
    engine = ClumsyEngine(lambda photo: photo, sees=seen)
    result = restore(picture(), report=report("scratch"), mask=scratch(), seed=1, engine=engine)
    assert np.array_equal(result.mask, scratch() | seen)
