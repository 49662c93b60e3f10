"""Reels in video files: every frame, at its time, whatever the codec; and what a broken file costs."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from film_reels import av, break_packet, decoded_bytes, times, write_reel

from tasks.film.errors import ReelError
from tasks.film.facts import Stamp, Timeline
from tasks.film.reading import VideoReel
from tasks.film.times import merged, steady_rate

KINDS = {
    "h264.mp4": {},
    "h264-10.mov": {"form": "yuv420p10le"},
    "prores.mov": {"codec": "prores_ks", "form": "yuv422p10le"},
    "ffv1.mkv": {"codec": "ffv1", "form": "yuv444p16le"},
    "grey.mkv": {"codec": "ffv1", "form": "gray16le"},
    "rgb.mkv": {"codec": "ffv1", "form": "bgr0"},
    "mjpeg.avi": {"codec": "mjpeg", "form": "yuvj420p"},
    "raw.mov": {"codec": "rawvideo", "form": "uyvy422"},
}


def surveyed(path: Path) -> tuple[VideoReel, Timeline]:
    reel, told = VideoReel(path), list[Timeline]()
    for _ in reel.survey(told.append):
        pass
    return reel, told[0]


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_of_every_codec_is_read_at_its_time(name: str, tmp_path: Path) -> None:
    path = write_reel(tmp_path / name, count=12, **KINDS[name])  # type: ignore[arg-type]
    reel, timeline = surveyed(path)
    assert [stamp.pts * reel.facts.time_base for stamp in timeline.stamps] == times(path)
    assert timeline.rate == 18
    assert timeline.repairs == {}
    frames = list(reel.frames(timeline))
    assert len(frames) == 12
    if reel.facts.pixel_format != "gbrp":
        expected = decoded_bytes(
            path, reel.facts.pixel_format if "yuvj" not in KINDS[name].get("form", "") else "yuvj420p"
        )
        assert [b"".join(plane.tobytes() for plane in frame) for frame in frames] == expected


def test_variable_times_are_kept_to_the_tick(tmp_path: Path) -> None:
    ticks = [0, 1000, 2700, 3700, 5000, 5500, 9000, 9700]
    path = write_reel(tmp_path / "vfr.mp4", count=8, ticks=ticks)
    reel, timeline = surveyed(path)
    assert timeline.rate is None
    assert [stamp.pts * reel.facts.time_base for stamp in timeline.stamps] == [Fraction(tick, 18000) for tick in ticks]


def test_facts_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_reel(
        tmp_path / "a.mov", form="yuv420p10le", sound="aac", timecode="01:02:03:04", aspect=Fraction(4, 3), count=6
    )
    facts = VideoReel(path).facts
    assert (facts.width, facts.height, facts.layout.bits, facts.codec) == (96, 64, 10, "h264")
    assert facts.timecode == "01:02:03:04"
    assert facts.aspect == Fraction(4, 3)
    assert facts.sound == ("aac 48000 Hz mono fra",)


@pytest.mark.parametrize("name", ["prores.mov", "mjpeg.avi", "h264.mp4"])
def test_a_broken_packet_costs_no_other_frame(name: str, tmp_path: Path) -> None:
    options = {"options": {"g": "1"}} if name == "h264.mp4" else {}
    path = write_reel(tmp_path / name, count=12, **KINDS[name], **options)  # type: ignore[arg-type]
    sound, timeline = surveyed(path)
    whole = list(sound.frames(timeline))
    break_packet(path, 5)
    reel, timeline = surveyed(path)
    frames = list(reel.frames(timeline))
    assert len(frames) == 12
    assert timeline.repairs == {5: "repeated"}
    assert any("repeat a neighbour, 1 in all: 5" in note for note in timeline.notes)
    for number in range(12):
        expected = whole[4] if number == 5 else whole[number]
        assert all(np.array_equal(a, b) for a, b in zip(frames[number], expected, strict=True)), number


def test_a_broken_first_packet_shows_the_second_frame(tmp_path: Path) -> None:
    path = write_reel(tmp_path / "p.mov", count=6, **KINDS["prores.mov"])  # type: ignore[arg-type]
    break_packet(path, 0)
    reel, timeline = surveyed(path)
    frames = list(reel.frames(timeline))
    assert timeline.repairs == {0: "repeated"}
    assert np.array_equal(frames[0][0], frames[1][0])
    assert len(frames) == 6


def test_an_interlaced_reel_is_noted(tmp_path: Path) -> None:
    path = write_reel(
        tmp_path / "i.mpg", codec="mpeg2video", rate=25, count=6, options={"flags": "+ildct+ilme", "top": "1"}
    )
    facts = VideoReel(path).facts
    assert facts.interlaced
    assert any("two fields" in note for note in facts.notes)


def no_video(path: Path) -> None:
    with av().open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=48000, layout="mono")
        frame = av().AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), "s16", "mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def no_frames(path: Path) -> None:
    with av().open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()


@pytest.mark.parametrize(
    ("name", "write", "problem", "words"),
    [
        ("sound.mka", no_video, "no-video", "only audio"),
        ("none.mkv", no_frames, "no-frames", "nothing behind it"),
        ("empty.mov", lambda path: path.write_bytes(b""), "not-a-film", "an empty file"),
        ("text.mp4", lambda path: path.write_text("hello " * 99), "not-a-film", "594 bytes"),
    ],
)
def test_what_is_no_film_is_refused_with_the_reason(
    name: str, write: object, problem: str, words: str, tmp_path: Path
) -> None:
    write(tmp_path / name)  # type: ignore[operator]
    with pytest.raises(ReelError, match=words) as caught:
        VideoReel(tmp_path / name)
    assert caught.value.problem == problem


def stamps(*ticks: int) -> list[Stamp]:
    return [Stamp(pts=tick) for tick in ticks]


def test_packets_that_gave_no_frame_take_their_place() -> None:
    assert [(one.pts, one.repair) for one in merged(stamps(0, 20, 40), [0, 20, 10, 40])] == [
        (0, None),
        (10, "repeated"),
        (20, None),
        (40, None),
    ]
    assert merged(stamps(0, 20), []) == stamps(0, 20)
    fields = merged(stamps(0, 20), [0, 1, 2, 3, 20, 21, 22])
    assert fields == stamps(0, 20), "where most packets give no frame, packets are not frames"


@pytest.mark.parametrize(
    ("ticks", "nominal", "rate", "holes"),
    [
        ([0, 56, 111, 167, 222], Fraction(18), Fraction(18), 0),  # thousandths of a second, rounded
        ([0, 40, 80, 120], Fraction(99), Fraction(25), 0),  # the container is wrong about it
        ([0, 40, 90, 130, 135], Fraction(25), None, 0),
        ([*range(0, 800, 40), 880, 920], Fraction(25), Fraction(25), 1),
        ([7], Fraction(25), Fraction(25), 0),
    ],
)
def test_a_rate_is_told_from_times(ticks: list[int], nominal: Fraction, rate: Fraction | None, holes: int) -> None:
    found, notes = steady_rate(stamps(*ticks), Fraction(1, 1000), nominal)
    assert found == rate
    assert len(notes) == holes


def break_structure(path: Path, number: int) -> None:
    """Overwrite the header of a block of a Matroska file, so that its frame cannot be found any more."""
    with av().open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        place, size = packets[number].pos, packets[number].size
    content = bytearray(path.read_bytes())
    content[place + 2 : place + size] = bytes(byte ^ 0xFF for byte in content[place + 2 : place + size])
    path.write_bytes(content)


def test_frames_that_a_broken_matroska_lost_are_made_up_and_told(tmp_path: Path) -> None:
    path = write_reel(tmp_path / "f.mkv", codec="ffv1", form="yuv422p10le", count=24)
    reel, timeline = surveyed(path)
    whole = list(reel.frames(timeline))
    assert timeline.notes == ()
    break_structure(path, 10)
    reel, timeline = surveyed(path)
    frames = list(reel.frames(timeline))
    lost = set(timeline.repairs)
    assert len(frames) == 24
    assert 10 in lost
    assert lost < set(range(9, 14))
    assert times(path) == [
        stamp.pts * reel.facts.time_base for number, stamp in enumerate(timeline.stamps) if number not in lost
    ]
    for number in set(range(24)) - lost:
        assert all(np.array_equal(a, b) for a, b in zip(frames[number], whole[number], strict=True))


def test_a_reel_cut_off_says_so(tmp_path: Path) -> None:
    path = write_reel(tmp_path / "f.mkv", codec="ffv1", form="yuv422p10le", count=24)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _, timeline = surveyed(path)
    assert 8 < len(timeline) < 16
    assert any("cut off or damaged" in note for note in timeline.notes)
