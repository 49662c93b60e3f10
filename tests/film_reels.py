"""Tiny reels made by the tests: video files of many kinds with and without sound, and folders of frames."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

Pixels = NDArray[np.uint8]


def av() -> Any:
    import av as library  # noqa: PLC0415 - an extra

    library.logging.set_level(None)
    return library


def pan(count: int, *, width: int = 96, height: int = 64, cut: int | None = None) -> Iterator[Pixels]:
    """A camera moving over a photograph, from a cut on over another."""
    first, second = (
        cv2.resize(picture, (240, 240), interpolation=cv2.INTER_AREA) for picture in (data.astronaut(), data.coffee())
    )
    for number in range(count):
        picture = second if cut is not None and number >= cut else first
        x, y = 20 + number, 60 + number // 2
        yield np.ascontiguousarray(picture[y : y + height, x : x + width])


def write_reel(
    path: Path,
    *,
    count: int = 24,
    codec: str = "libx264",
    form: str = "yuv420p",
    rate: int = 18,
    ticks: list[int] | None = None,
    sound: str | None = None,
    timecode: str | None = None,
    aspect: Fraction | None = None,
    cut: int | None = None,
    size: tuple[int, int] = (96, 64),
    options: dict[str, str] | None = None,
) -> Path:
    """Write a reel; ``ticks`` are the times of its frames in 18000ths of a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av().open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], form
        base = Fraction(1, 18000) if path.suffix in {".mov", ".mp4", ".mkv"} else Fraction(1, rate)
        stream.time_base = stream.codec_context.time_base = base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if timecode is not None:
            stream.metadata["timecode"] = timecode
        stream.metadata["language"] = "deu"
        container.metadata["title"] = "Reel ä"
        tone = container.add_stream(sound, rate=48000, layout="mono") if sound else None
        if tone is not None:
            tone.metadata["language"] = "fra"
        for number, pixels in enumerate(pan(count, width=size[0], height=size[1], cut=cut)):
            frame = av().VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=form, threads=1)
            frame.pts = ticks[number] if ticks else round(number / (rate * base))
            frame.time_base = base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if tone is not None:
            _write_tone(container, tone, count / rate)
    return path


def _write_tone(container: Any, stream: Any, seconds: float) -> None:
    time = np.arange(int(48000 * seconds)) / 48000
    wave = (np.sin(2 * np.pi * 440 * time) * 8000).astype(np.int16)[None]
    for start in range(0, wave.shape[1], 1024):
        frame = av().AudioFrame.from_ndarray(np.ascontiguousarray(wave[:, start : start + 1024]), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def break_packet(path: Path, number: int) -> None:
    """Flip the bytes of one video packet in place."""
    with av().open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        place, size = packets[number].pos, packets[number].size
    content = bytearray(path.read_bytes())
    for index in range(place + 2, place + size):
        content[index] ^= 0xFF
    path.write_bytes(content)


def times(path: Path) -> list[Fraction]:
    """The time of every frame of a file, in seconds."""
    with av().open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(container.streams.video[0])]


def sound_packets(path: Path) -> list[bytes]:
    """The bytes of every packet of the first sound stream."""
    with av().open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def decoded_bytes(path: Path, form: str) -> list[bytes]:
    """The samples of every frame of a file, plane after plane, without padding."""
    with av().open(str(path)) as container:
        return [_samples(frame, form) for frame in container.decode(container.streams.video[0])]


def _samples(frame: Any, form: str) -> bytes:
    frame = frame if frame.format.name == form else frame.reformat(format=form, threads=1)
    wide = 4 if form == "bgr0" else 2 if frame.format.components[0].bits > 8 else 1
    planes = [np.frombuffer(plane, "u1").reshape(plane.height, plane.line_size) for plane in frame.planes]
    return b"".join(rows[:, : wide * plane.width].tobytes() for rows, plane in zip(planes, frame.planes, strict=True))


def write_frames(folder: Path, numbers: list[int], suffix: str = ".png", *, name: str = "scan_{:05d}") -> Path:
    """Write a folder of numbered frames of a pan, one for each number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, pixels in zip(numbers, pan(len(numbers)), strict=True):
        cv2.imwrite(str(folder / (name.format(number) + suffix)), pixels[..., ::-1])
    return folder
