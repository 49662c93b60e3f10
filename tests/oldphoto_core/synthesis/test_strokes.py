"""Strokes lie where their points say."""

import numpy as np
import pytest

from oldphoto_core.synthesis.strokes import Stroke, draw


def straight(start: tuple[float, float], end: tuple[float, float], *, width_px: float, opacity: float = 1.0) -> Stroke:
    points = np.linspace(start, end, 20, dtype=np.float32)
    return Stroke(points, np.full(20, width_px, np.float32), np.full(20, opacity, np.float32))


def away_from(start: tuple[float, float], end: tuple[float, float], side: int) -> np.ndarray:
    """Return the distance of each pixel centre from a segment, slowly."""
    y, x = np.indices((side, side))
    a, b = np.array(start), np.array(end)
    t = np.clip(((x - a[0]) * (b - a)[0] + (y - a[1]) * (b - a)[1]) / ((b - a) @ (b - a)), 0, 1)
    return np.hypot(x - a[0] - t * (b - a)[0], y - a[1] - t * (b - a)[1])


@pytest.mark.parametrize("width_px", [0.5, 1.0, 2.0, 3.0, 6.0])
@pytest.mark.parametrize("end", [(50.0, 10.0), (41.0, 52.0), (10.0, 50.0)])
def test_a_stroke_covers_its_width_and_nothing_else(width_px: float, end: tuple[float, float]) -> None:
    start = (10.0, 10.0)
    drawn = draw((64, 64), [straight(start, end, width_px=width_px)])
    away = away_from(start, end, 64)
    assert float(drawn[away < width_px / 2 - 1.2].min(initial=1.0)) > 0.95
    assert float(drawn[away > width_px / 2 + 1.5].max()) == 0.0
    length = np.hypot(end[0] - start[0], end[1] - start[1])
    assert float(drawn.sum()) == pytest.approx(width_px * length, rel=0.35)


def test_opacity_is_kept() -> None:
    drawn = draw((32, 32), [straight((0, 16), (31, 16), width_px=5.0, opacity=0.4)])
    assert float(drawn.max()) == pytest.approx(0.4, abs=0.01)


def test_a_gap_is_left_empty() -> None:
    stroke = straight((0, 16), (63, 16), width_px=2.0)
    stroke.opacities[8:12] = 0.0
    drawn = draw((32, 64), [stroke])
    assert float(drawn[:, 31:36].max()) == 0.0
    assert float(drawn[16, 5:20].min()) > 0.3


def test_strokes_outside_are_no_error() -> None:
    assert float(draw((8, 8), [straight((-50, -50), (-20, -30), width_px=2.0)]).max()) == 0.0


def test_what_is_too_thin_to_draw_is_drawn_fainter() -> None:
    covered = [float(draw((32, 64), [straight((5, 16), (58, 16), width_px=w)]).sum()) for w in (0.05, 0.1, 0.2)]
    assert covered[1] == pytest.approx(2 * covered[0], rel=0.1)
    assert covered[2] == pytest.approx(4 * covered[0], rel=0.1)
