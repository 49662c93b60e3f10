"""Who judges is who the settings name."""

import subprocess
import sys

import numpy as np
import pytest

from oldphoto_core.diagnosis.classify import diagnose
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.inference.plan import plan_treatment
from tasks.diagnosers import diagnoser_of
from tasks.models.installed import installed
from tasks.settings import NightSettings

pytestmark = pytest.mark.usefixtures("engines_as_set")


def own() -> NightSettings:
    return NightSettings(diagnosis=DiagnosisSettings(engine="own"))


def test_measurements_alone_judge_with_the_settings_of_the_night() -> None:
    settings = NightSettings(diagnosis=DiagnosisSettings(engine="classical", view_long_side_px=64))
    photo = np.random.default_rng(0).random((128, 160, 3), dtype=np.float32)
    diagnoser = diagnoser_of(settings)
    assert (diagnoser.engine, diagnoser.weights_sha256) == ("classical", None)
    assert diagnoser.diagnose(photo).report == diagnose(photo, settings.diagnosis).report
    assert diagnoser.diagnose(photo).report != diagnose(photo).report


def test_measurements_alone_load_no_networks() -> None:
    code = (
        "import sys; from tasks.diagnosers import diagnoser_of; from tasks.settings import NightSettings;"
        "from oldphoto_core.diagnosis.settings import DiagnosisSettings;"
        "diagnoser_of(NightSettings(diagnosis=DiagnosisSettings(engine='classical')));"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_engine_is_part_of_the_identity_of_a_report() -> None:
    classical = NightSettings(diagnosis=DiagnosisSettings(engine="classical"))
    assert own().classify_hash != classical.classify_hash


@pytest.mark.skipif(
    not {"own-scratch", "own-damage"} <= set(installed()), reason="weights of own-scratch and own-damage not shipped"
)
class TestShipped:
    """The weights that come with the package."""

    def test_they_are_on_record(self) -> None:
        diagnoser = diagnoser_of(own())
        assert diagnoser.engine == "own"
        assert diagnoser.weights_sha256 is not None

    @pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "camera", "grass", "gravel", "brick"])
    def test_nothing_is_planned_or_masked_for_sound_photographs(self, name: str) -> None:
        from skimage import data  # noqa: PLC0415 - only here

        pixels = getattr(data, name)()
        pixels = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
        photo = np.ascontiguousarray(pixels.astype(np.float32) / 255)
        found = diagnoser_of(own()).diagnose(photo)
        assert plan_treatment(found.report, own().restore).steps == ()
        assert not found.mask.any()

    def test_a_doubtful_tear_is_not_filled(self) -> None:
        from skimage import data  # noqa: PLC0415 - only here

        photo = np.ascontiguousarray(data.astronaut().astype(np.float32) / 255)
        found = diagnoser_of(own()).diagnose(photo)
        assert found.report.findings["tear"].probability > 0.5  # wrong: white cloth and a white rocket
        assert not found.mask.any()
