"""Each print once: among the pictures offered to a set, those that show what a better one shows are refused.

Compared are the small pictures, which are the same whenever a set is built. Of known references they lie in the set.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from catalogs.schema import ReferenceRow
from oldphoto_core.dedupe.digest import pixel_digest
from oldphoto_core.dedupe.fingerprint import fingerprint
from oldphoto_core.dedupe.records import Member
from oldphoto_core.image import Photo
from oldphoto_core.quality.blind import blind_quality
from oldphoto_core.references.gate import copies_refused
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.read import read_scan
from tasks.dedupe import Comparison, find_matches
from tasks.night import Night
from tasks.references.files import picture_name
from tasks.storage import open_source


def without_copies(night: Night, rows: Sequence[ReferenceRow], folder: Path, *, set_uri: str) -> list[ReferenceRow]:
    """Return the rows with those of copies refused; the others are as they were.

    Args:
        night: The run.
        rows: One for each picture.
        folder: Small pictures of those read now, by digest; gets those of known references.
        set_uri: Where the set lies.

    Raises:
        StoreError: The small picture of a known reference cannot be fetched.
    """
    rows = list(_each_file_once(rows))
    names = sorted({row.reference_id for row in rows if row.accepted and row.reference_id})
    if not any((folder / f"{name}.jpg").exists() for name in names):
        return rows  # nothing new, so nothing to compare
    for name in names:
        if not (folder / f"{name}.jpg").exists():
            open_source(set_uri).fetch(picture_name(name), folder / f"{name}.jpg")
    show = partial(_small, night, folder)
    sizes = {row.reference_id: (row.width_px or 0, row.height_px or 0) for row in rows}
    members = [_member(name, show(name), sizes[name]) for name in names]
    comparison = Comparison(show, night.settings.dedupe)
    matches = find_matches(members, [], comparison, night.settings.dedupe, workers=night.settings.workers)
    refused = copies_refused(members, matches, night.settings.dedupe)
    return [
        _refused(row, *refused[row.reference_id]) if row.accepted and row.reference_id in refused else row
        for row in rows
    ]


def _each_file_once(rows: Sequence[ReferenceRow]) -> Iterator[ReferenceRow]:
    """Yield the rows; of several files of the same bytes the first is accepted."""
    seen: set[str] = set()
    for row in rows:
        if row.accepted and row.reference_id in seen:
            yield _refused(row, "same-picture", row.reference_id)
        else:
            seen |= {row.reference_id} if row.accepted and row.reference_id else set()
            yield row


def _refused(row: ReferenceRow, reason: str, better: str) -> ReferenceRow:
    return replace(row, accepted=False, reason=reason, copy_of=better, style=None, description=None)


def _small(night: Night, folder: Path, name: str) -> Photo:
    return to_photo(read_scan(folder / f"{name}.jpg", limits=night.settings.own_limits))


def _member(name: str, small: Photo, size: tuple[int, int]) -> Member:
    return Member(
        id=name,
        sha256=name,
        pixel_digest=pixel_digest(small),
        fingerprint=fingerprint(small),
        width_px=size[0],
        height_px=size[1],
        bit_depth=0,
        sharpness=blind_quality(small).sharpness,
        known=False,
    )
