"""Reels in object storage: fetched, restored, put back; the source is only read."""

from pathlib import Path

import pytest
from film_reels import times, write_frames, write_reel
from s3_servers import Server

from oldphoto_core.film.reel import FilmSettings
from tasks.film.asking import FilmRequest
from tasks.film.errors import FilmArgumentError
from tasks.film.fetching import local_reel
from tasks.film.restoring import Silent
from tasks.film.run import restore_film
from tasks.settings import NightSettings
from tasks.storage import ObjectMissingError, open_store


@pytest.fixture
def address(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(moto_server.settings.endpoint_url))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(moto_server.settings.access_key))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(moto_server.settings.secret_key))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return moto_server.new_address()


def test_a_reel_goes_from_bucket_to_bucket(address: str, tmp_path: Path) -> None:
    settings = NightSettings(work_dir=tmp_path / "work").model_copy(update={"film": FilmSettings(engine="none")})
    store = open_store(address)
    store.put("in/a.mkv", write_reel(tmp_path / "a.mkv", codec="ffv1", count=6))
    for file in write_frames(tmp_path / "f", [1, 2, 3]).iterdir():
        store.put(f"in/frames/{file.name}", file)
    before = {item.key: item.etag for item in store.list("in/")}
    for source, destination in (("in/a.mkv", "out/a.mkv"), ("in/frames", "out/frames")):
        request = FilmRequest(source=f"{address}/{source}", destination=f"{address}/{destination}", settings=settings)
        restore_film(request, Silent())
    assert {item.key: item.etag for item in store.list("in/")} == before
    assert sorted(item.key for item in store.list("out/")) == [
        "out/a.access.mp4",
        "out/a.mkv",
        "out/a.mkv.film.json",
        "out/a.mkv.frames.csv",
        "out/frames.film.json",
        "out/frames.frames.csv",
        *(f"out/frames/scan_0000{number}.png" for number in (1, 2, 3)),
    ]
    store.fetch("out/a.mkv", tmp_path / "back.mkv", max_bytes=2**20)
    assert len(times(tmp_path / "back.mkv")) == 6
    assert list((tmp_path / "work" / "films").iterdir()) == []
    inside = FilmRequest(source=f"{address}/in/frames", destination=f"{address}/in/frames/x", settings=settings)
    with pytest.raises(FilmArgumentError, match="inside"):
        restore_film(inside, Silent())


def test_a_reel_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissingError), local_reel(str(tmp_path / "none.mkv"), tmp_path):
        pass


def test_a_folder_has_the_digest_of_its_files_and_names(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b", "c"):
        folder = write_frames(tmp_path / name, [1, 2])
        if name == "c":
            (folder / "scan_00002.png").rename(folder / "scan_00003.png")
        with local_reel(str(folder), tmp_path) as reel:
            digests.append(reel.sha256)
    assert digests[0] == digests[1] != digests[2]
