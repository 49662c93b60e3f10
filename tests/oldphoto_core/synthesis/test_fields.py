"""Smooth fields stay in their range and are as smooth as asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.synthesis.fields import blend, cloud, paper_tone, smooth_step, wander


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.01, 2.0), st.integers(1, 7))
def test_a_cloud_of_any_size_fills_zero_to_one(height: int, width: int, cell: float, octaves: int) -> None:
    field = cloud((height, width), np.random.default_rng(3), cell=cell, octaves=octaves)
    assert field.shape == (height, width)
    assert float(field.min()) == 0.0
    assert float(field.max()) <= 1.0


def test_coarser_cells_make_a_smoother_cloud() -> None:
    steps = [
        float(np.abs(np.diff(cloud((128, 128), np.random.default_rng(0), cell=cell, octaves=1), axis=0)).mean())
        for cell in (0.02, 0.1, 0.5)
    ]
    assert steps[0] > 2 * steps[1] > 4 * steps[2]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 300), st.integers(1, 30), st.integers(1, 6))
def test_a_wandering_line_stays_within_one(length: int, knots: int, octaves: int) -> None:
    line = wander(length, np.random.default_rng(5), knots=knots, octaves=octaves)
    assert line.shape == (length,)
    assert float(np.abs(line).max()) <= 1.0


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 200), st.integers(1, 20), st.integers(1, 5))
def test_a_wandering_line_is_the_interpolation_of_its_knots(length: int, knots: int, octaves: int) -> None:
    rng, at = np.random.default_rng(5), np.arange(length) / max(length - 1, 1)
    slow = np.zeros(length)
    for octave in range(octaves):
        pieces = knots * 2**octave
        slow += np.interp(at * pieces, np.arange(pieces + 1), rng.uniform(-1.0, 1.0, pieces + 1)) / 2**octave
    line = wander(length, np.random.default_rng(5), knots=knots, octaves=octaves)
    np.testing.assert_allclose(line, slow / max(np.abs(slow).max(), 1e-6), atol=1e-6)


def test_blending_equals_the_slow_formula() -> None:
    rng = np.random.default_rng(0)
    photo, other = rng.random((6, 5, 3), dtype=np.float32), rng.random((6, 5, 3), dtype=np.float32)
    opacity, flat = rng.random((6, 5), dtype=np.float32), rng.random(3, dtype=np.float32)
    for colour in (other, flat):
        slow = photo * (1 - opacity[..., None]) + colour * opacity[..., None]
        np.testing.assert_allclose(blend(photo, colour, opacity), slow, atol=1e-6)


def test_paper_is_a_little_lighter_than_the_lightest_part_and_keeps_its_tint() -> None:
    photo = np.tile(np.array([0.8, 0.7, 0.5], np.float32), (32, 32, 1))
    photo[:16] *= 0.2
    red, green, blue = paper_tone(photo)
    assert 0.8 < red < 0.98
    assert red > green > blue


def test_smooth_step_has_flat_ends() -> None:
    eased = smooth_step(np.array([0.0, 0.01, 0.99, 1.0], np.float32))
    assert eased[1] == pytest.approx(3e-4, rel=0.02)
    assert 1.0 - eased[2] == pytest.approx(3e-4, rel=0.02)
