"""The reference photographs of a night: fetched once, described, remembered in the catalog."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.read import open_catalog
from catalogs.schema import ReferenceRow
from oldphoto_core.classical.references import ReferenceStyle, describe_reference, reference_verdict
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from tasks.border import outcome_of
from tasks.ingest import READING_BYTES_PER_PIXEL
from tasks.masters import TRY_AGAIN, store_reason
from tasks.night import MemoryGate, Night
from tasks.retries import is_transient
from tasks.settings import canonical_json, settings_hash
from tasks.storage import ObjectInfo, ObjectMissingError, StoreError, open_source

LICENCES_FILE = "LICENCES.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSet:
    """What tonight's photographs may take their look from."""

    styles: tuple[ReferenceStyle, ...]
    """The accepted references, by digest, each once."""

    new_rows: tuple[ReferenceRow, ...]
    """Rows for references the catalog did not know."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Digests of the accepted references."""
        return tuple(style.reference_id for style in self.styles)


def gather_references(night: Night) -> ReferenceSet:
    """Return the references at the night's address; those already described are not fetched again.

    Raises:
        StoreError: The address cannot be listed.
    """
    if night.references_uri is None:
        return ReferenceSet(styles=(), new_rows=())
    catalog = open_catalog(night.output)
    wanted = settings_hash(night.settings.deciding()["modernize"])
    known = {
        (row.key, row.etag, row.size_bytes): row
        for row in catalog.rows("references")
        if isinstance(row, ReferenceRow)
        and (row.source_uri, row.settings_hash) == (night.references_uri, wanted)
        and row.reason not in TRY_AGAIN
    }
    store = open_source(night.references_uri)
    items = [item for item in sorted(store.list(), key=lambda item: item.key) if not item.key.endswith(".csv")]
    licences = _licences(night.references_uri)
    new = [item for item in items if (item.key, item.etag, item.size) not in known]
    from_references = replace(night, source_uri=night.references_uri)
    gate = MemoryGate(night.settings.memory_bytes)
    describe = partial(_described, from_references, licences=licences, settings_hash_=wanted, gate=gate)
    with ThreadPoolExecutor(night.settings.workers, thread_name_prefix="references") as pool:
        new_rows = tuple(pool.map(describe, new))
    rows = [*(known[key] for item in items if (key := (item.key, item.etag, item.size)) in known), *new_rows]
    styles = {row.reference_id or "": ReferenceStyle.from_dict(json.loads(row.style)) for row in rows if row.style}
    return ReferenceSet(styles=tuple(styles[reference_id] for reference_id in sorted(styles)), new_rows=new_rows)


@task(name="references", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def references(night: Night) -> ReferenceSet:
    """Gather the references under Prefect."""
    return gather_references(night)


def _described(
    night: Night, item: ObjectInfo, *, licences: Mapping[str, str], settings_hash_: str, gate: MemoryGate
) -> ReferenceRow:
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
        licence=licences.get(item.key),
        style=None,
        settings_hash=settings_hash_,
    )
    limits = night.settings.limits
    with TemporaryDirectory(dir=night.workshop.incoming()) as folder:
        path = Path(folder) / "reference"
        try:
            sha256 = night.source.fetch(item.key, path, max_bytes=limits.max_bytes, etag=item.etag).sha256
        except StoreError as error:
            return replace(row, reason=store_reason(error))
        try:
            facts = probe(path, limits=limits)
            with gate.room_for(facts.width * facts.height * READING_BYTES_PER_PIXEL):
                return _judged(night, replace(row, reference_id=sha256), path)
        except Exception as error:  # noqa: BLE001 - the border of the task: one reference's trouble becomes its record
            reason, _ = outcome_of(error, "references", work=night.workshop.root)
            return replace(row, reason=reason)


def _judged(night: Night, row: ReferenceRow, path: Path) -> ReferenceRow:
    photo = to_photo(read_scan(path, limits=night.settings.limits))
    height, width = photo.shape[:2]
    row = replace(row, width_px=width, height_px=height, reason=reference_verdict(photo))
    if row.reason is not None:
        return row
    style = describe_reference(photo, row.reference_id or "", night.settings.modernize)
    return replace(row, accepted=True, style=canonical_json(style.to_dict()))


def _licences(uri: str) -> Mapping[str, str]:
    """Return the licence of each file that ``LICENCES.csv`` beside the references names."""
    try:
        text = open_source(uri).read(LICENCES_FILE).decode("utf-8")
        table: Sequence[Mapping[str, str]] = list(csv.DictReader(io.StringIO(text)))
    except (ObjectMissingError, UnicodeDecodeError, csv.Error):
        return {}
    return {row["file"]: row["licence"] for row in table if row.get("file") and row.get("licence")}
