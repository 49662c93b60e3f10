"""Lightness agrees with scikit-image; the ends of the scale are where they were put."""

import numpy as np
import pytest
from skimage import color

from oldphoto_core.diagnosis.tone import lightness, tones


def test_lightness_is_that_of_cie_lab() -> None:
    photo = np.random.default_rng(0).uniform(size=(40, 50, 3)).astype(np.float32)
    np.testing.assert_allclose(lightness(photo), color.rgb2lab(photo)[..., 0], atol=0.02)


def test_black_white_and_spread_are_quantiles() -> None:
    lstar = np.linspace(20, 80, 10_001, dtype=np.float32).reshape(-1, 1)
    found = tones(lstar)
    assert found.black_lstar == pytest.approx(20.6, abs=0.02)
    assert found.white_lstar == pytest.approx(79.4, abs=0.02)
    assert found.spread_lstar == pytest.approx(54.0, abs=0.02)
