"""The reference photographs of a night: a plain folder, fetched once and described, or a curated set as built."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.read import open_catalog
from catalogs.schema import ReferenceRow
from oldphoto_core.classical.references import ReferenceStyle
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo
from oldphoto_core.references.choice import Choice
from oldphoto_core.references.retrieval import Shelf, choose
from oldphoto_core.references.similarity import LIKENESS, NOT_FITTED
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.pictures import proxy
from oldphoto_core.scan.read import read_scan
from tasks.masters import TRY_AGAIN
from tasks.night import MemoryGate, Night
from tasks.references.choosing import choose_by_looks, retrieval_of
from tasks.references.describers import DEFAULT_DESCRIBER, describer_named
from tasks.references.files import PICTURE_SIDE_PX
from tasks.references.reading import Reading, joined_descriptions, read_reference
from tasks.references.rows import rows_of_set
from tasks.references.sets import PICTURES_KEPT, BuiltSet, find_set, open_set
from tasks.retries import is_transient
from tasks.settings import NightSettings, settings_hash
from tasks.storage import ObjectChangedError, ObjectInfo, ObjectMissingError, open_source

LICENCES_FILE = "LICENCES.csv"


@dataclass(frozen=True, kw_only=True)
class ReferenceSet:
    """What tonight's photographs may take their look from."""

    styles: tuple[ReferenceStyle, ...]
    """The accepted references, by digest, each once."""

    new_rows: tuple[ReferenceRow, ...]
    """Rows for references the catalog did not know."""

    rows: tuple[ReferenceRow, ...] = ()
    """The row of each accepted reference, by digest."""

    settings: StyleSettings = field(default_factory=StyleSettings)
    """How references are chosen."""

    limits: ScanLimits = field(default_factory=ScanLimits)
    """Limits for reading their files."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Digests of the accepted references."""
        return tuple(style.reference_id for style in self.styles)

    def choose(self, photo: Photo) -> Choice:
        """Return the references that serve a photograph and its regions, by vectors if the rows hold them.

        Raises:
            PhotoShapeError: The array is no photograph.
            DescriberError: They were described by something that is not here.
            BadSetError: A description cannot be read.
        """
        if self._shelf is None:
            return choose_by_looks(photo, self.styles, self.settings)
        one = self.rows[0]
        describer = describer_named(one.describer or "", weights_sha256=one.weights_sha256)
        return choose(describer.describe(photo), self._shelf, retrieval_of(self.settings))

    def picture(self, reference_id: str) -> Photo:
        """Return a reference as a picture, its longer side 512 pixels at most.

        Raises:
            KeyError: It is none of ``ids``.
            ObjectChangedError: Another file stands in its place.
            BadSetError: The set has another picture now.
            StoreError: It cannot be fetched.
            ScanError: It cannot be decoded.
        """
        row = next((row for row in self.rows if row.reference_id == reference_id), None)
        if row is None:
            raise KeyError(reference_id)
        if row.set_name is not None:
            return _opened(row.source_uri).picture(reference_id)
        return _reduced(row.source_uri, row.key, reference_id, self.limits)

    @cached_property
    def _shelf(self) -> Shelf | None:
        makers = {(row.describer, row.weights_sha256) for row in self.rows}
        if len(makers) != 1 or not all(row.description for row in self.rows):
            return None
        name = self.rows[0].describer or ""
        return Shelf.of(joined_descriptions(self.rows), LIKENESS.get(name, NOT_FITTED))


def references_of(
    rows: Iterable[ReferenceRow], settings: NightSettings, *, new_rows: Sequence[ReferenceRow] = ()
) -> ReferenceSet:
    """Return the references that catalog rows speak of, those refused left out.

    Args:
        rows: The newest row of each picture.
        settings: How references are chosen and read.
        new_rows: Those of them that the catalog does not have.
    """
    accepted = {row.reference_id: row for row in rows if row.accepted and row.style and row.reference_id}
    kept = tuple(accepted[name] for name in sorted(accepted))
    return ReferenceSet(
        styles=tuple(ReferenceStyle.from_dict(json.loads(row.style or "")) for row in kept),
        new_rows=tuple(new_rows),
        rows=kept,
        settings=settings.modernize,
        limits=settings.limits,
    )


