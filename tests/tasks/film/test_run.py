"""A reel from file to file: frames, times, sound and tags in are frames, times, sound and tags out."""

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from film_reels import av, break_packet, decoded_bytes, sound_packets, times, write_frames, write_reel

from oldphoto_core.film.reel import FilmSettings, FilmStep, FrameSource, RestoredFrame, Told, Untouched
from tasks.film import run
from tasks.film.asking import FilmRequest
from tasks.film.errors import FilmArgumentError, ReelError
from tasks.film.restoring import FrameCountError, Silent
from tasks.settings import NightSettings


class Brighter:
    """An engine for tests: a frame and the one after it, averaged and lightened; it dies where it is told to."""

    name = "classical"
    weights: Mapping[str, str] = {}

    def __init__(self, dies_at: int | None = None) -> None:
        self.given = 0
        self.dies_at = dies_at

    def restore(
        self, shot: FrameSource, settings: FilmSettings, told: Told, *, start: int = 0
    ) -> Iterator[RestoredFrame]:
        del settings
        for number in range(start, shot.count):
            if self.given == self.dies_at:
                raise KeyboardInterrupt
            here, after = shot.read(number, number + 1)[0], shot.read(min(number + 1, shot.count - 1), shot.count)[0]
            self.given += 1
            yield RestoredFrame(frame=np.clip((here + after) / 2 + np.float32(0.1), 0, 1), changed_share=1.0)
        told(FilmStep(name="restore", verdict="applied", measures={"changed_share": 1.0}))


@pytest.fixture
def settings(tmp_path: Path) -> NightSettings:
    film = FilmSettings(engine="none", chunk=5, shortest_shot=4)
    return NightSettings(work_dir=tmp_path / "work").model_copy(update={"film": film})


def restored(source: Path, destination: Path, settings: NightSettings, **asked: object) -> run.FilmResult:
    request = FilmRequest(source=str(source), destination=str(destination), settings=settings, **asked)  # type: ignore[arg-type]
    return run.restore_film(request, Silent())


def leftovers(folder: Path) -> list[Path]:
    return list(folder.glob(".oldphoto-film-*"))


