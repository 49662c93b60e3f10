import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scan_masters import ADOBE, GREY22, ONE_WAY, PROPHOTO

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan, ScanFacts
from oldphoto_core.scan.icc import cmyk_profile, from_srgb, srgb_profile

PROFILES = {"adobe": ADOBE, "prophoto": PROPHOTO, "grey22": GREY22, "one_way": ONE_WAY}
BANDS = {"grey": 1, "rgb": 3, "cmyk": 4}


def make_scan(pixels: np.ndarray, colour: str, icc: bytes | None = None) -> Scan:
    height, width, bands = pixels.shape
    facts = ScanFacts(
        format="TIFF",
        width=width,
        height=height,
        bands=bands,
        bit_depth=8 * pixels.dtype.itemsize,
        source_bit_depth=8 * pixels.dtype.itemsize,
        colour=colour,
        has_alpha=bands > BANDS[colour],
        icc_name=None,
        dpi=None,
        dpi_vertical=None,
        pages=1,
        orientation=1,
        has_exif=False,
        has_xmp=False,
        compression=None,
    )
    return Scan(pixels=pixels, facts=facts, page=0, icc=icc, exif=None, xmp=None)


def random_pixels(rng: np.random.Generator, dtype: type, bands: int) -> np.ndarray:
    return rng.integers(0, np.iinfo(dtype).max + 1, (24, 30, bands)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(
    ("colour", "profile"),
    [
        ("rgb", None),
        ("rgb", "adobe"),
        ("rgb", "prophoto"),
        ("rgb", "one_way"),
        ("grey", None),
        ("grey", "grey22"),
        ("cmyk", None),
    ],
)
def test_unchanged_pixels_come_back_bit_for_bit(dtype: type, extra: int, colour: str, profile: str | None) -> None:
    rng = np.random.default_rng(0)
    scan = make_scan(random_pixels(rng, dtype, BANDS[colour] + extra), colour, profile and PROFILES[profile])
    before = to_photo(scan)
    assert np.array_equal(carry_change(scan, before, before).pixels, scan.pixels)
    after = before.copy()
    after[:5] = np.float32(0.5)
    carried = carry_change(scan, before, after).pixels
    assert np.array_equal(carried[5:], scan.pixels[5:])
    assert np.array_equal(carried[..., BANDS[colour] :], scan.pixels[..., BANDS[colour] :])
    assert not np.array_equal(carried[:5], scan.pixels[:5])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32), deep=st.booleans(), profiled=st.booleans())
def test_changed_srgb_pixels_are_what_was_asked(*, seed: int, deep: bool, profiled: bool) -> None:
    rng = np.random.default_rng(seed)
    dtype = np.uint16 if deep else np.uint8
    scan = make_scan(random_pixels(rng, dtype, 3), "rgb", srgb_profile() if profiled else None)
    before = to_photo(scan)
    after = np.clip(before + rng.normal(0, 0.2, before.shape).astype(np.float32), 0, 1)
    found = to_photo(carry_change(scan, before, after))
    assert np.abs(found - after).max() <= 0.5 / np.iinfo(dtype).max + 1e-6


@pytest.mark.parametrize(
    ("profile", "dtype", "tolerance"),
    [
        ("adobe", np.uint16, 1 / 1024),
        ("prophoto", np.uint16, 1 / 1024),
        ("one_way", np.uint16, 1 / 512),
        ("adobe", np.uint8, 3 / 255),
    ],
)
def test_changed_pixels_inside_srgb_of_a_wide_master_are_what_was_asked(
    profile: str | None, dtype: type, tolerance: float
) -> None:
    rng = np.random.default_rng(4)
    icc = PROFILES[profile]
    colours = rng.uniform(0.15, 0.85, (720, 3)).astype(np.float32)
    held = 0.5 + 0.3 * (colours - 0.5) if profile == "one_way" else from_srgb(colours, "rgb", icc)
    scan = make_scan(np.rint(held * np.iinfo(dtype).max).astype(dtype).reshape(24, 30, 3), "rgb", icc)
    before = to_photo(scan)
    after = np.clip(before + rng.normal(0, 0.1, before.shape).astype(np.float32), 0.1, 0.9)
    assert np.abs(to_photo(carry_change(scan, before, after)) - after).max() <= tolerance


