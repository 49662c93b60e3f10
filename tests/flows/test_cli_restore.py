"""The restore command with masks, engines and memory, as people and scripts use it; and a night with the networks."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
import small_scans
from nights import request
from PIL import Image
from typer.testing import CliRunner, Result

from catalogs.audit import audit
from catalogs.read import open_catalog
from catalogs.schema import TreatmentRow
from flows.cli import app
from flows.cli_stages import _change_words
from flows.nightly import nightly_without_prefect
from oldphoto_core.inference.official import OfficialNetworks, official_mask, official_quality, official_scratch
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.networks.registry import load
from tasks.models.installed import path_of, weights_digest
from tasks.models.ledger import read_ledger
from tasks.models.shipped import SHIPPED
from tasks.storage import open_store

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=WIDE)


def document(*arguments: str | Path) -> Any:
    result = oldphoto(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def cat() -> np.ndarray:
    """Return a sound photograph, 96 x 128, without a scratch."""
    return cv2.resize(skimage.data.chelsea()[:300, :400], (128, 96), interpolation=cv2.INTER_AREA)


def drawn() -> np.ndarray:
    mask = np.zeros((96, 128), dtype=bool)
    mask[50:53, 20:100] = True
    return mask


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write a picture in the format of its name, in a folder that is made if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def opened(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def scratched(tmp_path: Path) -> Path:
    """Return a photograph with a coloured scratch that only a person would take for one."""
    pixels = cat()
    pixels[drawn()] = (90, 110, 70)
    return save(tmp_path / "cat.png", pixels)


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    return save(tmp_path / "mask.png", drawn())


@pytest.fixture
def only_filling(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text('[restore]\nsteps = ["inpaint", "translate"]\n', "utf-8")
    return path


class TestHandDrawnMask:
    def test_what_is_drawn_is_filled_and_nothing_else(
        self, tmp_path: Path, scratched: Path, mask: Path, only_filling: Path
    ) -> None:
        out = tmp_path / "out.png"
        done = document("restore", scratched, "-o", out, "--mask", mask, "--config", only_filling)["photographs"][0]
        assert [(step["step"], step["verdict"]) for step in done["steps"]] == [("inpaint", "applied")]
        assert done["mask_share"] == pytest.approx(float(drawn().mean()), abs=1e-6)
        before, after = opened(scratched).astype(int), opened(out).astype(int)
        assert np.array_equal(after[~drawn()], before[~drawn()])
        errors = [np.abs(pixels - cat())[drawn()].mean() for pixels in (before, after)]
        assert errors[1] < 0.5 * errors[0]

    def test_an_empty_mask_fills_nothing(self, tmp_path: Path, scratched: Path, only_filling: Path) -> None:
        empty = save(tmp_path / "empty.png", np.zeros((96, 128), dtype=bool))
        done = document("restore", scratched, "-o", tmp_path / "x.png", "--mask", empty, "--config", only_filling)
        assert done["photographs"][0]["mask_share"] == 0.0
        assert np.array_equal(opened(tmp_path / "x.png"), opened(scratched))

    def test_a_folder_of_masks_serves_those_it_has(self, tmp_path: Path, scratched: Path, only_filling: Path) -> None:
        scans = tmp_path / "scans"
        for name in ("a.png", "box/b.png"):
            save(scans / name, opened(scratched))
        save(tmp_path / "masks" / "box" / "b.tif", drawn().astype(np.uint8) * 255)
        options = ("--mask", tmp_path / "masks", "--config", only_filling)
        done = document("restore", scans, "-o", tmp_path / "out", *options)["photographs"]
        shares = {Path(one["path"]).name: one["mask_share"] for one in done}
        assert shares["b.png"] == pytest.approx(float(drawn().mean()), abs=1e-6)
        plain = document("restore", scans, "-o", tmp_path / "plain", "--config", only_filling)["photographs"]
        assert shares["a.png"] == {Path(one["path"]).name: one["mask_share"] for one in plain}["a.png"]

    def test_another_size_sets_the_photograph_aside(self, tmp_path: Path, scratched: Path) -> None:
        wrong = save(tmp_path / "wrong.png", drawn()[:, :-1])
        result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--mask", wrong, "--strict")
        assert result.exit_code == 1
        assert "127x96 pixels, expected the photograph's 128x96" in result.stderr
        assert not (tmp_path / "x.png").exists()

    @pytest.mark.parametrize("content", [b"", b"no picture"])
    def test_no_picture_sets_the_photograph_aside(self, tmp_path: Path, scratched: Path, content: bytes) -> None:
        (tmp_path / "bad.png").write_bytes(content)
        result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--mask", tmp_path / "bad.png", "--strict")
        assert result.exit_code == 1
        assert "set aside" in result.stderr
        assert "Traceback" not in result.output

    def test_a_mask_that_is_not_there(self, tmp_path: Path, scratched: Path) -> None:
        result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--mask", tmp_path / "none.png")
        assert result.exit_code == 2
        assert "there is no mask at" in result.stderr

    def test_one_mask_for_a_folder(self, tmp_path: Path, scratched: Path, mask: Path) -> None:
        result = oldphoto("restore", scratched.parent, "-o", tmp_path / "out", "--mask", mask)
        assert result.exit_code == 2
        assert "is one mask for 2 photographs" in result.stderr
        assert not (tmp_path / "out").exists()


class TestSavedMask:
    def test_a_file_for_a_file(self, tmp_path: Path, scratched: Path, mask: Path) -> None:
        kept = tmp_path / "kept" / "mask.png"
        document("restore", scratched, "-o", tmp_path / "x.png", "--mask", mask, "--save-mask", kept)
        assert np.array_equal(opened(kept), drawn())

    def test_a_folder_for_a_folder_and_back_again(self, tmp_path: Path) -> None:
        scans = tmp_path / "scans"
        pixels = cat()
        pixels[40:43, 8:120] = 255
        save(scans / "a.png", pixels)
        save(scans / "box" / "b.tif", cat())
        first = document("restore", scans, "-o", tmp_path / "one", "--save-mask", tmp_path / "masks")["photographs"]
        kept = sorted(path.relative_to(tmp_path / "masks").as_posix() for path in (tmp_path / "masks").rglob("*.png"))
        assert kept == ["a.png", "box/b.png"]
        shares = [float(opened(tmp_path / "masks" / name).mean()) for name in kept]
        assert [one["mask_share"] for one in first] == pytest.approx(shares, abs=1e-6)
        second = document("restore", scans, "-o", tmp_path / "two", "--mask", tmp_path / "masks")["photographs"]
        assert [one["mask_share"] for one in second] == pytest.approx(shares, abs=1e-6)

    def test_every_page_of_an_album_has_its_own(self, tmp_path: Path) -> None:
        album = small_scans.write_pages(tmp_path / "album.tif", ["cat", "cup", "rocket"])
        size = small_scans.pixels("cat").shape[:2]
        masks = tmp_path / "masks"
        for page in (1, 3):
            values = np.zeros(size, dtype=bool)
            values[10 * page : 10 * page + 2, 5:100] = True
            save(masks / f"album-p{page}.png", values)
        options = ("--mask", masks, "--save-mask", tmp_path / "kept")
        (tmp_path / "kept").mkdir()
        done = document("restore", album, "-o", tmp_path / "out.tif", *options)["photographs"]
        assert [one["path"].rpartition("#")[2] for one in done] == ["page=1", "page=2", "page=3"]
        for page in (1, 3):
            assert np.array_equal(
                opened(tmp_path / "kept" / f"album-p{page}.png"), opened(masks / f"album-p{page}.png")
            )
        assert opened(tmp_path / "kept" / "album-p2.png").shape == small_scans.pixels("cup").shape[:2]
        document("restore", album, "-o", tmp_path / "out.tif", "--save-mask", tmp_path / "one.png")
        assert {path.name for path in tmp_path.glob("one*")} == {"one-p1.png", "one-p2.png", "one-p3.png"}

    def test_never_over_a_photograph_or_a_drawn_mask(self, tmp_path: Path, scratched: Path, mask: Path) -> None:
        before = scratched.read_bytes(), mask.read_bytes()
        for options in (("--save-mask", scratched), ("--mask", mask, "--save-mask", mask)):
            result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", *options)
            assert result.exit_code == 2
            assert "would be written over" in result.stderr
        assert (scratched.read_bytes(), mask.read_bytes()) == before


class TestWords:
    @pytest.mark.parametrize(("words", "said"), [("much", "no amount of memory"), ("1MiB", "too little")])
    def test_memory_that_is_none(self, tmp_path: Path, scratched: Path, words: str, said: str) -> None:
        result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--memory", words)
        assert result.exit_code == 2
        assert said in result.stderr

    def test_memory_in_words(self, tmp_path: Path, scratched: Path) -> None:
        assert oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--memory", "1 GiB").exit_code == 0

    @pytest.mark.parametrize("option", ["--faces", "--official-compat"])
    def test_what_needs_the_networks_says_so(self, tmp_path: Path, scratched: Path, option: str) -> None:
        result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", option)
        assert result.exit_code == 2
        assert f"{option} needs the published networks: add --engine official" in result.stderr

    def test_an_engine_that_does_not_exist(self, tmp_path: Path, scratched: Path) -> None:
        assert oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--engine", "magic").exit_code == 2

    def test_weights_that_are_not_installed_are_named_with_the_command(
        self, tmp_path: Path, scratched: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OLDPHOTO_MODELS_DIR", str(tmp_path / "models"))
        result = oldphoto("restore", scratched, "-o", tmp_path / "x.png", "--engine", "official")
        assert result.exit_code == 1
        assert "oldphoto models fetch bopbtl-" in result.stderr
        assert "Traceback" not in result.output
        assert not (tmp_path / "x.png").exists()


def networks(models: Path, kind: str) -> OfficialNetworks:
    """Return the three networks, read from their files without the engine."""
    old, clean = (load("bopbtl-vae", path_of(f"bopbtl-vae-{name}", models)) for name in ("a", f"b-{kind}"))
    mapping = load(f"bopbtl-mapping-{kind}", path_of(f"bopbtl-mapping-{kind}", models))
    return OfficialNetworks(old, mapping, clean)  # type: ignore[arg-type]  # load says Module


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    """Return whether pictures are the same but for single levels: the engine lays its weights out otherwise."""
    apart = np.abs(found.astype(int) - expected.astype(int))
    return found.shape == expected.shape and apart.max() <= 1 and apart.mean() < 0.01


@pytest.mark.usefixtures("engines_as_set")
class TestOfficialEngine:
    @pytest.fixture(autouse=True)
    def _models(self, official_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OLDPHOTO_MODELS_DIR", str(official_models))

    def test_compat_with_a_drawn_mask_is_what_the_scripts_save(
        self, tmp_path: Path, official_models: Path, scratched: Path, mask: Path, only_filling: Path
    ) -> None:
        out = tmp_path / "out.png"
        options = ("--engine", "official", "--official-compat", "--mask", mask, "--config", only_filling)
        done = document("restore", scratched, "-o", out, *options)["photographs"][0]
        assert [(step["step"], step["verdict"]) for step in done["steps"]] == [("translate", "applied")]
        holes = drawn().astype(np.uint8) * 255
        expected = official_scratch(opened(scratched), holes, networks(official_models, "scratch")).saved
        assert close(opened(out), expected)

    def test_compat_finds_scratches_as_the_scripts_do(
        self, tmp_path: Path, official_models: Path, scratched: Path
    ) -> None:
        config = tmp_path / "settings.toml"
        lines = ["[restore]", 'steps = ["translate"]', "threshold = 1e-6", "largest_mask_share = 1.0"]
        config.write_text("\n".join(lines), "utf-8")
        options = ("--engine", "official", "--official-compat", "--config", config, "--save-mask", tmp_path / "m.png")
        document("restore", scratched, "-o", tmp_path / "out.png", *options)
        detector = load("bopbtl-detection", path_of("bopbtl-detection", official_models))
        found = official_mask(opened(scratched), detector)
        assert np.array_equal(opened(tmp_path / "m.png"), found.mask > 0)
        if found.mask.any():
            expected = official_scratch(found.resized, found.mask, networks(official_models, "scratch")).saved
        else:
            expected = official_quality(opened(scratched), networks(official_models, "quality")).saved
        assert close(opened(tmp_path / "out.png"), expected)

    def test_faces_without_their_weights_are_skipped_and_said_so(
        self, tmp_path: Path, scratched: Path, mask: Path
    ) -> None:
        options = ("--engine", "official", "--faces", "--mask", mask)
        done = document("restore", scratched, "-o", tmp_path / "out.png", *options)["photographs"][0]
        faces = [step for step in done["steps"] if step["step"] == "face"]
        assert [(step["verdict"], step["reason"][:11]) for step in faces] == [("rejected", "no detector")]

    def test_a_night_with_the_networks(self, tmp_path: Path, official_models: Path) -> None:
        scans = tmp_path / "scans"
        subjects: dict[str, small_scans.Subject] = {"a.png": "cat", "box/b.tif": "rocket"}
        for name, subject in subjects.items():
            grain = np.random.default_rng(1).normal(0.0, 30.0, (102, 128, 3))
            pixels = small_scans.pixels(subject, side_px=128) + grain
            pixels[50:52, 4:120] = 255.0
            save(scans / name, np.clip(pixels, 0.0, 255.0).astype(np.uint8))
        restore = RestoreSettings(engine="official", threshold=0.02, strength=0.2, largest_mask_share=1.0)
        asked = request(scans, tmp_path / "out", tmp_path / "work", restore=restore, models_dir=official_models)
        result = nightly_without_prefect(asked)
        assert result.audit.problems == ()
        assert audit(open_store(str(tmp_path / "out"))).holds
        catalog = open_catalog(open_store(str(tmp_path / "out")))
        rows = [row for row in catalog.rows("treatments") if isinstance(row, TreatmentRow) and row.stage == "restore"]
        translated = [row for row in rows if row.step == "translate"]
        ledger = read_ledger(official_models)
        digest = weights_digest({name: record.sha256 for name, record in ledger.items()})
        assert len(translated) == 2
        assert {(row.engine, row.weights_sha256) for row in translated} == {("official", digest)}
        assert all(row.verdict in {"applied", "blended", "rejected"} for row in translated)
        assert all(row.reason for row in translated if row.verdict != "applied")
        assert any(row.verdict != "rejected" for row in translated)
        assert {row.engine for row in rows if row.step in {"tone", "cast"}} <= {"classical"}
        assert {row.weights_sha256 for row in rows if row.step == "result" and "translate" in row.reason} == {digest}


class TestWhatTheTableSays:
    """What the table says of each photograph."""

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"changed": False, "steps": []}, "unchanged; no damage found"),
            (
                {"changed": False, "steps": [{"step": "inpaint", "verdict": "rejected", "reason": "too much"}]},
                "unchanged; inpaint not done: too much",
            ),
            (
                {
                    "changed": True,
                    "steps": [
                        {"step": "denoise", "verdict": "blended", "reason": "harm"},
                        {"step": "tone", "verdict": "rejected", "reason": "nothing to do"},
                    ],
                },
                "changed: denoise; tone not done: nothing to do",
            ),
            ({"changed": False, "reason": "monochrome", "regions": []}, "unchanged; monochrome"),
            ({"changed": True, "reason": "", "regions": []}, "changed"),
        ],
    )
    def test_what_was_done_and_what_was_not(self, change: dict[str, Any], words: str) -> None:
        assert _change_words(change) == words


@pytest.mark.skipif(not (SHIPPED / "own-texture.safetensors").is_file(), reason="weights of our own are not shipped")
def test_our_own_networks_mend_noise_without_any_models_folder(tmp_path: Path) -> None:
    grain = np.random.default_rng(1).normal(0.0, 25.0, (240, 320, 3))
    slope = 60 + 130 * np.mgrid[0:240, 0:320][1][..., None] / 320
    noisy, mended = save(tmp_path / "noisy.png", np.clip(slope + grain, 0, 255).astype(np.uint8)), tmp_path / "out.png"
    (done,) = document("restore", noisy, "-o", mended, "--engine", "own")["photographs"]
    assert "texture" in {step["step"] for step in done["steps"] if step["verdict"] != "rejected"}
    assert opened(mended).std(axis=0).mean() < 0.8 * opened(noisy).std(axis=0).mean()
