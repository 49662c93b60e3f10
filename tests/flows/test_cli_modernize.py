"""The command that modernizes: references by name or by set, engine, strength, and the explanation it draws."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_scans
from PIL import Image
from style_stand_ins import ToldEngine
from typer.testing import CliRunner, Result

from flows.cli import app
from tasks.style import engines as style_engines

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def modernize(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["modernize", *map(str, arguments)], env=WIDE)


def document(*arguments: str | Path) -> dict[str, Any]:
    result = modernize(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pictures")
    picture = small_scans.pixels("astronaut", side_px=160) / 255.0
    faded = np.clip(picture, 0.03, 1.0) ** np.array([0.3, 0.36, 0.33])
    (root / "in").mkdir()
    Image.fromarray(np.rint(faded * 255).astype(np.uint8)).save(root / "in" / "faded.png")
    Image.fromarray(small_scans.pixels("cat", side_px=160)).convert("L").save(root / "in" / "grey.png")
    small_scans.write(root / "cup.png", "cup", side_px=384)
    small_scans.write(root / "rocket.png", "rocket", side_px=384)
    return root


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[ToldEngine]:
    told = ToldEngine(lambda photo: photo ** np.float32(1.3))
    monkeypatch.setattr(style_engines, "own_style_engine", lambda: told)
    return told


def both(folder: Path) -> tuple[str | Path, ...]:
    return ("--reference", folder / "cup.png", "--reference", folder / "rocket.png")


def test_every_named_reference_is_shown_to_the_network_and_told_by_region(
    folder: Path, tmp_path: Path, engine: ToldEngine
) -> None:
    found = document(folder / "in/faded.png", "-o", tmp_path / "new.png", *both(folder), "--engine", "own")
    (photograph,) = found["photographs"]
    assert (photograph["changed"], photograph["reason"], photograph["engine"]) == (True, "references", "own")
    assert [len(seen) for seen in engine.seen] == [2]
    assert sum(region["share"] for region in photograph["regions"]) == pytest.approx(1.0, abs=1e-3)
    assert photograph["measures"]["edge_ssim"] >= 0.9
    assert (tmp_path / "new.png").exists()


def test_strength_is_a_share_of_the_way(folder: Path, tmp_path: Path, engine: ToldEngine) -> None:
    del engine
    pictures = []
    for strength in ("0", "0.5", "1"):
        path = tmp_path / f"{strength}.png"
        document(folder / "in/faded.png", "-o", path, *both(folder), "--engine", "own", "--strength", strength)
        pictures.append(np.asarray(Image.open(path), dtype=np.float64))
    master = np.asarray(Image.open(folder / "in/faded.png"), dtype=np.float64)
    far = [np.abs(picture - master).mean() for picture in pictures]
    assert far[0] == 0.0
    assert far[1] == pytest.approx(0.5 * far[2], rel=0.1)


def test_explanations_are_drawn_for_each_photograph_the_unchanged_ones_too(
    folder: Path, tmp_path: Path, engine: ToldEngine
) -> None:
    del engine
    place = tmp_path / "why"
    document(folder / "in", "-o", tmp_path / "out", *both(folder), "--engine", "own", "--explain", place)
    sizes = {path.name: Image.open(path).size for path in place.iterdir()}
    assert set(sizes) == {"faded.png", "grey.png"}
    assert sizes["faded.png"][0] > sizes["grey.png"][0]  # regions are a third panel


def test_the_classical_engine_explains_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text("[modernize]\nmin_similarity = 0.0\n", "utf-8")
    more = ("--explain", tmp_path / "why.png", "--config", tmp_path / "any.toml")
    found = document(folder / "in/faded.png", "-o", tmp_path / "new.png", *both(folder), *more)
    assert found["photographs"][0]["engine"] == "classical"
    assert Image.open(tmp_path / "why.png").height > 300


def test_photographs_that_look_modern_are_spared_unless_asked(folder: Path, tmp_path: Path, engine: ToldEngine) -> None:
    modern = small_scans.write(tmp_path / "modern.png", "cup", side_px=160)
    own = (modern, "-o", tmp_path / "new.png", *both(folder), "--engine", "own")
    assert document(*own)["photographs"][0]["reason"] == "already-modern"
    assert engine.seen == []
    assert document(*own, "--even-modern")["photographs"][0]["reason"] == "references"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name reference photographs with --reference, or a curated set"),
        (("-r", "{folder}/cup.png", "--reference-set", "{folder}/x"), "or a curated set"),
        (("-r", "{folder}/cup.png", "--strength", "1.5"), "the strength must lie in [0, 1], found 1.5"),
        (("-r", "{folder}/cup.png", "--explain", "{folder}/why.jpg"), "explanations are PNG files"),
        (("-r", "{folder}/cup.png", "--explain", "{folder}/in/faded.png"), "over a photograph"),
        (("-r", "{folder}/cup.png", "--even-modern"), "--even-modern needs a network"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    given = [one.format(folder=folder) for one in arguments]
    result = modernize(folder / "in/faded.png", "-o", tmp_path / "new.png", *given)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert not (tmp_path / "new.png").exists()


def test_a_set_that_is_not_there_is_told_with_what_to_do(folder: Path, tmp_path: Path) -> None:
    result = modernize(folder / "in/faded.png", "-o", tmp_path / "x.png", "--reference-set", folder / "streets")
    assert result.exit_code == 1
    assert "oldphoto references build" in " ".join(result.stderr.split())


def test_published_weights_that_are_not_fetched_are_told_with_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLDPHOTO_MODELS_DIR", str(tmp_path / "models"))
    result = modernize(folder / "in/faded.png", "-o", tmp_path / "x.png", *both(folder), "--engine", "official")
    assert result.exit_code == 1
    assert "oldphoto models fetch mropm" in " ".join(result.stderr.split())
