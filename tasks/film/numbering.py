"""The frames of a folder in the order of their numbers; what is missing is told, and nothing is renumbered."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tasks.film.errors import ReelError

SUFFIXES = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".jp2", ".webp", ".dpx"})
_NUMBERED = re.compile(r"(.*?)(\d+)")


@dataclass(frozen=True, slots=True)
class NumberedFile:
    """One frame of a folder."""

    path: Path
    """The file."""

    number: int
    """The number at the end of its name."""


@dataclass(frozen=True, slots=True)
class NumberedFiles:
    """The frames of a folder."""

    files: tuple[NumberedFile, ...]
    """In order of their numbers."""

    step: int
    """How far apart the numbers of two frames are that follow each other."""

    missing: tuple[tuple[int, int], ...]
    """Numbers that should be there and are not: the first and the last of each gap."""

    others: tuple[str, ...]
    """Names of files that are no frames."""


def numbered_files(folder: Path) -> NumberedFiles:
    """Return the frames of a folder.

    Raises:
        ReelError: There is none; a name has no number at its end; two have the same; names belong to two series.
    """
    here = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    frames = [path for path in here if path.suffix.lower() in SUFFIXES]
    if not frames:
        wanted = ", ".join(sorted(SUFFIXES))
        raise ReelError("no-frames", f"{folder.name} holds no frame: expected files such as 0001.png ({wanted})")
    files = _in_order(frames)
    numbers = [file.number for file in files]
    gaps = Counter(after - before for before, after in pairwise(numbers))
    step = min(gaps, key=lambda gap: (-gaps[gap], gap)) if gaps else 1
    if any((number - numbers[0]) % step for number in numbers):
        step = 1
    missing = tuple((before + step, after - step) for before, after in pairwise(numbers) if after - before > step)
    others = tuple(path.name for path in here if path not in set(frames))
    return NumberedFiles(tuple(files), step, missing, others)


def _in_order(frames: list[Path]) -> list[NumberedFile]:
    first_of: dict[int, Path] = {}
    series: dict[tuple[str, str], Path] = {}
    for path in frames:
        found = _NUMBERED.fullmatch(path.stem)
        if found is None:
            raise ReelError("unsupported-format", f"{path.name} has no number at the end of its name, as frames must")
        series.setdefault((found[1], path.suffix.lower()), path)
        if len(series) > 1:
            names = " and ".join(one.name for one in series.values())
            raise ReelError(
                "unsupported-format", f"{names} belong to two series; put each reel into a folder of its own"
            )
        number = int(found[2])
        if number in first_of:
            raise ReelError("unsupported-format", f"{first_of[number].name} and {path.name} have the same number")
        first_of[number] = path
    return [NumberedFile(first_of[number], number) for number in sorted(first_of)]
