"""Shapes are laid scaled, turned and mirrored, and become what their kind says."""

import numpy as np
import pytest

from oldphoto_core.synthesis.shapes import PastedShapes, ShapeBank, scattered, turned


def letter() -> np.ndarray:
    """Return a shape without symmetry: an L."""
    shape = np.zeros((40, 24), np.uint8)
    shape[:, :8] = 255
    shape[32:, :] = 255
    return shape


def photograph() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.3, 0.5, (128, 128, 3)).astype(np.float32)


def inside(patch: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the middle of a frame, of a height and width."""
    top, left = (patch.shape[0] - size[0] + 1) // 2, (patch.shape[1] - size[1] + 1) // 2
    return patch[top : top + size[0], left : left + size[1]]


@pytest.mark.parametrize(("quarters", "angle"), [(0, 0.0), (1, -np.pi / 2), (2, np.pi), (3, np.pi / 2)])
def test_quarter_turns_equal_those_of_numpy(quarters: int, angle: float) -> None:
    patch = turned(letter(), side_px=40.0, angle=angle, mirrored=False)
    exact = np.rot90(letter(), quarters)
    assert float(patch.sum()) == pytest.approx(float(letter().sum()), rel=0.01)
    off = np.abs(inside(patch, exact.shape).astype(int) - exact.astype(int))
    assert (off > 130).mean() < 0.004  # a corner may lie between pixels


def test_a_mirrored_shape_is_its_mirror_image() -> None:
    patch = turned(letter(), side_px=40.0, angle=0.0, mirrored=True)
    off = np.abs(inside(patch, (40, 24)).astype(int) - letter()[:, ::-1].astype(int))
    assert (off > 130).mean() < 0.004  # a corner may lie between pixels


@pytest.mark.parametrize("side_px", [5.0, 10.0, 20.0, 80.0])
def test_a_scaled_shape_covers_the_square_of_the_scale(side_px: float) -> None:
    patch = turned(letter(), side_px=side_px, angle=0.7, mirrored=False)
    assert float(patch.sum()) == pytest.approx(float(letter().sum()) * (side_px / 40.0) ** 2, rel=0.12)


def test_shapes_are_laid_everywhere_and_cut_off_at_the_border() -> None:
    layer = scattered((100, 60), [letter()], np.random.default_rng(0), sides_px=[20.0] * 400)
    assert layer.shape == (100, 60)
    assert min(layer[:20, :20].max(), layer[-20:, -20:].max(), layer[40:60, 20:40].max()) == 255


def test_no_shape_is_enlarged() -> None:
    small = np.full((3, 3), 255, np.uint8)
    layer = scattered((64, 64), [small], np.random.default_rng(1), sides_px=[50.0])
    assert 0 < int((layer > 0).sum()) <= 25


def test_light_marks_lighten_dark_ones_darken_and_stains_brown() -> None:
    bank = ShapeBank(dust=(letter(),))
    photo, count = photograph(), 6
    light = PastedShapes(shapes=bank.dust, kind="dust", count=count, size=0.15, dark_share=0.0)
    dark = PastedShapes(shapes=bank.dust, kind="scratch", count=count, size=0.15, dark_share=1.0)
    brown = PastedShapes(shapes=bank.dust, kind="stain", count=count, size=0.15)
    for step, sign in ((light, 1.0), (dark, -1.0), (brown, -1.0)):
        effect = step.apply(photo, np.random.default_rng(2))
        moved = (effect.photo - photo)[effect.masks[step.kind]]
        assert len(moved) > 100
        assert (sign * moved.mean(axis=1) > 0).all()
    red, _, blue = (brown.apply(photo, np.random.default_rng(2)).photo - photo).sum(axis=(0, 1))
    assert blue < red < 0.0


def test_holes_bare_the_paper_and_cover_what_was_there() -> None:
    effect = PastedShapes(shapes=(letter(),), kind="tear", count=3, size=0.2).apply(
        photograph(), np.random.default_rng(3)
    )
    assert effect.covers is not None
    assert effect.masks["tear"][effect.covers].all()
    assert effect.covers.sum() > 0.6 * effect.masks["tear"].sum()
    assert effect.photo[effect.covers].mean() > 0.8


def test_the_same_seed_lays_the_same_bytes() -> None:
    step = PastedShapes(shapes=(letter(), letter().T), kind="dust", count=20, size=0.1)
    first, second = (step.apply(photograph(), np.random.default_rng(5)).photo.tobytes() for _ in range(2))
    assert first == second


def test_nothing_to_lay_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one shape"):
        PastedShapes(shapes=ShapeBank().hairs, kind="dust", count=1, size=0.1)
