"""Masks drawn by hand: found by name, read as white is damage, refused by name; and masks written for correction."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oldphoto_core.damage import DAMAGE_KINDS, DamageReport, Finding
from oldphoto_core.errors import ScanError
from oldphoto_core.inference.plan import RestoreSettings, plan_treatment
from oldphoto_core.scan.limits import ScanLimits
from tasks.hand_masks import HandMasks, MaskError, MaskKeeper, as_drawn, with_drawn_mask

LIMITS = ScanLimits()
SIZE = (40, 60)


def drawn() -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    mask[10:13, 5:50] = True
    return mask


def save(path: Path, mode: str = "L", *, size: tuple[int, int] = SIZE) -> Path:
    """Write the mask as a picture, in a folder that is made if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(size, dtype=bool)
    mask[10:13, 5:50] = True
    Image.fromarray(mask.astype(np.uint8) * 255).convert(mode).save(path)
    return path


class TestOneMask:
    @pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
    @pytest.mark.parametrize("mode", ["L", "RGB", "1"])
    def test_white_is_damage_in_any_form(self, tmp_path: Path, mode: str, suffix: str) -> None:
        path = save(tmp_path / f"mask{suffix}", mode)
        if suffix == ".bmp":
            with pytest.raises(ScanError):
                HandMasks(path, LIMITS).mask_of("any.tif", None, SIZE)
            return
        mask = HandMasks(path, LIMITS).mask_of("any.tif", None, SIZE)
        assert mask is not None
        assert mask.dtype == np.bool_
        assert np.array_equal(mask, drawn())

    def test_what_is_lighter_than_middle_grey_counts(self, tmp_path: Path) -> None:
        values = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
        Image.fromarray(values).save(tmp_path / "mask.png")
        mask = HandMasks(tmp_path / "mask.png", LIMITS).mask_of("a", None, (16, 256))
        assert np.array_equal(mask, values >= 128)

    @pytest.mark.parametrize("size", [(39, 60), (60, 40), (80, 120)])
    def test_another_size_is_refused_with_both(self, tmp_path: Path, size: tuple[int, int]) -> None:
        path = save(tmp_path / "mask.png", size=size)
        sizes = rf"mask\.png has {size[1]}x{size[0]} pixels, expected the photograph's 60x40"
        with pytest.raises(MaskError, match=sizes):
            HandMasks(path, LIMITS).mask_of("a.tif", None, SIZE)

    def test_no_picture(self, tmp_path: Path) -> None:
        (tmp_path / "mask.png").write_text("no picture")
        with pytest.raises(ScanError):
            HandMasks(tmp_path / "mask.png", LIMITS).mask_of("a.tif", None, SIZE)


class TestAFolder:
    @pytest.mark.parametrize(
        ("file", "name", "page"),
        [
            ("a.png", "a.tif", None),
            ("a.tif", "a.tif", None),
            ("box 1/print.v2.png", "box 1/print.v2.jpg", None),
            ("album-p2.png", "album.tif", 2),
            ("box/album-p10.tif", "box/album.tiff", 10),
        ],
    )
    def test_by_name_and_page_whatever_the_suffix(self, tmp_path: Path, file: str, name: str, page: int | None) -> None:
        save(tmp_path / file)
        assert np.array_equal(HandMasks(tmp_path, LIMITS).mask_of(name, page, SIZE), drawn())

    @pytest.mark.parametrize(("name", "page"), [("b.tif", None), ("box/a.tif", None), ("a.tif", 1), ("a.b.tif", None)])
    def test_none_for_this_one(self, tmp_path: Path, name: str, page: int | None) -> None:
        save(tmp_path / "a.png")
        assert HandMasks(tmp_path, LIMITS).mask_of(name, page, SIZE) is None

    def test_two_that_could_be_meant(self, tmp_path: Path) -> None:
        save(tmp_path / "a.png")
        save(tmp_path / "a.tif")
        with pytest.raises(MaskError, match=r"2 pictures could be the mask of a\.jpg: .*a\.png, .*a\.tif"):
            HandMasks(tmp_path, LIMITS).mask_of("a.jpg", None, SIZE)

    def test_a_name_never_leads_out_of_the_folder(self, tmp_path: Path) -> None:
        save(tmp_path / "a.png")
        (tmp_path / "masks").mkdir()
        masks = HandMasks(tmp_path / "masks", LIMITS)
        for name in ("../a.tif", str(tmp_path / "a.tif"), "x/../../a.tif"):
            assert masks.mask_of(name, None, SIZE) is None


