"""Write a catalog's photographs for IIIF viewers: manifests, and tiles that any web server can give out.

``<out>/collection.json``, ``<out>/<id[:2]>/<id>/manifest.json``, beside it ``provenance.json`` and a folder of tiles
for each picture. A folder of tiles is named after what it shows, so another picture never hides behind a known address;
what is there already is not made again, and nothing is ever removed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from catalogs.reviews import Result, current_results
from catalogs.schema import DamageRow, TreatmentRow
from oldphoto_core.errors import ScanError
from tasks.exports.catalogued import Exported, Rows, open_output
from tasks.exports.files import WrongBytesError, write_if_changed
from tasks.exports.iiif_facts import ALTERED
from tasks.exports.iiif_manifest import Json, check_address, check_rights, collection
from tasks.exports.iiif_photograph import Laid, NothingToShowError, Presenter, Subject, as_json
from tasks.exports.masters import Masters
from tasks.exports.premis import Watch
from tasks.masters import store_reason
from tasks.night import MemoryGate
from tasks.settings import NightSettings
from tasks.single import Refused
from tasks.storage import StoreError, TransientStoreError

AT_ONCE = 500
"""Photographs whose row objects are in memory together."""

BYTES_PER_PIXEL = 16
"""Memory that a pixel takes while a 16-bit scan becomes tiles (measured with 100 megapixels)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IiifRequest:
    """What is to be shown, and where."""

    uri: str
    """The output of nightly runs."""

    folder: Path
    """Where the files go."""

    base: str
    """The address at which that folder will be found on the web."""

    label: str = "Photographs"
    """Name of the collection."""

    rights: str | None = None
    """Address of the licence or rights statement of all of them, where known."""

    with_masters: bool = True
    """Whether masters are shown; they are fetched from their sources."""

    settings: NightSettings
    """Limits within which scans are read; how many photographs at once, in how much memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IiifExport:
    """What an export came to."""

    collection: str
    """Address of the collection."""

    written: tuple[str, ...]
    """asset_ids of the photographs of which anything was written."""

    unchanged: int
    """Photographs that were there already, as they should be."""

    without_pictures: int
    """Photographs of the catalog that are copies of others or set aside, and so have no manifest."""

    set_aside: tuple[Refused, ...]
    """Photographs that could not be shown, and why; they are not in the collection."""


def export_iiif(request: IiifRequest, watch: Watch) -> IiifExport:
    """Write collection, manifests and tiles.

    Raises:
        ExportArgumentsError: The address or the rights cannot stand in a manifest, or the folder is among masters.
        CatalogError: There is no catalog.
        TransientStoreError: A store does not answer; what is written stays, and the next export goes on from there.
        OSError: A file cannot be written.
    """
    base = check_address(request.base)
    rights = check_rights(request.rights) if request.rights else None
    exported = open_output(request.uri, request.folder)
    presenter = Presenter(
        store=exported.store,
        masters=Masters() if request.with_masters else None,
        folder=request.folder,
        base=base,
        rights=rights,
        settings=request.settings,
    )
    entries: list[Json] = []
    written: list[str] = []
    refused: list[Refused] = []
    for laid in _each(exported, presenter, watch):
        if isinstance(laid, Refused):
            refused.append(laid)
        else:
            entries.append(laid.entry)
            written += [laid.asset_id] if laid.is_new else []
    whole = collection(base, request.label, entries, ALTERED.format(label="a result", learned=""))
    write_if_changed(request.folder / "collection.json", as_json(whole))
    return IiifExport(
        collection=str(whole["id"]),
        written=tuple(written),
        unchanged=len(entries) - len(written),
        without_pictures=sum(not row.has_derivatives for row in exported.catalog.current_assets),
        set_aside=tuple(refused),
    )


def _each(exported: Exported, presenter: Presenter, watch: Watch) -> Iterator[Laid | Refused]:
    """Yield what became of each photograph, in order of key; several are at work at once, within the memory granted."""
    results = list(current_results(exported.catalog).values())
    gate = MemoryGate(presenter.settings.memory_bytes)

    def attempt(subject: Subject) -> Laid | Refused:
        row = subject.result.asset
        try:
            with gate.room_for((row.width_px or 0) * (row.height_px or 0) * BYTES_PER_PIXEL):
                return presenter.lay(subject)
        except TransientStoreError:
            raise
        except (NothingToShowError, ScanError, StoreError, WrongBytesError) as error:
            return Refused(row.key, _reason(error), str(error))

    workers = ThreadPoolExecutor(presenter.settings.workers, thread_name_prefix="iiif")
    with watch("IIIF", len(results)) as done, workers as pool:
        for batch in _subjects(exported, results):
            for laid in pool.map(attempt, batch):
                yield laid
                done(1)


def _reason(error: Exception) -> str:
    """Return the short code for a photograph that could not be shown."""
    if isinstance(error, StoreError):
        return store_reason(error)
    if isinstance(error, ScanError):
        return error.problem
    return "nothing-to-show" if isinstance(error, NothingToShowError) else "changed"


def _subjects(exported: Exported, results: list[Result]) -> Iterator[list[Subject]]:
    """Yield the photographs with their rows, a batch at a time."""
    treatments = Rows(exported.catalog, "treatments", TreatmentRow)
    damage = Rows(exported.catalog, "damage", DamageRow)
    for start in range(0, len(results), AT_ONCE):
        batch = results[start : start + AT_ONCE]
        names = [one.asset_id for one in batch]
        done, judged = treatments.of(names), damage.of(names)
        yield [Subject(one, tuple(done[one.asset_id]), next(iter(judged[one.asset_id][-1:]), None)) for one in batch]
