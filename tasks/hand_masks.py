"""Masks of damage: drawn by a person in place of the one found, or written for a person to look at and correct."""

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from oldphoto_core.damage import DamageReport, Finding
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.image import Mask, luma
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.pictures import write_mask_png
from oldphoto_core.scan.read import read_scan

_DAMAGED_FROM = 0.5
_DRAWN = Finding(probability=1.0, severity=0.5)


class MaskError(OldPhotoError, ValueError):
    """A mask drawn by hand cannot be used."""


@dataclass(frozen=True, slots=True)
class HandMasks:
    """Masks that a person drew: white, or lighter than middle grey, is damage."""

    place: Path
    """One picture for one photograph, or a folder with pictures of the photographs' names, whatever their suffix."""

    limits: ScanLimits
    """What is too large to be read."""

    def mask_of(self, name: str, page: int | None, size: tuple[int, int]) -> Mask | None:
        """Return the mask of a photograph; None if the folder has none for it.

        Args:
            name: The photograph's name below the folder that was given.
            page: Its page from 1; None if the file has one.
            size: Its height and width.

        Raises:
            MaskError: Two pictures could be meant, or the mask has another size.
            ScanError: The mask cannot be read.
        """
        path = self._path_of(name, page)
        if path is None:
            return None
        mask = np.asarray(luma(to_photo(read_scan(path, limits=self.limits))) >= _DAMAGED_FROM)
        if mask.shape != size:
            raise MaskError(
                f"the mask {path} has {mask.shape[1]}x{mask.shape[0]} pixels, expected the photograph's "
                f"{size[1]}x{size[0]}"
            )
        return mask

    def _path_of(self, name: str, page: int | None) -> Path | None:
        if not self.place.is_dir():
            return self.place
        wanted = _named(PurePosixPath(name), page)
        folder = self.place / wanted.parent
        if not folder.resolve().is_relative_to(self.place.resolve()) or not folder.is_dir():
            return None
        found = sorted(path for path in folder.iterdir() if path.stem == wanted.stem and path.is_file())
        if len(found) > 1:
            raise MaskError(f"{len(found)} pictures could be the mask of {name}: {', '.join(map(str, found))}")
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class MaskKeeper:
    """Where masks are written that photographs were restored with."""

    place: Path
    """A file for one photograph, else a folder."""

    is_folder: bool
    """Which of the two."""

    def path_of(self, name: str, page: int | None) -> Path:
        """Return where the mask of a photograph goes."""
        if self.is_folder:
            return self.place / _named(PurePosixPath(name), page)
        return self.place if page is None else self.place.with_stem(f"{self.place.stem}-p{page}")

    def keep(self, name: str, page: int | None, mask: Mask) -> None:
        """Write the mask of a photograph as a PNG of one bit a pixel, white is damage."""
        path = self.path_of(name, page)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_mask_png(mask, path)


def _named(name: PurePosixPath, page: int | None) -> PurePosixPath:
    """Return the name of a mask.

    Examples:
        >>> str(_named(PurePosixPath("box/1.tif"), None)), str(_named(PurePosixPath("album.tif"), 2))
        ('box/1.png', 'album-p2.png')
    """
    return name.with_name(f"{name.stem}.png" if page is None else f"{name.stem}-p{page}.png")


def with_drawn_mask(report: DamageReport, mask: Mask) -> DamageReport:
    """Return the report as it is when a person has drawn where the damage lies: it is there, and it is to be filled."""
    findings = {**report.findings, "scratch": _DRAWN} if bool(mask.any()) else report.findings
    return replace(report, findings=findings, mask_share=float(mask.mean()))


def as_drawn(settings: RestoreSettings) -> RestoreSettings:
    """Return the settings under which a person's mask is taken as it is: none is too large, nothing is added."""
    return replace(settings, largest_mask_share=1.0, latent=replace(settings.latent, find_scratches=False))
