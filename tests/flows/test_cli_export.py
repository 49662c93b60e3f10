"""The export commands as people and scripts use them: tables, JSON, exit codes; from a folder and from a bucket."""

import json
import uuid
from pathlib import Path
from typing import Any

import bagit
import pytest
from s3_servers import Server
from typer.testing import CliRunner, Result

from flows.cli import app
from tasks.storage import open_store

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=WIDE)


def document(*arguments: str | Path) -> Any:
    result = oldphoto(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def archive(archive_to_export: Path) -> Path:
    return archive_to_export


@pytest.fixture
def bucket(archive: Path, moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The output in a bucket; masters stay in their folder."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(moto_server.settings.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_server.settings.access_key))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_server.settings.secret_key))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    address = f"s3://{moto_server.bucket}/{uuid.uuid4().hex[:8]}"
    here, there = open_store(archive / "out"), open_store(address)
    for item in here.list():
        there.put(item.key, here.read(item.key))
    return address


def test_a_bucket_gives_what_a_folder_gives(archive: Path, bucket: str, tmp_path: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        timed = ("bag-info.txt", "oldphoto-event.json", "tagmanifest-sha256.txt", "tagmanifest-sha512.txt")
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return {name: content for name, content in found.items() if not name.endswith(timed)}

    for name, uri in (("folder", str(archive / "out")), ("bucket", bucket)):
        place = tmp_path / name
        premis = document("export", "premis", uri, "--out", place / "premis")
        assert len(premis["written"]) == 6
        bag = document("export", "bag", uri, "--run", "run-000001", "--out", place / "bag", "--with-masters")
        assert bagit.Bag(str(place / "bag")).validate()
        assert bag["left_out"] == []
        iiif = document("export", "iiif", uri, "--out", place / "iiif", "--base-url", "https://x.org/i")
        assert (len(iiif["written"]), iiif["without_pictures"], iiif["set_aside"]) == (4, 3, [])
    assert files(tmp_path / "bucket") == files(tmp_path / "folder")
    assert len(files(tmp_path / "folder")) > 80


def test_people_get_tables(archive: Path, tmp_path: Path) -> None:
    out = archive / "out"
    premis = oldphoto("export", "premis", out, "--out", tmp_path / "premis")
    assert "documents written" in premis.stdout
    bag = oldphoto(
        "export", "bag", out, "--run", "run-000001", "--out", tmp_path / "bag", "--info", "Contact-Name: A. Archivist"
    )
    assert "files" in bag.stdout
    assert bagit.Bag(str(tmp_path / "bag")).info["Contact-Name"] == "A. Archivist"
    iiif = oldphoto("export", "iiif", out, "--out", tmp_path / "iiif", "--base-url", "https://x.org/i")
    assert "https://x.org/i/collection.json" in iiif.stdout
    assert [one.exit_code for one in (premis, bag, iiif)] == [0, 0, 0]


def test_a_photograph_that_cannot_be_shown_is_an_error_only_when_strict(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scans").mkdir()
    monkeypatch.setattr("tasks.exports.masters.open_source", lambda _: open_store(tmp_path / "scans"))
    arguments = ("export", "iiif", archive / "out", "--out", tmp_path / "iiif", "--base-url", "https://x.org/i")
    lenient = oldphoto(*arguments)
    assert lenient.exit_code == 0
    assert "set aside: cup.tif" in lenient.stderr
    strict = oldphoto(*arguments, "--strict")
    assert strict.exit_code == 1
    assert "4 photographs could not be shown" in strict.stderr


def test_wrong_arguments_exit_with_2_and_what_is_not_there_with_1(archive: Path, tmp_path: Path) -> None:
    out = archive / "out"
    there = ("--out", tmp_path / "x")
    assert oldphoto("export", "iiif", out, *there, "--base-url", "nowhere").exit_code == 2
    assert oldphoto("export", "premis", out, "--out", archive / "scans" / "x").exit_code == 2
    assert oldphoto("export", "bag", out, *there, "--run", "run-000001", "--info", "no colon").exit_code == 2
    unknown = oldphoto("export", "bag", out, *there, "--run", "run-000009")
    assert unknown.exit_code == 1
    assert "run-000001" in unknown.stderr
    assert oldphoto("export", "premis", tmp_path / "nowhere", *there).exit_code == 1
    assert not (tmp_path / "x").exists()
