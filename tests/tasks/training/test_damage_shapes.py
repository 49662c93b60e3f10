"""Shapes are read from open files only, cut close, in the groups of their folders."""

import csv
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.training.damage_shapes import ShapeLimits, held_out_scratches, read_shape_bank


def stamp(path: Path, *, top: int, left: int, height: int, width: int) -> None:
    picture = np.full((100, 120, 4), 255, np.uint8)
    picture[..., 3] = 0
    picture[top : top + height, left : left + width, 3] = 180
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)


def listing(root: Path, **classes: str) -> None:
    with (root / "SOURCES.csv").open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(("file", "licence_class"))
        rows.writerows((f"shapes/{name.replace('__', '/')}.png", terms) for name, terms in classes.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shapes = tmp_path / "shapes"
    stamp(shapes / "fds_stamps_hair/a.png", top=10, left=20, height=3, width=70)
    stamp(shapes / "fds_stamps_hair/b.png", top=10, left=20, height=5, width=50)
    stamp(shapes / "fds_stamps_stain/c.png", top=0, left=0, height=100, width=120)
    stamp(shapes / "fds_stamps_spots/d.png", top=40, left=40, height=4, width=6)
    traced = np.zeros((90, 90), np.uint8)
    traced[10:14, 10:13] = 1
    traced[50:52, 5:60] = 3
    traced[60:80, 60:80] = 3  # a thick scratch is no scratch
    (shapes / "fds_real_film_masks").mkdir()
    assert cv2.imwrite(str(shapes / "fds_real_film_masks/scan.png"), traced)
    listing(
        tmp_path,
        fds_stamps_hair__a="open",
        fds_stamps_hair__b="research_only",
        fds_stamps_stain__c="presumed_pd",
        fds_real_film_masks__scan="open",
    )
    return shapes


def test_open_shapes_are_read_into_their_groups_and_the_others_left_alone(folder: Path) -> None:
    bank = read_shape_bank(folder)
    assert [shape.shape for shape in bank.hairs] == [(3, 70)]
    assert [shape.shape for shape in bank.stains] == [(100, 120)]
    assert [shape.shape for shape in bank.dust] == [(4, 3)]
    assert [shape.shape for shape in bank.scratches] == [(2, 55)]
    assert bank.holes == ()
    assert int(bank.hairs[0].min()) == 180
    assert int(bank.scratches[0].min()) == 255


def test_large_shapes_are_made_smaller(folder: Path) -> None:
    assert [max(shape.shape) for shape in read_shape_bank(folder, limits=ShapeLimits(side_px=30)).stains] == [30]


def test_only_the_largest_traced_shapes_are_kept(folder: Path) -> None:
    traced = np.zeros((90, 90), np.uint8)
    traced[10:14, 10:13] = traced[30:32, 30:32] = traced[50:56, 50:56] = 1
    assert cv2.imwrite(str(folder / "fds_real_film_masks/scan.png"), traced)
    bank = read_shape_bank(folder, limits=ShapeLimits(traced_each=2))
    assert [shape.shape for shape in bank.dust] == [(6, 6), (4, 3)]


def test_held_out_are_the_listed_cracks_that_are_not_open(folder: Path) -> None:
    (folder / "crack_shapes").mkdir()
    for number, name in enumerate(("e", "f", "g")):
        crack = np.zeros((40, 60), np.uint8)
        crack[20 : 21 + number, 5:55] = 255
        assert cv2.imwrite(str(folder / f"crack_shapes/{name}.png"), crack)
    listing(folder.parent, crack_shapes__e="open", crack_shapes__f="research_only", fds_stamps_hair__a="research_only")
    assert [shape.shape for shape in held_out_scratches(folder)] == [(2, 50)]
    assert read_shape_bank(folder).scratches == ()
    (folder.parent / "SOURCES.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"SOURCES\.csv"):
        held_out_scratches(folder)


def test_without_a_list_of_terms_nothing_is_read(folder: Path) -> None:
    (folder.parent / "SOURCES.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"SOURCES\.csv"):
        read_shape_bank(folder)


def test_a_picture_without_alpha_is_refused(folder: Path) -> None:
    assert cv2.imwrite(str(folder / "fds_stamps_hair/a.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(ValueError, match=r"RGBA.*a\.png"):
        read_shape_bank(folder)


def test_an_index_picture_with_colours_is_refused(folder: Path) -> None:
    assert cv2.imwrite(str(folder / "fds_real_film_masks/scan.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(ValueError, match=r"index.*scan\.png"):
        read_shape_bank(folder)


@pytest.mark.skipif(
    "OLDPHOTO_DATA" not in os.environ, reason="needs OLDPHOTO_DATA, a folder with train/damage_textures"
)
def test_the_real_folder_fills_every_group() -> None:
    bank = read_shape_bank(Path(os.environ["OLDPHOTO_DATA"]) / "train/damage_textures")
    assert len(held_out_scratches(Path(os.environ["OLDPHOTO_DATA"]) / "train/damage_textures")) > 30
    assert min(len(bank.dust), len(bank.hairs), len(bank.scratches), len(bank.stains), len(bank.holes)) > 30
