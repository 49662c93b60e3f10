"""Write one PREMIS 3 document for each photograph of a catalog."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tasks.exports.catalogued import open_output, records
from tasks.exports.files import write_if_changed
from tasks.exports.premis_document import premis_xml

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Given what is done and how often, gives a function to call with how many more are done."""


@dataclass(frozen=True, slots=True)
class PremisExport:
    """What an export came to."""

    folder: Path
    """Where the documents are."""

    written: tuple[str, ...]
    """Names of the photographs whose document is new or has changed."""

    unchanged: int
    """Documents that were there already, as they should be."""


def export_premis(
    uri: str, folder: Path, watch: Watch, *, names: Sequence[str] = (), run: str | None = None
) -> PremisExport:
    """Write a PREMIS document for each photograph, with all that ever happened to it.

    Objects that could not be read have one, too: nothing that was listed is left out.

    Args:
        uri: The output of nightly runs.
        folder: Where ``<name[:2]>/<name>.xml`` go; others that are there stay.
        watch: Shows progress.
        names: asset_ids; all if empty.
        run: Only photographs that this run speaks of.

    Raises:
        CatalogError: There is no catalog, no such run, or no such photograph.
        ExportArgumentsError: The folder is among masters or results.
        ExportPackagesError: metsrw is not installed.
        StoreError: The address does not answer.
        OSError: A document cannot be written.
    """
    exported = open_output(uri, folder)
    chosen = exported.chosen(names, run)
    written: list[str] = []
    with watch("PREMIS", len(chosen)) as done:
        for record in records(exported, chosen):
            name = record.item.name
            if write_if_changed(folder / name[:2] / f"{name}.xml", premis_xml(record)):
                written.append(name)
            done(1)
    return PremisExport(folder, tuple(written), len(chosen) - len(written))
