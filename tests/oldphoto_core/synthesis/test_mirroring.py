"""Mirroring lies on the shadows at the edges, is bluish, and takes no density elsewhere."""

import numpy as np

from oldphoto_core.synthesis.mirroring import SilverMirroring


def flat(value: float) -> np.ndarray:
    return np.full((120, 160, 3), value, np.float32)


def mirrored(value: float, *, strength: float = 0.8, seed: int = 0) -> np.ndarray:
    return SilverMirroring(strength=strength, reach=0.2).apply(flat(value), np.random.default_rng(seed)).photo


def test_it_lies_at_the_edges() -> None:
    gain = mirrored(0.1) - 0.1
    assert gain[:4].mean() > 10 * gain[55:65, 75:85].mean()


def test_it_lightens_shadows_and_leaves_white_alone() -> None:
    assert float((mirrored(0.1) - 0.1).mean()) > 3 * float((mirrored(0.85) - 0.85).mean())
    np.testing.assert_allclose(mirrored(1.0), 1.0, atol=1e-5)


def test_it_is_bluish() -> None:
    red, green, blue = mirrored(0.1)[:3].mean(axis=(0, 1))
    assert red < green < blue


def test_stronger_is_more_severe_and_none_is_none() -> None:
    severities = [
        SilverMirroring(strength=strength).apply(flat(0.2), np.random.default_rng(0)).severities
        for strength in (0.0, 0.3, 0.9)
    ]
    for kind in ("fading", "colour-cast", "low-contrast"):
        assert severities[0][kind] < 1e-4 < severities[1][kind] < severities[2][kind]
