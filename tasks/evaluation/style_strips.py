"""Small pictures of an evaluation of modernizing: what was given, what each method made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from oldphoto_core.image import Photo
from oldphoto_core.scan.pictures import write_access_jpeg
from tasks.evaluation.data import CleanPicture
from tasks.evaluation.page import Strip

STRIPS = "style-strips"
SIDE_PX = 240
QUALITY = 85


@dataclass(frozen=True, slots=True)
class StripFolder:
    """Where the small pictures lie, a folder for each strip."""

    folder: Path
    """Holds a folder for each strip."""

    def has(self, strip: str, name: str) -> bool:
        """Return whether a small picture is there."""
        return self._path(strip, name).exists()

    def keep(self, strip: str, pictures: Mapping[str, Photo]) -> None:
        """Write small pictures of a strip, by name."""
        (self.folder / strip).mkdir(parents=True, exist_ok=True)
        for name, photo in pictures.items():
            write_access_jpeg(photo, self._path(strip, name), max_side_px=SIDE_PX, quality=QUALITY)

    def strip(self, strip: str, title: str, shown: Sequence[CleanPicture], names: Sequence[str]) -> Strip:
        """Return a strip of those of the named pictures that are there.

        Args:
            strip: Its folder.
            title: What it shows.
            shown: Whose pictures they are.
            names: The pictures, in order.
        """
        credit = "; ".join(f"{one.name} ({one.licence})" for one in dict.fromkeys(shown))
        there = [name for name in names if self.has(strip, name)]
        return Strip(title, credit, tuple((name, self._path(strip, name).read_bytes()) for name in there))

    def _path(self, strip: str, name: str) -> Path:
        return self.folder / strip / f"{name}.jpg"