def gather_references(night: Night) -> ReferenceSet:
    """Return the references at the night's address; those already described are not fetched again.

    Raises:
        StoreError: The address cannot be listed.
        BadSetError: There is a curated set that cannot be used with these settings.
    """
    if night.references_uri is None:
        return ReferenceSet(styles=(), new_rows=())
    wanted = settings_hash(night.settings.deciding()["modernize"])
    known = {
        (row.key, row.etag, row.size_bytes): row
        for row in open_catalog(night.output).rows("references")
        if isinstance(row, ReferenceRow)
        and (row.source_uri, row.settings_hash) == (night.references_uri, wanted)
        and row.reason not in TRY_AGAIN
    }
    built = find_set(night.references_uri, settings=night.settings.modernize)
    if built is not None:
        offered = rows_of_set(built, night, settings_hash=wanted)
        new_rows = [row for row in offered if (row.key, row.etag, row.size_bytes) not in known]
        return references_of(offered, night.settings, new_rows=new_rows)
    items = picture_items(night.references_uri)
    new = [item for item in items if (item.key, item.etag, item.size) not in known]
    learned = str(night.settings.modernize.engine) != "classical"
    reading = Reading(
        settings_hash=wanted,
        licences=licences_of(night.references_uri),
        gate=MemoryGate(night.settings.memory_bytes),
        describer=describer_named(DEFAULT_DESCRIBER) if learned else None,
    )
    read = partial(read_reference, replace(night, source_uri=night.references_uri), reading=reading)
    with ThreadPoolExecutor(night.settings.workers, thread_name_prefix="references") as pool:
        found = tuple(pool.map(read, new))
    rows = [*(known[key] for item in items if (key := (item.key, item.etag, item.size)) in known), *found]
    return references_of(rows, night.settings, new_rows=found)


@task(name="references", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def references(night: Night) -> ReferenceSet:
    """Gather the references under Prefect."""
    return gather_references(night)


def picture_items(uri: str) -> list[ObjectInfo]:
    """Return the files of a folder that are offered as references, by key; tables are not.

    Raises:
        StoreError: The folder cannot be listed.
    """
    items = sorted(open_source(uri).list(), key=lambda item: item.key)
    return [item for item in items if not item.key.endswith(".csv")]


def licences_of(uri: str) -> Mapping[str, str]:
    """Return the licence of each file that ``LICENCES.csv`` beside the references names."""
    try:
        text = open_source(uri).read(LICENCES_FILE).decode("utf-8-sig")
        table: Sequence[Mapping[str, str]] = list(csv.DictReader(io.StringIO(text)))
    except (ObjectMissingError, UnicodeDecodeError, csv.Error):
        return {}
    return {row["file"]: row["licence"] for row in table if row.get("file") and row.get("licence")}


@lru_cache(PICTURES_KEPT)
def _reduced(uri: str, key: str, reference_id: str, limits: ScanLimits) -> Photo:
    """Return a reference of a plain folder in little."""
    with TemporaryDirectory(prefix="oldphoto-") as folder:
        path = Path(folder) / "reference"
        if open_source(uri).fetch(key, path, max_bytes=limits.max_bytes).sha256 != reference_id:
            raise ObjectChangedError(uri, key, "is not the reference that was described; another file stands there")
        photo = proxy(read_scan(path, limits=limits), PICTURE_SIDE_PX)
    photo.flags.writeable = False
    return photo


@lru_cache(4)
def _opened(uri: str) -> BuiltSet:
    return open_set(uri)
