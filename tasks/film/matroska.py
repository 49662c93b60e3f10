"""What a Matroska file tells of frames that can no longer be found in it.

A broken byte in the structure of the file makes the demuxer skip to the next sound place, without a word. But the bytes
it skipped are in no packet, and the file says how long each stream was.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from tasks.film.library import video_library

_LEAST_UNREAD = 256
"""Bytes between two packets that headers and indexes may take, at least."""

_DURATION = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def has_unread_bytes(path: Path) -> bool:
    """Return whether a stretch of a Matroska file as long as half a frame lies in no packet; false for other forms."""
    with video_library().open(str(path), metadata_errors="replace") as container:
        if "matroska" not in container.format.name:
            return False
        video = container.streams.video[0].index
        packets = list(_places(container))
    sizes = sorted(size for _, size, stream in packets if stream == video)
    if not sizes:
        return False
    least = max(_LEAST_UNREAD, sizes[len(sizes) // 2] // 2)
    places = sorted((start, size) for start, size, _ in packets)
    return any(after - (start + size) > least for (start, size), (after, _) in pairwise(places))


def promised_duration(path: Path) -> Fraction | None:
    """Return how long the frames should last by the tags of a Matroska file, in seconds; None if it does not say."""
    with video_library().open(str(path), metadata_errors="replace") as container:
        stream = container.streams.video[0]
        found = _DURATION.fullmatch(str(stream.metadata.get("DURATION", "")))
        begins = stream.start_time
        start = Fraction(0) if begins is None else begins * stream.time_base
    if found is None:
        return None
    hours, minutes, seconds = found.groups()
    return 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds) - start


def _places(container: Any) -> Iterator[tuple[int, int, int]]:  # noqa: ANN401 - a container
    """Yield position, size and stream of every packet; where the file breaks off, the bytes before tell enough."""
    with suppress(video_library().FFmpegError):
        for packet in container.demux():
            if packet.size and packet.pos is not None:
                yield packet.pos, packet.size, packet.stream.index
