"""The samples of a frame: what they show, and that a change reaches only what was changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.film.planes import LUMA_WEIGHTS, Matrix, PlaneLayout, carry_to_planes, to_frame


def drawn(
    layout: PlaneLayout, size: tuple[int, int] = (7, 9), by: tuple[int, int] = (2, 2), seed: int = 0
) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    kind = np.uint8 if layout.bits == 8 else np.uint16
    small = tuple(-(-side // factor) for side, factor in zip(size, by, strict=True))
    shapes = {"grey": [size], "rgb": [size] * 3, "yuv": [size, small, small]}[layout.model]
    return tuple(rng.integers(0, layout.top + 1, shape).astype(kind) for shape in shapes)


LAYOUTS = [
    PlaneLayout(model="yuv", bits=8, full_range=False, matrix="bt601"),
    PlaneLayout(model="yuv", bits=10, full_range=True, matrix="bt709"),
    PlaneLayout(model="rgb", bits=16, full_range=True),
    PlaneLayout(model="rgb", bits=10, full_range=True),
    PlaneLayout(model="grey", bits=16, full_range=True),
    PlaneLayout(model="grey", bits=8, full_range=False),
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("by", [(2, 2), (1, 2), (1, 1), (1, 4)])
def test_what_was_not_changed_comes_back_bit_for_bit(layout: PlaneLayout, by: tuple[int, int]) -> None:
    planes = drawn(layout, by=by)
    frame = to_frame(planes, layout)
    after = frame.copy()
    after[2, 2] = 1 - after[2, 2]
    carried = carry_to_planes(planes, layout, frame, after)
    assert any(not np.array_equal(old, new) for old, new in zip(planes, carried, strict=True))
    for old, new in zip(planes, carried, strict=True):
        down, across = -(-7 // old.shape[0]), -(-9 // old.shape[1])
        expected = new.copy()
        expected[2 // down, 2 // across] = old[2 // down, 2 // across]
        assert np.array_equal(expected, old)


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_the_same_frame_gives_the_same_planes(layout: PlaneLayout) -> None:
    planes = drawn(layout)
    frame = to_frame(planes, layout)
    assert all(np.array_equal(a, b) for a, b in zip(planes, carry_to_planes(planes, layout, frame, frame), strict=True))


@pytest.mark.parametrize("matrix", list(LUMA_WEIGHTS))
def test_the_colours_are_those_of_the_standard(matrix: Matrix) -> None:
    """H.273: E'Y = Kr R + (1-Kr-Kb) G + Kb B; E'PB = (B - Y) / 2(1-Kb); quantised in narrow range."""
    kr, kb = LUMA_WEIGHTS[matrix]
    rgb = np.array([0.8, 0.3, 0.45])
    y = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2]
    samples = 64 + 876 * y, 512 + 896 * (rgb[2] - y) / (2 * (1 - kb)), 512 + 896 * (rgb[0] - y) / (2 * (1 - kr))
    planes = tuple(np.full((2, 2), round(value), dtype=np.uint16) for value in samples)
    shown = to_frame(planes, PlaneLayout(model="yuv", bits=10, full_range=False, matrix=matrix))
    assert np.abs(shown - rgb).max() < 2 / 876


def test_swscale_agrees_on_the_colours() -> None:
    av = pytest.importorskip("av")
    layout = PlaneLayout(model="yuv", bits=8, full_range=False, matrix="bt601")
    ramp = np.linspace(60, 180, 32, dtype=np.uint8)
    planes = (np.tile(ramp, (32, 1)), np.full((16, 16), 110, np.uint8), np.full((16, 16), 150, np.uint8))
    packed = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(48, 32)
    frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
    theirs = frame.to_ndarray(format="rgb24", src_colorspace="itu601", dst_colorspace="itu601")
    assert np.abs(to_frame(planes, layout) * 255 - theirs).max() <= 2.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), layout=st.sampled_from(LAYOUTS))
def test_a_change_arrives(seed: int, layout: PlaneLayout) -> None:
    """What the carried planes show is what was asked for, up to rounding and what a smaller colour plane can hold."""
    rng = np.random.default_rng(seed)
    base = to_frame(drawn(layout, size=(4, 4), seed=seed), layout) * 0 + 0.5
    planes = tuple(
        np.full_like(plane, round(layout.luma_scale[0] + layout.luma_scale[1] / 2))
        if number == 0 or layout.model == "rgb"
        else np.full_like(plane, 2 ** (layout.bits - 1))
        for number, plane in enumerate(drawn(layout, size=(4, 4)))
    )
    before = to_frame(planes, layout)
    wanted = np.broadcast_to(rng.uniform(0.3, 0.7, 1 if layout.model == "grey" else 3), base.shape)
    after = np.ascontiguousarray(wanted, dtype=np.float32)
    shown = to_frame(carry_to_planes(planes, layout, before, after), layout)
    assert np.abs(shown - after).max() < 2.5 / 219


def test_planes_of_another_size_are_refused() -> None:
    layout = PlaneLayout(model="grey", bits=8, full_range=True)
    planes = drawn(layout)
    with pytest.raises(PhotoShapeError, match=r"\(7, 9\)"):
        carry_to_planes(planes, layout, np.zeros((4, 4, 3), np.float32), np.zeros((4, 4, 3), np.float32))
    with pytest.raises(PhotoShapeError, match="3 planes of rgb"):
        to_frame(planes, PlaneLayout(model="rgb", bits=8, full_range=True))