@pytest.mark.parametrize(
    ("codec", "form"), [("prores_ks", "yuv422p10le"), ("ffv1", "gray16le"), ("ffv1", "bgr0"), ("ffv1", "yuv410p")]
)
def test_a_reel_wrapped_anew_has_the_same_samples(
    codec: str, form: str, tmp_path: Path, settings: NightSettings
) -> None:
    source = write_reel(tmp_path / ("a.mov" if codec == "prores_ks" else "a.mkv"), codec=codec, form=form, count=12)
    restored(source, tmp_path / "out.mkv", settings, access=False)
    with av().open(str(tmp_path / "out.mkv")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("ffv1", form)
    assert decoded_bytes(tmp_path / "out.mkv", form) == decoded_bytes(source, form)
    assert leftovers(tmp_path) == []


def test_sound_times_timecode_and_tags_are_kept(tmp_path: Path, settings: NightSettings) -> None:
    ticks = [0, 1000, 2700, 3700, 5000, 5500, 9000, 9700, 11000, 12000, 13000, 14500]
    source = write_reel(
        tmp_path / "a.mov", count=12, ticks=ticks, sound="aac", timecode="01:02:03:04", aspect=Fraction(4, 3)
    )
    result = restored(source, tmp_path / "out.mkv", settings)
    access = tmp_path / "out.access.mp4"
    assert times(access) == times(source) == [Fraction(tick, 18000) for tick in ticks]
    assert all(abs(a - b) <= Fraction(1, 2000) for a, b in zip(times(tmp_path / "out.mkv"), times(source), strict=True))
    assert any("millisecond" in note for note in result.record["notes"])
    for made in (tmp_path / "out.mkv", access):
        assert sound_packets(made) == sound_packets(source)
        with av().open(str(made)) as container:
            tags = {name.lower(): value for name, value in container.streams.video[0].metadata.items()}
            assert tags["timecode"] == "01:02:03:04"
            assert container.metadata["title"] == "Reel ä"
            assert container.streams.audio[0].language == "fra"
    with av().open(str(access)) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
    content = access.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    rows = list(csv.DictReader((tmp_path / "out.mkv.frames.csv").read_text("utf-8").splitlines()))
    assert [float(row["seconds"]) for row in rows] == pytest.approx([tick / 18000 for tick in ticks], abs=1e-8)
    assert json.loads((tmp_path / "out.mkv.film.json").read_text("utf-8"))["frame_rate"] is None


def test_pcm_sound_goes_into_mp4_as_aac_and_that_is_said(tmp_path: Path, settings: NightSettings) -> None:
    source = write_reel(tmp_path / "a.mov", count=8, sound="pcm_s16be")
    result = restored(source, tmp_path / "out.mkv", settings)
    with av().open(str(tmp_path / "out.access.mp4")) as container:
        assert container.streams.audio[0].codec_context.name in {"aac", "pcm_s16be"}
    with av().open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.audio[0].codec_context.name == "pcm_s16be"
    assert sound_packets(tmp_path / "out.mkv") == sound_packets(source)
    assert result.record["sound"] == ["pcm_s16be 48000 Hz mono fra"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_viewing_copy_alone_has_every_frame(suffix: str, tmp_path: Path, settings: NightSettings) -> None:
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", form="gray", count=9, size=(97, 65))
    result = restored(source, tmp_path / f"out{suffix}", settings)
    assert len(times(tmp_path / f"out{suffix}")) == 9
    said = any("even sides" in note for note in result.record["notes"])
    assert said == (suffix == ".mp4")
    seen, shown = decoded_bytes(source, "gray")[4], decoded_bytes(tmp_path / f"out{suffix}", "gray")[4]
    if suffix == ".mov":
        assert abs(np.frombuffer(seen, "u1").astype(int) - np.frombuffer(shown, "u1").astype(int)).mean() < 3


def test_cuts_are_found_and_shots_are_restored_apart(tmp_path: Path, settings: NightSettings) -> None:
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=24, cut=11)
    result = restored(source, tmp_path / "out.mkv", settings, access=False)
    assert [(shot["start"], shot["stop"]) for shot in result.record["shots"]] == [(0, 11), (11, 24)]


def test_an_interrupted_reel_is_gone_on_with_and_comes_out_the_same(
    tmp_path: Path, settings: NightSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=24, cut=11)
    whole, half, rest = Brighter(), Brighter(dies_at=17), Brighter()
    monkeypatch.setattr(run, "film_engine_of", lambda *_: whole)
    once = restored(source, tmp_path / "once.mkv", settings, access=False)
    monkeypatch.setattr(run, "film_engine_of", lambda *_: half)
    with pytest.raises(KeyboardInterrupt):
        restored(source, tmp_path / "twice.mkv", settings, access=False)
    assert not (tmp_path / "twice.mkv").exists()
    assert len(leftovers(tmp_path)) == 1
    monkeypatch.setattr(run, "film_engine_of", lambda *_: rest)
    twice = restored(source, tmp_path / "twice.mkv", settings, access=False)
    assert twice.record["frames_resumed"] == 16  # 11 of the first shot, a chunk of 5 of the second
    assert rest.given == 8
    assert twice.record["frames_sha256"] == once.record["frames_sha256"]
    assert decoded_bytes(tmp_path / "twice.mkv", "yuv420p") == decoded_bytes(tmp_path / "once.mkv", "yuv420p")
    assert twice.record["shots"] == once.record["shots"]
    assert leftovers(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from oldphoto_core.film.reel import FilmSettings
from tasks.film import run
from tasks.film.asking import FilmRequest
from tasks.settings import NightSettings

run.code_version = lambda: "the same"


class Deadly:
    left = 17

    def start(self, what, total):
        self.counts = what == "restoring"

    def advance(self, frames):
        self.left -= frames if self.counts else 0
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


film = FilmSettings(engine="none", chunk=5, shortest_shot=4)
settings = NightSettings(work_dir=Path(sys.argv[3])).model_copy(update={"film": film})
run.restore_film(FilmRequest(source=sys.argv[1], destination=sys.argv[2], settings=settings, access=False), Deadly())
"""


def test_a_reel_killed_in_the_middle_comes_out_the_same(
    tmp_path: Path, settings: NightSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "code_version", lambda: "the same")  # whoever edits the sources meanwhile
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=24, cut=11)
    destination = tmp_path / "out.mkv"
    arguments = [str(source), str(destination), str(settings.work_dir)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, cwd=Path(__file__).parents[3])
    assert killed.returncode == -signal.SIGKILL
    assert not destination.exists()
    assert len(leftovers(tmp_path)) == 1
    result = restored(source, destination, settings, access=False)
    assert result.record["frames_resumed"] == 16
    assert decoded_bytes(destination, "yuv420p") == decoded_bytes(source, "yuv420p")
    assert leftovers(tmp_path) == []


def test_other_settings_do_not_go_on_with_it(
    tmp_path: Path, settings: NightSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=12)
    monkeypatch.setattr(run, "film_engine_of", lambda *_: Brighter(dies_at=7))
    with pytest.raises(KeyboardInterrupt):
        restored(source, tmp_path / "out.mkv", settings, access=False)
    monkeypatch.setattr(run, "film_engine_of", lambda *_: Brighter())
    other = settings.model_copy(update={"film": replace(settings.film, strength=0.5)})
    assert restored(source, tmp_path / "out.mkv", other, access=False).record["frames_resumed"] == 0
    anew = restored(source, tmp_path / "out.mkv", settings, access=False, resume=False)
    assert anew.record["frames_resumed"] == 0


def test_a_damaged_chunk_is_made_again(
    tmp_path: Path, settings: NightSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=12)
    monkeypatch.setattr(run, "film_engine_of", lambda *_: Brighter())
    once = restored(source, tmp_path / "once.mkv", settings, access=False)
    monkeypatch.setattr(run, "film_engine_of", lambda *_: Brighter(dies_at=11))
    with pytest.raises(KeyboardInterrupt):
        restored(source, tmp_path / "out.mkv", settings, access=False)
    chunk = leftovers(tmp_path)[0] / "chunk-00000005"
    chunk.write_bytes(chunk.read_bytes()[:-40])
    monkeypatch.setattr(run, "film_engine_of", lambda *_: Brighter())
    again = restored(source, tmp_path / "out.mkv", settings, access=False)
    assert again.record["frames_resumed"] == 5
    assert again.record["frames_sha256"] == once.record["frames_sha256"]


def test_a_broken_packet_is_on_record_and_the_count_stays(tmp_path: Path, settings: NightSettings) -> None:
    source = write_reel(tmp_path / "a.mov", codec="prores_ks", form="yuv422p10le", count=12)
    break_packet(source, 6)
    result = restored(source, tmp_path / "out.mkv", settings, access=False)
    assert (result.record["frames_in"], result.record["frames_out"]) == (12, 12)
    assert result.record["repairs"] == [{"frame": 6, "repair": "repeated"}]
    frames = decoded_bytes(tmp_path / "out.mkv", "yuv422p10le")
    assert frames[6] == frames[5]
    assert times(tmp_path / "out.mkv") == [Fraction(round(1000 * number / 18), 1000) for number in range(12)]


def test_an_engine_that_loses_a_frame_is_caught(
    tmp_path: Path, settings: NightSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Short(Untouched):
        def restore(self, shot, settings, told, *, start=0):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            frames = list(super().restore(shot, settings, told, start=start))
            yield from frames[:-1]

    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=12)
    monkeypatch.setattr(run, "film_engine_of", lambda *_: Short())
    with pytest.raises(FrameCountError, match="11 frames of 12"):
        restored(source, tmp_path / "out.mkv", settings)


@pytest.mark.parametrize(
    ("destination", "words"), [("out.avi", "expected a file"), ("a.mkv", "would replace"), ("a.mkv/x.mkv", "inside")]
)
def test_a_destination_that_cannot_be_is_refused(
    destination: str, words: str, tmp_path: Path, settings: NightSettings
) -> None:
    source = write_reel(tmp_path / "a.mkv", codec="ffv1", count=4)
    before = source.read_bytes()
    with pytest.raises(FilmArgumentError, match=words):
        restored(source, tmp_path / destination, settings)
    assert source.read_bytes() == before


def test_a_reel_that_cannot_be_read_leaves_nothing(tmp_path: Path, settings: NightSettings) -> None:
    (tmp_path / "a.mkv").write_bytes(b"no film")
    with pytest.raises(ReelError):
        restored(tmp_path / "a.mkv", tmp_path / "out.mkv", settings)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "work") == ["a.mkv"]


def test_a_folder_becomes_a_film_with_the_rate_asked_for(tmp_path: Path, settings: NightSettings) -> None:
    source = write_frames(tmp_path / "frames", list(range(1, 9)))
    result = restored(source, tmp_path / "out.mkv", settings, rate=Fraction(16))
    assert result.record["frame_rate"] == "16"
    assert len(times(tmp_path / "out.access.mp4")) == 8
    guessed = restored(source, tmp_path / "guess.mkv", settings)
    assert any("--rate" in note for note in guessed.record["notes"])
