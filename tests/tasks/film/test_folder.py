"""Reels in folders: order, gaps, broken frames, two sizes; names, form and metadata kept."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from film_reels import pan, write_frames
from PIL import Image

from oldphoto_core.film.dpx import read_dpx
from oldphoto_core.film.reel import FilmSettings, FilmStep, FrameSource, RestoredFrame, Told
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.read import read_scan
from tasks.film import run
from tasks.film.asking import FilmRequest
from tasks.film.errors import FilmArgumentError, ReelError
from tasks.film.folder import FolderReel
from tasks.film.numbering import numbered_files
from tasks.film.restoring import Silent
from tasks.settings import NightSettings


class OnePixel:
    """An engine that changes the pixel in the corner of every second frame."""

    name = "classical"
    weights: Mapping[str, str] = {}

    def restore(
        self, shot: FrameSource, settings: FilmSettings, told: Told, *, start: int = 0
    ) -> Iterator[RestoredFrame]:
        del settings
        for number in range(start, shot.count):
            frame = shot.read(number, number + 1)[0].copy()
            frame[0, 0] = 0.5 if number % 2 else frame[0, 0]
            yield RestoredFrame(frame=frame)
        told(FilmStep(name="restore", verdict="applied"))


def restored(source: Path, destination: Path, monkeypatch: pytest.MonkeyPatch, work: Path) -> run.FilmResult:
    monkeypatch.setattr(run, "film_engine_of", lambda *_: OnePixel())
    film = FilmSettings(chunk=4, shortest_shot=3)
    settings = NightSettings(work_dir=work).model_copy(update={"film": film})
    return run.restore_film(FilmRequest(source=str(source), destination=str(destination), settings=settings), Silent())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write_frames(tmp_path / "a", [9, 10, 100, 11], name="f{}")
    found = numbered_files(tmp_path / "a")
    assert [file.path.name for file in found.files] == ["f9.png", "f10.png", "f11.png", "f100.png"]
    assert found.missing == ((12, 99),)


def test_every_second_number_is_no_gap(tmp_path: Path) -> None:
    write_frames(tmp_path / "a", [100, 102, 104, 108])
    assert numbered_files(tmp_path / "a").missing == ((106, 106),)
    assert numbered_files(tmp_path / "a").step == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "holds no frame"),
        (("a1.png", "readme.png"), "readme.png has no number"),
        (("a1.png", "a01.png"), "a01.png and a1.png have the same number"),
        (("a1.png", "b2.png"), "a1.png and b2.png belong to two series"),
        (("a1.png", "a2.jpg"), "two series"),
    ],
)
def test_names_that_leave_the_order_open_are_refused(files: tuple[str, ...], words: str, tmp_path: Path) -> None:
    for name in files:
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ReelError, match=words):
        numbered_files(tmp_path)


def test_two_sizes_are_refused_by_the_first_file_that_differs(tmp_path: Path) -> None:
    write_frames(tmp_path / "a", [1, 2, 3, 4])
    cv2.imwrite(str(tmp_path / "a" / "scan_00003.png"), np.zeros((60, 90, 3), np.uint8))
    with pytest.raises(ReelError, match=r"scan_00003.png has 90 x 60 pixels, scan_00001.png has 96 x 64"):
        FolderReel(tmp_path / "a", limits=ScanLimits())


def test_a_gap_is_told_and_nothing_is_renumbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_frames(tmp_path / "a", [5, 6, 9, 10])
    result = restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")
    assert names(tmp_path / "out") == names(source)
    assert "missing frame numbers, held out and not renumbered: 7-8" in result.record["notes"]
    assert result.record["frames_out"] == 4


def test_a_broken_frame_repeats_its_neighbour_and_the_others_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_frames(tmp_path / "a", [1, 2, 3, 4, 5])
    whole = source / "scan_00004.png"
    whole.write_bytes(whole.read_bytes()[:-400])
    (source / "scan_00001.png").write_bytes(b"")
    result = restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")
    assert result.record["repairs"] == [{"frame": 0, "repair": "repeated"}, {"frame": 3, "repair": "repeated"}]
    shown = {name: cv2.imread(str(tmp_path / "out" / name)) for name in names(source)}
    assert np.array_equal(shown["scan_00004.png"][1:], shown["scan_00003.png"][1:])
    assert np.array_equal(shown["scan_00001.png"][1:], shown["scan_00002.png"][1:])
    assert any("scan_00004.png cannot be read and repeats" in note for note in result.record["notes"])


def test_frames_that_were_not_changed_are_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_frames(tmp_path / "a", [1, 2, 3, 4, 5, 6], ".jpg")
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")
    after = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert [before[name] == after[name] for name in sorted(before)] == [True, False] * 3
    assert {path.name: path.read_bytes() for path in source.iterdir()} == before
    assert b"trainedAlgorithmicMedia" not in after["scan_00002.jpg"]
    assert b"oldphoto" in after["scan_00002.jpg"]


def test_sixteen_bits_resolution_and_profile_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a"
    source.mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        pixels = rng.integers(0, 65536, (20, 30), dtype=np.uint16)
        tifffile.imwrite(source / f"f{number}.tif", pixels, resolution=(300, 300), resolutionunit="INCH")
    restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")
    was, now = (read_scan(folder / "f1.tif") for folder in (source, tmp_path / "out"))
    assert now.pixels.dtype == np.uint16
    assert now.facts.dpi == pytest.approx(300)
    assert now.facts.colour == "grey"
    assert np.flatnonzero((was.pixels != now.pixels).any(axis=2)).tolist() == [0]


def write_dpx(path: Path, pixels: np.ndarray) -> None:
    """Write a DPX of 10 bits, method A, big-endian, with a header whose every unused byte says something."""
    height, width, _ = pixels.shape
    header = bytearray(np.random.default_rng(1).integers(0, 255, 2048, dtype=np.uint8).tobytes())
    header[0:8] = b"SDPX" + (2048).to_bytes(4, "big")
    header[768:780] = (
        (0).to_bytes(2, "big") + (1).to_bytes(2, "big") + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    )
    header[800:812] = bytes([50, 1, 1, 10, 0, 1, 0, 0]) + (2048).to_bytes(4, "big")
    header[1724:1728] = np.array(18.0, ">f4").tobytes()
    header[1920:1924] = bytes.fromhex("01020304")
    words = pixels.astype(np.uint32)
    packed = (words[..., 0] << 22) | (words[..., 1] << 12) | (words[..., 2] << 2)
    path.write_bytes(bytes(header) + packed.astype(">u4").tobytes() + b"tail")


def test_dpx_keeps_its_header_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a"
    source.mkdir()
    for number, pixels in enumerate(pan(4, width=30, height=20)):
        write_dpx(source / f"s.{number:07d}.dpx", pixels.astype(np.uint16) * 4)
    result = restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")
    was, now = ((folder / "s.0000001.dpx").read_bytes() for folder in (source, tmp_path / "out"))
    assert (was[:2048], was[-4:]) == (now[:2048], now[-4:])
    assert was[2048:2052] != now[2048:2052]
    assert was[2052:] == now[2052:]
    assert (result.record["timecode"], result.record["frame_rate"], result.record["bit_depth"]) == (
        "01:02:03:04",
        "18",
        10,
    )
    assert any("printing densities" in note for note in result.record["notes"])


@pytest.mark.parametrize("form", ["gray", "rgb24", "rgba", "gbrp10le", "gbrp10be", "rgb48be", "rgb48le", "gray16be"])
def test_dpx_samples_are_those_ffmpeg_reads(form: str) -> None:
    av = pytest.importorskip("av")
    context = av.CodecContext.create("dpx", "w")
    context.width, context.height, context.pix_fmt, context.framerate = 33, 18, form, 24
    context.time_base = Fraction(1, 24)
    frame = av.VideoFrame(33, 18, form)
    rng = np.random.default_rng(0)
    for plane in frame.planes:
        kind = {"gbrp10le": "<u2", "gbrp10be": ">u2"}.get(form, "u1")
        top = 1023 if "10" in form else 255
        plane.update(rng.integers(0, top, plane.buffer_size // np.dtype(kind).itemsize).astype(kind).tobytes())
    content = b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
    read = read_dpx(content)
    native = (
        frame.reformat(format="gray16le" if form == "gray16be" else "rgb48le", threads=1)
        if "16" in form or "48" in form
        else frame
    )
    if "48" in form or form == "rgb24":
        expected = native.to_ndarray()
        assert np.array_equal(np.stack(read.planes, axis=2), expected)
    elif form.startswith("gbrp10"):
        little = frame.reformat(format="gbrp10le", threads=1)
        rows = [np.frombuffer(little.planes[index], "<u2").reshape(18, -1)[:, :33] for index in (2, 0, 1)]
        assert np.array_equal(np.stack(read.planes), np.stack(rows))
    else:
        assert np.array_equal(read.planes[0], native.to_ndarray().reshape(18, 33, -1)[..., 0])


def test_a_folder_with_other_files_is_not_written_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_frames(tmp_path / "a", [1, 2])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(FilmArgumentError, match=r"letter.txt"):
        restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")


def test_transparent_frames_keep_their_alpha(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a"
    source.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 255, (16, 16, 4), dtype=np.uint8)
        Image.fromarray(pixels).save(source / f"{number}.png", dpi=(300, 300))
    restored(source, tmp_path / "out", monkeypatch, tmp_path / "work")
    was, now = (np.asarray(Image.open(folder / "1.png")) for folder in (source, tmp_path / "out"))
    assert np.array_equal(was[..., 3], now[..., 3])
    assert Image.open(tmp_path / "out" / "1.png").info["dpi"] == pytest.approx((300, 300), abs=0.1)
