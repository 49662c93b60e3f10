"""The explanation: every region in the colour of its reference, its own look in grey, and the names beside."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut, coffee

from oldphoto_core.classical.style_masks import encode_mask
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.inference.style import Modernization, RegionStyle
from tasks.modernizing.explain import COLOURS, OWN_LOOK, REASONS, ExplanationKeeper, ShownReference, explained

A, B = "a" * 64, "b" * 64
PHOTO: Photo = from_bytes8(np.full((320, 480, 3), 128, dtype=np.uint8))
SHOWN = {
    A: ShownReference(name="streets/one.jpg", picture=from_bytes8(coffee())),
    B: ShownReference(name="x" * 300, picture=from_bytes8(astronaut())),
}


def thirds(ids: tuple[str | None, ...]) -> tuple[RegionStyle, ...]:
    """Return regions that stand side by side."""
    regions = []
    for number, one in enumerate(ids):
        mask = np.zeros((32, 48), dtype=bool)
        mask[:, number * 48 // len(ids) : (number + 1) * 48 // len(ids)] = True
        regions.append(
            RegionStyle(
                region=number,
                mask_rle=encode_mask(mask),
                mask_width_px=48,
                mask_height_px=32,
                share=float(mask.mean()),
                reference_id=one,
                similarity=0.0 if one is None else 0.8,
                weight=0.0 if one is None else 0.6,
                shift_l=1.0,
                shift_a=-2.0,
                shift_b=3.0,
            )
        )
    return tuple(regions)


def modernization(ids: tuple[str | None, ...]) -> Modernization:
    return Modernization(
        photo=PHOTO,
        regions=thirds(ids),
        verdict="applied",
        reason="references",
        measures={"edge_ssim": 0.97, "strength_kept": 1.0},
    )


def hue_of(pixel: np.ndarray) -> np.ndarray:
    return pixel.astype(float) - pixel.mean()


def test_regions_are_coloured_by_their_reference() -> None:
    drawn = np.asarray(explained(PHOTO, modernization((A, A, B, None)), SHOWN))
    left, top = 2 * (480 + 16) + 16, 16 + 24 + 24
    for third, colour in ((0, COLOURS[0]), (1, COLOURS[0]), (2, COLOURS[1]), (3, OWN_LOOK)):
        pixel = drawn[top + 20, left + third * 120 + 60]
        np.testing.assert_allclose(pixel, 0.45 * 128 + 0.55 * np.array(colour), atol=2)


def test_each_reference_has_one_row_and_its_picture() -> None:
    found = modernization((A, A, B, None))
    rows = {ids: explained(PHOTO, modernization(ids), SHOWN).height for ids in ((A,), (A, B), (A, B, None), (A, None))}
    assert rows[A, B] - rows[A,] == rows[A, B, None] - rows[A, B] == rows[A, None] - rows[A,] > 0
    drawn = explained(PHOTO, found, SHOWN)
    thumbnail = from_bytes8(coffee()).mean()
    legend = np.asarray(drawn)[16 + 24 + 24 + 320 + 16 :][:96, 56 : 56 + 140] / 255.0
    assert legend.mean() == pytest.approx(thumbnail, abs=0.05)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_what_was_left_alone_says_why_and_shows_no_regions(reason: str) -> None:
    left = Modernization(photo=PHOTO, regions=(), verdict="skipped", reason=reason, measures={})
    drawn = explained(PHOTO, left, {})
    assert drawn.width == 2 * (480 + 16) + 16
    assert np.asarray(drawn)[:40].min() < 100  # words


@pytest.mark.parametrize("size", [(1, 1), (5, 700), (700, 5)])
def test_odd_photographs_are_explained(size: tuple[int, int]) -> None:
    photo = np.full((*size, 3), 0.5, dtype=np.float32)
    assert explained(photo, modernization((A, None)), SHOWN).height > 96


def test_explanations_are_kept_by_name_and_page(tmp_path: Path) -> None:
    picture = Image.new("RGB", (4, 4))
    keeper = ExplanationKeeper(tmp_path, is_folder=True)
    keeper.keep("box/1.tif", None, picture)
    keeper.keep("album.tif", 2, picture)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")) == [
        "album-p2.png",
        "box/1.png",
    ]
    alone = ExplanationKeeper(tmp_path / "why.png", is_folder=False)
    assert alone.path_of("a.tif", None).name == "why.png"
    assert alone.path_of("a.tif", 3).name == "why-p3.png"
