"""Edges of known blur, and pictures that were really enlarged."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.diagnosis.features.edges import edge_numbers
from oldphoto_core.image import Grey


def steps(sigma: float) -> Grey:
    squares = (np.indices((256, 256)) // 32).sum(axis=0) % 2
    return cv2.GaussianBlur((0.2 + 0.6 * squares).astype(np.float32), (0, 0), sigma)


def enlarged(factor: float) -> Grey:
    small = np.ascontiguousarray(data.camera()[60:380, 60:380].astype(np.float32) / 255)
    side = round(320 / factor)
    return cv2.resize(
        cv2.resize(small, (side, side), interpolation=cv2.INTER_AREA), (320, 320), interpolation=cv2.INTER_CUBIC
    )


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0])
def test_the_blur_of_edges_is_found(sigma: float) -> None:
    assert edge_numbers(steps(sigma))["edge_sigma_50"] == pytest.approx(sigma, rel=0.3)


@pytest.mark.parametrize(
    ("factor", "name"), [(4.0 / 3.0, "harmonic_0.25"), (1.5, "beat_0.33"), (2.5, "beat_0.383"), (10.0, "beat_0.085")]
)
def test_an_enlargement_beats_with_its_period(factor: float, name: str) -> None:
    assert edge_numbers(enlarged(factor))[name] > edge_numbers(enlarged(1.0))[name] + 0.3


def test_a_file_of_jpeg_beats_at_every_harmonic_of_its_grid() -> None:
    written, coded = cv2.imencode(".jpg", data.camera()[:320, :320], [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert written
    blocky = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    before, after = edge_numbers(enlarged(1.0)), edge_numbers(blocky)
    for name in ("harmonic_0.125", "harmonic_0.25", "harmonic_0.375"):
        assert after[name] > before[name] + 0.5


def test_a_picture_without_edges_has_the_widest() -> None:
    numbers = edge_numbers(np.full((64, 64), 0.5, dtype=np.float32))
    assert numbers["edge_sigma_50"] == 8.0
    assert all(np.isfinite(value) for value in numbers.values())
