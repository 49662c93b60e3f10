"""A built set is opened by its address, answers for photographs, shows its pictures, and notices what was changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import reference_folders
import small_scans
from nights import bare_night
from s3_servers import Server

from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import LUMA, from_bytes8
from oldphoto_core.references.errors import BadSetError, DescriberError
from tasks.curating.building import BuildRequest, build_set
from tasks.references.choosing import retrieval_of
from tasks.references.files import HEAD, Head
from tasks.references.offered import gather_references
from tasks.references.sets import BuiltSet, NoSetError, find_set, open_set
from tasks.settings import NightSettings
from tasks.storage import open_store


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sets")
    source = reference_folders.good(root / "source")
    settings = NightSettings(work_dir=root / "work", workers=2)
    build_set(
        BuildRequest(
            source=str(source), output=str(root / "out"), name="small", settings=settings, describer="measured"
        )
    )
    return root / "out"


@pytest.fixture
def built(output: Path) -> BuiltSet:
    return open_set(str(output / "references/small"))


def key_of(built: BuiltSet, reference_id: str) -> str:
    return next(entry.key for entry in built.entries if entry.reference_id == reference_id)


def test_a_set_is_found_by_its_folder_and_for_short(output: Path, tmp_path: Path) -> None:
    long, short = open_set(str(output / "references/small")), open_set(f"{output}/small")
    assert long == short
    assert open_set(f"{(output / 'references/small').as_uri()}/") == long
    assert find_set(str(tmp_path)) is None
    with pytest.raises(NoSetError, match="references build"):
        open_set(f"{output}/large")


def test_a_faded_photograph_finds_the_picture_it_was(built: BuiltSet) -> None:
    photo = from_bytes8(small_scans.pixels("cup", side_px=320))
    faded = (0.15 + 0.7 * photo).astype(np.float32)
    found = built.choose(faded)
    assert key_of(built, found.references[0]) == "cup.png"
    assert found.labels.shape == (256, 320)
    assert sum(region.share for region in found.regions) == pytest.approx(1.0)
    assert found.coverage > 0.5


def test_a_photograph_that_nothing_is_alike_enough_to_keeps_its_own_style(built: BuiltSet) -> None:
    strict = open_set(built.uri, settings=StyleSettings(min_similarity=0.9999))
    found = strict.choose(from_bytes8(small_scans.pixels("astronaut")))
    assert (found.references, found.coverage) == ((), 0.0)
    assert {region.reference_id for region in found.regions} == {None}


def test_pictures_are_small_and_those_of_their_reference(built: BuiltSet) -> None:
    cup = next(entry for entry in built.entries if entry.key == "cup.png")
    found = built.picture(cup.reference_id)
    assert max(found.shape) == reference_folders.SIDE_PX
    expected = from_bytes8(small_scans.pixels("cup", side_px=reference_folders.SIDE_PX))
    assert np.abs(found - expected).mean() < 0.02
    with pytest.raises(KeyError):
        built.picture("0" * 64)


def test_the_number_of_references_and_the_threshold_come_from_the_settings() -> None:
    settings = StyleSettings(max_references=2, min_similarity=0.9)
    assert (retrieval_of(settings).max_references, retrieval_of(settings).min_similarity) == (2, 0.9)


def copied(output: Path, place: Path) -> Path:
    for path in (output / "references/small").rglob("*"):
        if path.is_file():
            aim = place / path.relative_to(output / "references/small")
            aim.parent.mkdir(parents=True, exist_ok=True)
            aim.write_bytes(path.read_bytes())
    return place


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("pattern", ["descriptions-*", "whole-*", "regions-*"])
def test_a_changed_file_is_noticed_when_it_is_asked(output: Path, tmp_path: Path, pattern: str) -> None:
    place = copied(output, tmp_path / "copy")
    spoil(next(place.glob(pattern)))
    with pytest.raises(BadSetError, match="was changed"):
        open_set(str(place)).choose(from_bytes8(small_scans.pixels("cup")))


def test_a_changed_picture_is_noticed(output: Path, tmp_path: Path) -> None:
    place = copied(output, tmp_path / "copy")
    path = next((place / "pictures").iterdir())
    spoil(path)
    with pytest.raises(BadSetError, match="was changed"):
        open_set(str(place)).picture(path.stem)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"[]",
        lambda _: b"{",
        lambda content: content.replace(b"oldphoto-references/1", b"oldphoto-references/9"),
        lambda content: content.replace(b'"describer"', b'"descriptor"'),
    ],
)
def test_a_head_of_another_form_is_refused(output: Path, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    place = copied(output, tmp_path / "copy")
    (place / HEAD).write_bytes(change((place / HEAD).read_bytes()))
    with pytest.raises(BadSetError, match="build"):
        open_set(str(place))


def test_other_weights_and_other_settings_than_the_sets_are_refused(output: Path, tmp_path: Path) -> None:
    place = copied(output, tmp_path / "copy")
    head = Head.from_bytes((place / HEAD).read_bytes())
    (place / HEAD).write_bytes(replace(head, weights_sha256="0" * 64).to_bytes())
    with pytest.raises(DescriberError, match="Build the set again"):
        open_set(str(place)).choose(from_bytes8(small_scans.pixels("cup")))
    with pytest.raises(BadSetError, match="build the set again with these settings"):
        _ = open_set(str(place), settings=StyleSettings(regions=4)).styles


def test_a_night_takes_a_set_as_its_references(output: Path, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    night = bare_night(
        tmp_path / "scans", tmp_path / "night", tmp_path / "work", references_uri=(output / "references/small").as_uri()
    )
    found = gather_references(night)
    built = open_set(str(output / "references/small"))
    assert (found.ids, found.styles) == (built.ids, built.styles)
    assert {row.set_name for row in found.new_rows} == {"small"}
    photo = from_bytes8(small_scans.pixels("cat", side_px=256))
    ours, theirs = found.choose(photo), built.choose(photo)
    assert (ours.references, ours.regions) == (theirs.references, theirs.regions)
    assert np.array_equal(ours.labels, theirs.labels)
    assert np.array_equal(found.picture(found.ids[0]), built.picture(found.ids[0]))


def test_a_monochrome_photograph_may_be_asked_about_too(built: BuiltSet) -> None:
    grey = np.repeat((from_bytes8(small_scans.pixels("cup", side_px=320)) @ LUMA)[..., None], 3, axis=2)
    assert key_of(built, built.choose(grey).references[0]) == "cup.png"


def test_a_whole_bucket_may_be_the_folder_of_references(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch, output: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(moto_server.settings.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_server.settings.access_key))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_server.settings.secret_key))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    address = moto_server.new_address()
    assert find_set(f"s3://{moto_server.bucket}") is None
    assert find_set(f"{address}/small") is None
    store = open_store(address)
    for path in sorted((output / "references/small").rglob("*")):
        if path.is_file():
            store.put(f"references/small/{path.relative_to(output / 'references/small').as_posix()}", path)
    short, full = find_set(f"{address}/small"), find_set(f"{address}/references/small")
    assert short is not None
    assert full is not None
    assert short.uri == full.uri
    assert short.ids == open_set(str(output / "references/small")).ids
