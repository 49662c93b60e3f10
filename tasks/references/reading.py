"""One picture offered as a reference: fetched, judged, described, kept in little."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from catalogs.schema import ReferenceRow
from oldphoto_core.classical.references import describe_reference
from oldphoto_core.references.collection import Collection
from oldphoto_core.references.described import Describer
from oldphoto_core.references.errors import BadSetError
from oldphoto_core.references.gate import licence_verdict, quality_verdict
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import write_access_jpeg
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from tasks.border import outcome_of
from tasks.ingest import READING_BYTES_PER_PIXEL
from tasks.masters import store_reason
from tasks.night import MemoryGate, Night
from tasks.references.files import PICTURE_SIDE_PX
from tasks.settings import canonical_json
from tasks.storage import ObjectInfo, StoreError

_QUALITY = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How pictures are read."""

    settings_hash: str
    """Identity of the settings behind the rows."""

    licences: Mapping[str, str]
    """Licence of each key that ``LICENCES.csv`` names."""

    gate: MemoryGate
    """Lets pictures into memory."""

    describer: Describer | None = None
    """Makes the vectors; None: no vectors are wanted."""

    set_name: str | None = None
    """The curated set; None for a plain folder, where a picture needs no licence."""

    pictures: Path | None = None
    """Folder for small pictures, named by digest; None: none are wanted."""


def read_reference(night: Night, item: ObjectInfo, reading: Reading) -> ReferenceRow:
    """Return the row of one picture; its trouble becomes a reason in it.

    Args:
        night: Its source is where the pictures lie.
        item: The picture as listed.
        reading: How.

    Raises:
        StoreError: The store does not answer at all.
        OSError: The machine is at fault.
    """
    row = ReferenceRow(
        run_id=night.run_id,
        reference_id=None,
        source_uri=night.source_uri,
        key=item.key,
        etag=item.etag,
        size_bytes=item.size,
        accepted=False,
        reason=None,
        width_px=None,
        height_px=None,
        licence=reading.licences.get(item.key),
        style=None,
        settings_hash=reading.settings_hash,
        set_name=reading.set_name,
    )
    if reading.set_name is not None and licence_verdict(row.licence) is not None:
        return replace(row, reason=licence_verdict(row.licence))
    limits = night.settings.limits
    with TemporaryDirectory(dir=night.workshop.incoming()) as folder:
        path = Path(folder) / "reference"
        try:
            sha256 = night.source.fetch(item.key, path, max_bytes=limits.max_bytes, etag=item.etag).sha256
        except StoreError as error:
            return replace(row, reason=store_reason(error))
        try:
            facts = probe(path, limits=limits)
            with reading.gate.room_for(facts.width * facts.height * READING_BYTES_PER_PIXEL):
                return _judged(night, replace(row, reference_id=sha256), path, reading)
        except Exception as error:  # noqa: BLE001 - the border of the task: one reference's trouble becomes its record
            reason, _ = outcome_of(error, "references", work=night.workshop.root)
            return replace(row, reason=reason)


def _judged(night: Night, row: ReferenceRow, path: Path, reading: Reading) -> ReferenceRow:
    photo = to_photo(read_scan(path, limits=night.settings.limits))
    height, width = photo.shape[:2]
    row = replace(row, width_px=width, height_px=height, reason=quality_verdict(photo))
    if row.reason is not None:
        return row
    name = row.reference_id or ""
    style = describe_reference(photo, name, night.settings.modernize)
    row = replace(row, accepted=True, style=canonical_json(style.to_dict()))
    if reading.describer is not None:
        row = replace(
            row,
            describer=reading.describer.name,
            weights_sha256=reading.describer.weights_sha256,
            description=description_of(Collection.of({name: reading.describer.describe(photo)})),
        )
    if reading.pictures is not None:
        # Two files of the same bytes may be read at once: each writes a whole file of its own.
        part = reading.pictures / f"{name}-{hashlib.sha256(row.key.encode()).hexdigest()[:16]}"
        write_access_jpeg(photo, part, max_side_px=PICTURE_SIDE_PX, quality=_QUALITY)
        part.replace(reading.pictures / f"{name}.jpg")
    return row


def description_of(described: Collection) -> str:
    """Return what a row holds of a reference's vectors; the collection is of that one."""
    return base64.b64encode(described.to_bytes()).decode("ascii")


def joined_descriptions(rows: Sequence[ReferenceRow]) -> Collection:
    """Return the vectors that the rows of different references hold.

    Args:
        rows: At least one.

    Raises:
        BadSetError: A row holds none, or they cannot be read.
    """
    ones = sorted((_described_in(row) for row in rows), key=lambda one: one.ids)
    return Collection(
        ids=tuple(name for one in ones for name in one.ids),
        whole=np.concatenate([one.whole for one in ones]),
        counts=np.concatenate([one.counts for one in ones]),
        shares=np.concatenate([one.shares for one in ones]),
        regions=np.concatenate([one.regions for one in ones]),
        lab_mean=np.concatenate([one.lab_mean for one in ones]),
        lab_spread=np.concatenate([one.lab_spread for one in ones]),
    )


def _described_in(row: ReferenceRow) -> Collection:
    try:
        return Collection.from_bytes(base64.b64decode(row.description or "", validate=True))
    except ValueError as error:
        raise BadSetError(f"the description of reference {row.reference_id} cannot be read: {error}") from error
