"""Measures of a change tell good denoising from smoothing, and inventions from a new tone."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.image import Mask, Photo, from_bytes8
from oldphoto_core.quality.change import measure_change


def scene() -> Photo:
    return from_bytes8(data.astronaut()[:256, :256])


def nothing(photo: Photo) -> Mask:
    return np.zeros(photo.shape[:2], dtype=bool)


def test_perfect_denoising_takes_no_detail_and_smoothing_does() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.05, scene().shape).astype(np.float32)
    perfect = measure_change(scene() + noise, scene(), mask=nothing(scene()))
    smoothed = measure_change(scene(), cv2.GaussianBlur(scene(), (0, 0), 1.5), mask=nothing(scene()))
    assert abs(perfect.detail_taken) < 0.15
    assert smoothed.detail_taken > 0.7


def test_a_stretch_of_tones_makes_no_new_edges_and_a_drawn_line_does() -> None:
    flat = np.float32(0.3) + np.float32(0.4) * scene()
    drawn = flat.copy()
    drawn[20:24, 20:220] = 1.0
    assert measure_change(flat, scene(), mask=nothing(flat)).new_edge_share == 0.0
    assert measure_change(flat, drawn, mask=nothing(flat)).new_edge_share > 0.002


def test_what_happens_under_the_mask_does_not_count() -> None:
    changed = scene()
    changed[50:60, 50:60] = 0.0
    mask = nothing(changed)
    mask[50:60, 50:60] = True
    change = measure_change(scene(), changed, mask=mask)
    assert change.mean_outside == 0.0
    assert change.changed_share == pytest.approx(100 / 256**2, rel=0.1)


def test_a_full_mask_leaves_nothing_to_judge() -> None:
    everything = np.ones(scene().shape[:2], dtype=bool)
    change = measure_change(scene(), 1.0 - scene(), mask=everything)
    assert (change.mean_outside, change.new_edge_share, change.detail_taken) == (0.0, 0.0, 0.0)
