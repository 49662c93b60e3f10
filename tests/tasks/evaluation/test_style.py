import json
from pathlib import Path

import pytest
from style_pictures import write_style_pictures

from oldphoto_core.evaluation.style_cases import PLAN
from oldphoto_core.evaluation.style_methods import UnknownStyleMethodError
from tasks.evaluation.data import NoPicturesError, clean_pictures
from tasks.evaluation.style import StyleEvaluation, evaluate_style, style_methods_named
from tasks.evaluation.style_pictures import StylePictures, labels_path, regions_of
from tasks.evaluation.style_run import StyleEvaluationSettings

METHODS = ("input", "reinhard", "monge-kantorovich-first")
SETTINGS = StyleEvaluationSettings(pictures=2, square_px=48, real_px=96, resamples=40)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_style_pictures(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def done(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StyleEvaluation]:
    out = tmp_path_factory.mktemp("out")
    return out, evaluate_style(data, out, style_methods_named(METHODS), SETTINGS)


def test_every_case_and_every_colour_photograph_is_scored(done: tuple[Path, StyleEvaluation]) -> None:
    _, found = done
    assert found.scores == found.made == len(METHODS) * (2 * len(PLAN) + 1)
    names = [table.name for table in found.tables]
    assert {"gain_db", "gain_delta_e", "psnr_db", "region_delta_e", "ssim", "edge_ssim", "real"} <= set(names)
    assert not {"bars", "lead_gain_db", "merge_accuracy"} & set(names)  # nobody chose, and ours was not there


def test_a_second_run_makes_nothing_and_writes_the_same(data: Path, done: tuple[Path, StyleEvaluation]) -> None:
    out, first = done
    before = {path.name: path.read_bytes() for path in first.files}
    again = evaluate_style(data, out, style_methods_named(METHODS), SETTINGS)
    assert (again.scores, again.made) == (first.scores, 0)
    assert {path.name: path.read_bytes() for path in again.files} == before


def test_a_run_that_was_cut_short_goes_on(data: Path, done: tuple[Path, StyleEvaluation], tmp_path: Path) -> None:
    out, first = done
    lines = (out / "style-scores.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "style-scores.jsonl").write_bytes(b"".join(lines[:-2]) + lines[-2][:30])
    again = evaluate_style(data, tmp_path, style_methods_named(METHODS), SETTINGS)
    shown_again = len(METHODS) * (len(PLAN) + 1)  # small pictures lie elsewhere, so shown cases are made anew
    assert 2 <= again.made <= shown_again + 2
    figures = [json.loads((place / "style.json").read_text("utf-8"))["figures"] for place in (out, tmp_path)]
    assert figures[0] == figures[1]
    assert again.tables == first.tables


def test_the_pages_show_strips_with_credits_and_the_facts(done: tuple[Path, StyleEvaluation]) -> None:
    out, _ = done
    page = (out / "style.html").read_text("utf-8")
    for part in ("reference-1", "truth", "dev_test/clean/made/0.png (CC0)", "real old photograph, cup", "Pitié"):
        assert part in page
    facts = json.loads((out / "style.json").read_text("utf-8"))["facts"]
    assert facts["pictures"] == "2 (2 open)"
    assert facts["of these labelled"].startswith("2;")
    assert facts["real old photographs in colour"].startswith("1,")


def test_pictures_whose_terms_forbid_it_are_not_shown(tmp_path: Path) -> None:
    data = write_style_pictures(tmp_path / "data", open_terms=False)
    found = evaluate_style(data, tmp_path / "out", style_methods_named(["input"]), SETTINGS)
    assert "<img" not in (tmp_path / "out" / "style.html").read_text("utf-8")
    assert not (tmp_path / "out" / "style-strips").exists()
    assert found.scores == 2 * len(PLAN) + 1


def test_others_are_other_pictures(data: Path) -> None:
    pictures = clean_pictures(data)
    style = StylePictures(pictures, 48, seed=0)
    for picture in pictures:
        others = style.others(picture)
        assert picture not in others.all()
        assert (len(others.fillers), len(others.unrelated)) == (3, 3)
        assert others.stranger not in others.fillers


def test_labels_are_taken_where_there_are_any(data: Path) -> None:
    labelled, bare = clean_pictures(data)[1:3]
    assert labels_path(labelled.path) is not None
    assert labels_path(bare.path) is None
    regions = regions_of(labelled, labelled.read(1024))
    assert sorted(set(regions.ravel().tolist())) == [0, 1]
    assert regions[0, 0] != regions[0, -1]


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    data = write_style_pictures(tmp_path / "data")
    for number in range(3):
        (data / "dev_test" / "clean" / "made" / f"{number}.png").unlink()
    with pytest.raises(NoPicturesError, match="expected 5 clean pictures or more"):
        evaluate_style(data, tmp_path / "out", style_methods_named(["input"]), SETTINGS)


def test_unknown_methods_are_named() -> None:
    with pytest.raises(UnknownStyleMethodError, match="magic"):
        style_methods_named(["input", "magic"])


@pytest.mark.parametrize("wrong", [{"square_px": 16}, {"pictures": 0}, {"seed": -1}])
def test_senseless_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="expected sides"):
        StyleEvaluationSettings(**wrong)