class TestKeeping:
    def test_one_bit_a_pixel_white_is_damage_and_it_can_be_given_back(self, tmp_path: Path) -> None:
        keeper = MaskKeeper(tmp_path / "new" / "mask.png", is_folder=False)
        keeper.keep("a.tif", None, drawn())
        with Image.open(tmp_path / "new" / "mask.png") as image:
            assert (image.mode, image.format) == ("1", "PNG")
            assert np.array_equal(np.asarray(image), drawn())
        assert np.array_equal(HandMasks(tmp_path / "new" / "mask.png", LIMITS).mask_of("a", None, SIZE), drawn())

    def test_a_folder_takes_the_names_and_pages(self, tmp_path: Path) -> None:
        keeper = MaskKeeper(tmp_path / "masks", is_folder=True)
        for name, page in (("a.tif", None), ("box/album.tif", 1), ("box/album.tif", 2)):
            keeper.keep(name, page, drawn())
            assert np.array_equal(HandMasks(tmp_path / "masks", LIMITS).mask_of(name, page, SIZE), drawn())
        kept = {path.relative_to(tmp_path / "masks").as_posix() for path in (tmp_path / "masks").rglob("*.*")}
        assert kept == {"a.png", "box/album-p1.png", "box/album-p2.png"}

    def test_pages_of_one_file_do_not_take_each_others_place(self, tmp_path: Path) -> None:
        keeper = MaskKeeper(tmp_path / "mask.png", is_folder=False)
        for page in (1, 2):
            keeper.keep("album.tif", page, drawn())
        assert {path.name for path in tmp_path.iterdir()} == {"mask-p1.png", "mask-p2.png"}


def report() -> DamageReport:
    findings = {kind: Finding(0.9 if kind == "noise" else 0.0, 0.3) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=0.2, measures={"sharpness": 1.0})


class TestReport:
    def test_what_was_drawn_is_there_and_is_filled(self) -> None:
        told = with_drawn_mask(report(), drawn())
        assert told.mask_share == pytest.approx(float(drawn().mean()))
        assert told.findings["scratch"].probability == 1.0
        assert {kind: told.findings[kind] for kind in DAMAGE_KINDS if kind != "scratch"} == {
            kind: report().findings[kind] for kind in DAMAGE_KINDS if kind != "scratch"
        }
        assert dict(told.measures) == {"sharpness": 1.0}
        assert plan_treatment(told, RestoreSettings(engine="classical")).names() == ["inpaint", "denoise"]
        assert plan_treatment(told, RestoreSettings(engine="official")).steps[0].fills

    def test_an_empty_mask_adds_no_damage(self) -> None:
        told = with_drawn_mask(report(), np.zeros(SIZE, dtype=bool))
        assert told.findings == report().findings
        assert told.mask_share == 0.0

    def test_nothing_is_added_to_what_was_drawn(self) -> None:
        settings = RestoreSettings(engine="official", strength=0.5)
        assert not as_drawn(settings).latent.find_scratches
        assert as_drawn(settings).strength == 0.5
        assert settings.latent.find_scratches


def test_a_mask_drawn_by_hand_is_never_too_large() -> None:
    chosen = as_drawn(RestoreSettings(largest_mask_share=0.1))
    assert chosen.largest_mask_share == 1.0
    assert not chosen.latent.find_scratches