def test_a_wide_master_is_not_squeezed_into_srgb() -> None:
    pixels = np.zeros((20, 20, 3), np.uint16)
    pixels[..., 1] = 65000  # a green far beyond sRGB
    scan = make_scan(pixels, "rgb", PROPHOTO)
    before = to_photo(scan)
    after = np.clip(before - np.float32(0.02), 0, 1)
    carried = carry_change(scan, before, after).pixels
    assert carried[..., 1].min() > 60000
    squeezed = from_srgb(after.reshape(-1, 3), "rgb", PROPHOTO) * 65535
    assert np.abs(carried.reshape(-1, 3).astype(float) - squeezed).max() > 10000


@pytest.mark.parametrize("profile", [None, "grey22"])
def test_a_grey_master_stays_grey_for_a_grey_change(profile: str | None) -> None:
    rng = np.random.default_rng(5)
    scan = make_scan(random_pixels(rng, np.uint16, 1), "grey", profile and PROFILES[profile])
    before = to_photo(scan)
    after = np.clip(before + rng.normal(0, 0.1, (24, 30, 1)).astype(np.float32), 0.02, 1)
    carried = carry_change(scan, before, after)
    assert carried.facts.colour == "grey"
    assert carried.pixels.shape == (24, 30, 1)
    assert np.abs(to_photo(carried) - after).max() < 1 / 1024


@pytest.mark.parametrize("profile", [None, "grey22"])
def test_a_grey_master_becomes_rgb_when_the_change_has_colour_and_says_so(profile: str | None) -> None:
    scan = make_scan(random_pixels(np.random.default_rng(6), np.uint16, 2), "grey", profile and PROFILES[profile])
    before = to_photo(scan)
    after = before.copy()
    after[:4, :, 0] = np.clip(after[:4, :, 0] + np.float32(0.1), 0, 1)
    carried = carry_change(scan, before, after)
    assert carried.facts.colour == "rgb"
    assert carried.facts.bands == carried.pixels.shape[2] == 4
    assert "became RGB" in carried.facts.notes[-1]
    assert np.array_equal(carried.pixels[..., 3], scan.pixels[..., 1])
    assert np.abs(to_photo(carried) - after).max() < 1 / 1024
    if profile is None:
        assert np.array_equal(carried.pixels[4:, :, :3], scan.pixels[4:, :, :1].repeat(3, axis=2))


@pytest.mark.parametrize("separation", ["profile", "no black", "much black"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_cmyk_master_takes_the_change_however_it_was_separated(separation: str, dtype: type) -> None:
    rng = np.random.default_rng(7)
    colours = rng.uniform(0.25, 0.75, (720, 3)).astype(np.float32)
    black = 1 - colours.max(axis=1, keepdims=True)
    inks = {
        "profile": from_srgb(colours, "cmyk", cmyk_profile()),
        "no black": np.hstack([1 - colours, 0 * black]),
        "much black": np.hstack([(1 - colours - black) / (1 - black), black]),
    }[separation]
    scan = make_scan(np.rint(inks * np.iinfo(dtype).max).astype(dtype).reshape(24, 30, 4), "cmyk")
    before = to_photo(scan)
    after = (before * np.float32(0.6) + np.float32(0.25)).astype(np.float32)
    carried = carry_change(scan, before, after)
    error = np.abs(to_photo(carried) - after)
    assert carried.facts.colour == "cmyk"
    assert np.mean(error) < 1 / 255
    assert np.quantile(error, 0.99) < 4 / 255


def test_photographs_of_another_size_are_refused() -> None:
    scan = make_scan(np.zeros((20, 20, 3), np.uint8), "rgb")
    photo = to_photo(scan)
    with pytest.raises(PhotoShapeError, match="size of the scan"):
        carry_change(scan, photo[:10], photo[:10])


def test_neither_the_scan_nor_the_photographs_are_changed() -> None:
    scan = make_scan(random_pixels(np.random.default_rng(8), np.uint8, 3), "rgb")
    before = to_photo(scan)
    after = np.clip(before + np.float32(0.1), 0, 1)
    kept = scan.pixels.copy(), before.copy(), after.copy()
    carry_change(scan, before, after)
    assert all(np.array_equal(*pair) for pair in zip(kept, (scan.pixels, before, after), strict=True))
