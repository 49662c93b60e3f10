"""Tiles: put together by a slow reader that knows only info.json and the standard, and held against the picture."""

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from iiif_rules import tile_name, tiles
from PIL import Image, ImageOps

from oldphoto_core.scan.read import read_scan
from tasks.exports import iiif_tiles
from tasks.exports.iiif_tiles import MAX_SIDE_PX, Rendering, rendering, tiled

ADDRESS = "https://iiif.example.org/ab/master-1"


def picture(width: int, height: int) -> np.ndarray:
    """Return a photograph with a slope over it, so that no two places look alike, uint8 (H, W, 3)."""
    cat = Image.fromarray(skimage.data.chelsea()).resize((width, height), Image.Resampling.BICUBIC)
    slope = np.linspace(0, 100, width)[None, :, None] * [1, 0, 0] + np.linspace(0, 100, height)[:, None, None] * [
        0,
        0,
        1,
    ]
    return np.clip(np.asarray(cat) * 0.5 + slope, 0, 255).astype(np.uint8)


def assembled(folder: Path, info: dict, factor: int) -> np.ndarray:
    """Return one level of the picture from its tiles; zero where none lies."""
    size = (-(-info["height"] // factor), -(-info["width"] // factor), 3)
    level = np.zeros(size, np.uint8)
    for of, region, (width, height) in tiles(info):
        if of == factor:
            with Image.open(folder / tile_name(info, region, (width, height))) as tile:
                assert (tile.format, tile.mode, tile.size) == ("JPEG", "RGB", (width, height))
                left, top = region[0] // factor, region[1] // factor
                level[top : top + height, left : left + width] = np.asarray(tile)
    return level


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


@pytest.mark.parametrize(
    ("width", "height"), [(1000, 872), (300, 200), (512, 512), (513, 40), (1, 1), (1024, 1025), (2100, 700)]
)
def test_the_tiles_of_every_level_make_the_picture(tmp_path: Path, width: int, height: int) -> None:
    shown = picture(width, height)
    made = tiled(tmp_path / "master-1", ADDRESS, lambda: shown)
    info = json.loads((tmp_path / "master-1" / "info.json").read_bytes())
    assert (made.width, made.height, info["width"], info["height"]) == (width, height, width, height)
    factors = info["tiles"][0]["scaleFactors"]
    assert factors == [2**power for power in range(len(factors))]
    assert difference(assembled(tmp_path / "master-1", info, 1), shown) < 2.5
    for factor in factors[1:]:
        level = assembled(tmp_path / "master-1", info, factor)
        small = Image.fromarray(shown).resize(level.shape[1::-1], Image.Resampling.BOX)
        assert difference(level, np.asarray(small)) < 4


def test_the_slow_reader_sees_tiles_in_the_wrong_places() -> None:
    shown = picture(1024, 512)
    assert difference(np.roll(shown, 512, axis=1), shown) > 20


@pytest.mark.parametrize(("width", "height"), [(1000, 872), (300, 200), (5000, 30)])
def test_the_description_is_that_of_level_0_and_promises_only_what_is_there(
    tmp_path: Path, width: int, height: int
) -> None:
    folder = tmp_path / "master-1"
    made = tiled(folder, ADDRESS, lambda: picture(width, height))
    info = json.loads((folder / "info.json").read_bytes())
    assert info["@context"] == "http://iiif.io/api/image/3/context.json"
    assert info["protocol"] == "http://iiif.io/api/image"
    assert (info["id"], info["type"], info["profile"]) == (ADDRESS, "ImageService3", "level0")
    for size in info["sizes"]:
        with Image.open(folder / "full" / f"{size['width']},{size['height']}" / "0" / "default.jpg") as whole:
            assert whole.size == (size["width"], size["height"])
    assert made.small == (info["sizes"][0]["width"], info["sizes"][0]["height"])
    with Image.open(folder / "full" / "max" / "0" / "default.jpg") as whole:
        assert whole.size == made.whole == (info.get("maxWidth", width), info.get("maxHeight", height))
        shown = Image.fromarray(picture(width, height)).resize(whole.size, Image.Resampling.BOX)
        assert difference(np.asarray(whole), np.asarray(shown)) < 4
    assert max(made.whole) == min(max(width, height), MAX_SIDE_PX)
    assert all((folder / tile_name(info, region, size)).is_file() for _, region, size in tiles(info))


def test_tiles_that_are_there_are_not_made_again_but_learn_a_new_address(tmp_path: Path) -> None:
    def never() -> Rendering:
        raise AssertionError

    first = tiled(tmp_path / "master-1", ADDRESS, lambda: picture(600, 500))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert tiled(tmp_path / "master-1", ADDRESS, never) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    tiled(tmp_path / "master-1", "https://elsewhere.example.org/x", never)
    changed = {path.name for path, at in before.items() if path.stat().st_mtime_ns != at}
    assert changed == {"info.json"}
    assert json.loads((tmp_path / "master-1" / "info.json").read_bytes())["id"] == "https://elsewhere.example.org/x"


def test_a_picture_that_cannot_be_tiled_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(iiif_tiles, "_unpack", broken)
    with pytest.raises(OSError, match="no space"):
        tiled(tmp_path / "master-1", ADDRESS, lambda: picture(60, 50))
    assert list(tmp_path.iterdir()) == []


def test_what_is_shown_is_the_scan_upright_in_eight_bits(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(picture(90, 60)).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened))
    shown = rendering(read_scan(tmp_path / "turned.png"))
    assert shown.dtype == np.uint8
    np.testing.assert_array_equal(shown, expected)


def test_sixteen_bits_are_rounded_and_grey_gets_three_channels(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 70 * 64).reshape(64, 70).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.tif")
    shown = rendering(read_scan(tmp_path / "deep.tif"))
    expected = np.rint(deep / 65535 * 255).astype(np.uint8)
    assert shown.shape == (64, 70, 3)
    assert np.abs(shown.astype(int) - expected[..., None]).max() <= 1
