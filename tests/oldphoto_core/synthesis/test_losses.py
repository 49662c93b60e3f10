"""Lost parts: as much is bare as was asked for, what is bare is light paper, tears start at an edge."""

import numpy as np
import pytest

from oldphoto_core.synthesis.losses import EdgeTears, FlakedEmulsion, bared, edge_tear


def photograph(value: float = 0.2) -> np.ndarray:
    return np.full((160, 200, 3), value, np.float32)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_as_much_flakes_off_as_was_asked_for(share: float) -> None:
    found = [
        float(FlakedEmulsion(share=share).apply(photograph(), np.random.default_rng(seed)).masks["tear"].mean())
        for seed in range(8)
    ]
    assert np.mean(found) == pytest.approx(share, rel=0.15)


def test_what_is_bare_is_light_paper_and_the_rest_is_untouched() -> None:
    opacity = np.zeros((160, 200), np.float32)
    opacity[40:80, 60:120] = 1.0
    effect = bared(photograph(), opacity, np.random.default_rng(0))
    assert effect.covers is not None
    np.testing.assert_array_equal(effect.covers, opacity > 0.5)
    assert effect.photo[45:75, 65:115].min() > 0.7
    np.testing.assert_array_equal(effect.photo[:37], photograph()[:37])
    np.testing.assert_array_equal(effect.photo[:, 125:], photograph()[:, 125:])


def test_nothing_bare_changes_nothing() -> None:
    effect = bared(photograph(), np.zeros((160, 200), np.float32), np.random.default_rng(0))
    np.testing.assert_array_equal(effect.photo, photograph())
    assert effect.severities["tear"] == 0.0


def test_the_paper_keeps_the_tint_of_the_photograph() -> None:
    cream = np.tile(np.array([0.95, 0.85, 0.6], np.float32), (160, 200, 1))
    effect = bared(cream, np.ones((160, 200), np.float32), np.random.default_rng(0))
    red, green, blue = effect.photo.mean(axis=(0, 1))
    assert red > green > blue > 0.6


def test_a_tear_starts_at_an_edge_and_ends_in_a_point() -> None:
    shape, how = (160, 200), EdgeTears(length=0.4, width=0.03)
    sides = set()
    for seed in range(40):
        outline = edge_tear(shape, np.random.default_rng(seed), how=how)
        half = len(outline) // 2
        mouth, tip = outline[[0, -1]].mean(axis=0), outline[half - 1 : half + 1].mean(axis=0)
        away = np.array([mouth[0], mouth[1], shape[1] - mouth[0], shape[0] - mouth[1]])
        sides.add(int(np.abs(away).argmin()))
        assert np.abs(away).min() < 12.0
        assert np.linalg.norm(outline[half - 1] - outline[half]) < 1.0
        assert 0.6 * 0.4 * 160 - 15 < np.linalg.norm(mouth - tip) < 1.4 * 0.4 * 160 + 15
    assert sides == {0, 1, 2, 3}
