import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from scan_masters import (
    ADOBE,
    ADOBE_COLUMNS,
    ADOBE_GAMMA,
    GREY10,
    GREY22,
    ONE_WAY,
    PROPHOTO,
    colours8,
    colours16,
    write_tiff,
)

from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.icc import (
    cmyk_profile,
    from_srgb,
    is_plain,
    knows_way_back,
    profile_name,
    srgb_profile,
    to_srgb,
    why_profile_does_not_fit,
)
from oldphoto_core.scan.read import read_scan

PROFILES = {"adobe": ADOBE, "prophoto": PROPHOTO, "grey22": GREY22}

# XYZ (D50) to linear sRGB; Bruce Lindbloom, "RGB/XYZ Matrices".
TO_SRGB = np.linalg.inv([[0.43607, 0.38506, 0.14308], [0.22250, 0.71688, 0.06062], [0.01393, 0.09710, 0.71417]])


def srgb_curve(linear: np.ndarray) -> np.ndarray:
    safe = np.maximum(linear, 1e-9)
    return np.clip(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * safe ** (1 / 2.4) - 0.055), 0, 1)


def test_adobe_at_16_bits_follows_the_formula(tmp_path: Path) -> None:
    photo = to_photo(read_scan(write_tiff(tmp_path, colours16(), iccprofile=ADOBE)))
    linear = (colours16() / 65535.0) ** ADOBE_GAMMA @ np.array(ADOBE_COLUMNS) @ TO_SRGB.T
    assert np.abs(photo - srgb_curve(linear)).max() < 0.002
    assert photo.dtype == np.float32


@pytest.mark.parametrize("name", ["adobe", "prophoto"])
def test_rgb_profiles_agree_with_pillow_at_8_bits(tmp_path: Path, name: str) -> None:
    icc = PROFILES[name]
    photo = to_photo(read_scan(write_tiff(tmp_path, colours8(), iccprofile=icc)))
    oracle = ImageCms.profileToProfile(
        Image.fromarray(colours8()), io.BytesIO(icc), io.BytesIO(srgb_profile()), renderingIntent=1
    )
    error = np.abs(photo * 255 - np.asarray(oracle))
    assert error.max() <= 1.51
    assert np.mean(error) < 0.4


def test_cmyk_without_a_profile_agrees_with_pillow(tmp_path: Path) -> None:
    inks = np.random.default_rng(0).integers(0, 256, (40, 50, 4), dtype=np.uint8)
    photo = to_photo(read_scan(write_tiff(tmp_path, inks, photometric="separated")))
    oracle = ImageCms.profileToProfile(
        Image.fromarray(inks, mode="CMYK"),
        io.BytesIO(cmyk_profile()),
        io.BytesIO(srgb_profile()),
        renderingIntent=1,
        outputMode="RGB",
        flags=ImageCms.Flags.NOOPTIMIZE,
    )
    error = np.abs(photo * 255 - np.asarray(oracle))
    assert np.mean(error) < 0.5
    assert np.quantile(error, 0.999) < 4.0  # Pillow interpolates in 8 bits


def test_grey_follows_its_curve_and_has_three_equal_channels(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 32 * 40).astype(np.uint16).reshape(32, 40)
    photo = to_photo(read_scan(write_tiff(tmp_path, ramp, iccprofile=GREY10)))
    assert np.array_equal(photo[..., 0], photo[..., 1])
    assert np.array_equal(photo[..., 0], photo[..., 2])
    assert np.abs(photo[..., 0] - srgb_curve(ramp / 65535.0)).max() < 0.001


def test_without_a_profile_samples_are_srgb(tmp_path: Path) -> None:
    photo = to_photo(read_scan(write_tiff(tmp_path, colours16())))
    assert np.abs(photo - colours16() / 65535.0).max() < 1e-7


def test_alpha_is_dropped_not_blended(tmp_path: Path) -> None:
    clear = np.concatenate([colours8(), np.zeros_like(colours8()[..., :1])], axis=2)
    photo = to_photo(read_scan(write_tiff(tmp_path, clear, extrasamples=["unassalpha"])))
    assert np.abs(photo - colours8() / 255.0).max() < 1e-6


def test_srgb_is_recognised_by_what_it_does() -> None:
    assert is_plain(srgb_profile(), "rgb")
    assert not is_plain(ADOBE, "rgb")
    assert not is_plain(GREY22, "grey")
    assert not is_plain(cmyk_profile(), "cmyk")


@pytest.mark.parametrize(("name", "steps"), [("adobe", 4), ("prophoto", 4), ("grey22", 4)])
def test_there_and_back_is_exact_for_colours_inside_srgb(name: str, steps: int) -> None:
    colour = "grey" if name == "grey22" else "rgb"
    wanted = np.random.default_rng(1).random((4000, 3), dtype=np.float32)
    wanted = wanted[:, :1].repeat(3, axis=1) if colour == "grey" else wanted
    held = from_srgb(wanted, colour, PROFILES[name])
    stored = np.rint(held * 65535).astype(np.uint16)
    assert np.abs(to_srgb(stored, colour, PROFILES[name]) - wanted).max() < 5e-4
    assert (
        np.abs(from_srgb(to_srgb(stored, colour, PROFILES[name]), colour, PROFILES[name]) * 65535 - stored).max()
        < steps
    )


def test_a_scanner_profile_may_lead_one_way_only() -> None:
    assert why_profile_does_not_fit(ONE_WAY, "rgb") is None
    assert not knows_way_back(ONE_WAY, "rgb")
    assert knows_way_back(ADOBE, "rgb")


def test_profiles_that_do_not_fit_are_named() -> None:
    assert why_profile_does_not_fit(ADOBE, "rgb") is None
    assert "grey" in (why_profile_does_not_fit(ADOBE, "grey") or "")
    assert "cmyk" in (why_profile_does_not_fit(ADOBE, "cmyk") or "")
    assert why_profile_does_not_fit(b"no profile" * 30, "rgb") == "it is no ICC profile"
    assert why_profile_does_not_fit(ADOBE[:300], "rgb") is not None
    assert profile_name(ADOBE) == "Adobe-like"


@pytest.mark.parametrize("broken", ["other colour", "garbage", "cut"])
def test_a_profile_that_does_not_fit_counts_as_absent(tmp_path: Path, broken: str) -> None:
    icc = {"other colour": GREY22, "garbage": b"x" * 400, "cut": ADOBE[:200]}[broken]
    scan = read_scan(write_tiff(tmp_path, colours8(), iccprofile=icc))
    assert scan.icc is None
    assert scan.facts.icc_name is None
    assert "left aside" in scan.facts.notes[0]
    assert np.abs(to_photo(scan) - colours8() / 255.0).max() < 1e-6
