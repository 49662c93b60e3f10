"""Samples of frames: none is changed on the way into planes and back."""

import numpy as np
import pytest
from film_reels import av

from tasks.film.errors import ReelError
from tasks.film.facts import ColourTags
from tasks.film.pixels import REPACKED, frame_of, layout_of, planar_format, planes_of

PLANAR = ["yuv420p", "yuv422p10le", "yuv411p", "gray16le", "gbrp10le", "yuva420p", "gbrap16le"]


@pytest.mark.parametrize("name", PLANAR)
def test_planes_and_back_are_the_same(name: str) -> None:
    rng = np.random.default_rng(0)
    form = av().VideoFormat(name, 35, 19)
    top = 2 ** form.components[0].bits - 1
    kind = np.uint8 if top == 255 else np.uint16
    planes = tuple(rng.integers(0, top, (one.height, one.width)).astype(kind) for one in form.components)
    back = planes_of(frame_of(planes, name), name)
    assert all(np.array_equal(a, b) for a, b in zip(planes, back, strict=True))


@pytest.mark.parametrize("name", sorted(set(REPACKED) - {"pal8"}))
def test_repacking_loses_no_sample(name: str) -> None:
    """There and back and there again is the same as there: the planar form holds what the packed one does."""
    rng = np.random.default_rng(0)
    frame = av().VideoFrame(34, 18, name)
    for plane in frame.planes:
        plane.update(rng.integers(0, 255, plane.buffer_size, dtype=np.uint8).tobytes())
    there = frame.reformat(format=REPACKED[name], threads=1)
    again = there.reformat(format=name, threads=1).reformat(format=REPACKED[name], threads=1)
    first, second = planes_of(there, REPACKED[name]), planes_of(again, REPACKED[name])
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_red_green_and_blue_come_in_that_order() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (18, 34, 3), dtype=np.uint8)
    frame = av().VideoFrame.from_ndarray(pixels, format="rgb24")
    assert np.array_equal(np.stack(planes_of(frame, "gbrp"), axis=2), pixels)


@pytest.mark.parametrize("name", ["gbrpf32le", "grayf32le", "xyz12le", "bayer_rggb8", "vaapi"])
def test_forms_that_cannot_be_kept_are_refused_by_name(name: str) -> None:
    with pytest.raises(ReelError, match=name):
        planar_format(name)


def test_range_and_matrix_follow_the_tags_and_else_the_size() -> None:
    unsaid = ColourTags()
    small = layout_of("yuv420p", unsaid, was="yuv420p", size=(480, 640))
    large = layout_of("yuv420p", unsaid, was="yuv420p", size=(1080, 1920))
    assert (small.matrix, large.matrix, small.full_range) == ("bt601", "bt709", False)
    said = layout_of("yuv420p", ColourTags(matrix=9, range=2), was="yuv420p", size=(480, 640))
    assert (said.matrix, said.full_range) == ("bt2020", True)
    assert layout_of("yuv420p", unsaid, was="yuvj420p", size=(480, 640)).full_range
    assert layout_of("gray", unsaid, was="gray", size=(480, 640)).full_range
    assert not layout_of("gray", ColourTags(range=1), was="gray", size=(480, 640)).full_range
