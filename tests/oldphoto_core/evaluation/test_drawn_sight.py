"""A drawn mask beside a measured report."""

import numpy as np
import pytest

from oldphoto_core.damage import DAMAGE_KINDS, DamageReport, Finding
from oldphoto_core.evaluation.drawn_sight import HALF_SHARE, LEAST_PX, any_kind, drawn_sight

MEASURED = DamageReport(
    findings={kind: Finding(0.3, 0.2) for kind in DAMAGE_KINDS}, mask_share=0.5, measures={"noise_sigma": 0.01}
)


def maps(*, share: float) -> dict[str, np.ndarray]:
    scratch = np.full((50, 40), 0.1, np.float32)
    scratch.ravel()[: round(share * scratch.size)] = 0.9
    return {"scratch": scratch, "dust": np.full((50, 40), 0.2, np.float32)}


def test_drawn_kinds_come_from_the_maps_and_the_others_from_measurement() -> None:
    seen = drawn_sight(maps(share=HALF_SHARE), MEASURED)  # type: ignore[arg-type]
    assert seen.mask.sum() == round(HALF_SHARE * 2000)
    assert seen.report.mask_share == pytest.approx(HALF_SHARE)
    assert seen.report.findings["scratch"].probability == pytest.approx(0.9)
    assert seen.report.findings["scratch"].severity == pytest.approx(0.5)
    assert seen.report.findings["dust"].probability == pytest.approx(0.2)
    assert seen.report.findings["dust"].severity == 0.0
    assert seen.report.findings["tear"] == MEASURED.findings["tear"]
    assert seen.report.measures == MEASURED.measures


def test_a_few_sure_pixels_are_no_damage() -> None:
    seen = drawn_sight(maps(share=(LEAST_PX - 1) / 2000), MEASURED)  # type: ignore[arg-type]
    assert seen.report.findings["scratch"].probability == pytest.approx(0.1)


def test_any_kind_is_the_chance_that_not_all_are_absent() -> None:
    chances = np.random.default_rng(0).random((3, 4, 5), dtype=np.float32)
    expected = [[1.0 - np.prod([1.0 - one for one in pixel]) for pixel in row] for row in chances.astype(np.float64)]
    assert any_kind(chances) == pytest.approx(np.array(expected), abs=1e-6)
