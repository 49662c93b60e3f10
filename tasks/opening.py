"""Open a night: check the addresses, take the lease, clear what a crashed run left, hand out the run's id."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogs.read import Catalog, open_catalog
from catalogs.write import remove_leftovers
from tasks.engines import engine_of
from tasks.layout import set_path
from tasks.lease import writer_lease
from tasks.ledger import STAGING
from tasks.night import Night
from tasks.references.sets import find_set
from tasks.review.record import record_noted
from tasks.settings import NightSettings
from tasks.signing import check_signing
from tasks.storage import open_source, open_store, overlap
from tasks.style.engines import style_weights
from tasks.version import code_version


class OverlapError(ValueError):
    """Two addresses of a run lie inside one another; masters could be overwritten or results be read as masters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRequest:
    """What the operator asked for."""

    source: str
    """Where the masters lie: ``s3://bucket/prefix`` or a folder."""

    output: str
    """Where results go."""

    references: str | None = None
    """Where the reference photographs lie; None: nothing is modernized."""

    settings: NightSettings
    """All settings."""

    wait_s: float = 0.0
    """How long to wait for another run on the same output, in seconds."""


def check_request(request: NightRequest) -> None:
    """Refuse a request before anything is read or written.

    Raises:
        OverlapError: Source, references and output are not apart.
        ModelError: The weights of the engine are not installed.
        SigningError: Results are to be signed, and the package, the certificate or the key is of no use.
    """
    for name, uri in (("source", request.source), ("references", request.references)):
        if uri is not None and overlap(uri, request.output) and not (name == "references" and is_set_of(uri, request)):
            raise OverlapError(
                f"{name} {uri} and output {request.output} lie inside one another. Masters are never written: give an "
                "output of its own."
            )
    engine_of(request.settings)
    if request.references is not None:
        style_weights(request.settings)
    check_signing(request.settings.signing)


def is_set_of(uri: str, request: NightRequest) -> bool:
    """Return whether an address is that of a curated set that lies in the output of the request."""
    built = find_set(uri)
    return built is not None and built.uri == open_source(f"{request.output}/{set_path(built.head.name)}").uri


@contextmanager
def open_night(request: NightRequest) -> Iterator[Night]:
    """Give the night for the length of the block, as the only writer of its catalog.

    Decisions that people have noted are recorded first, so that the night honours them.

    Raises:
        OverlapError: The addresses are not apart.
        CatalogBusyError: Another run holds the catalog.
        BrokenChainError: The catalog was damaged; nothing may be added to it.
        StoreError: An address does not answer.
    """
    check_request(request)
    source, output = open_source(request.source), open_store(request.output)
    with writer_lease(output, wait_s=request.wait_s):
        record_noted(output, request.settings)
        started_at = datetime.now(UTC)
        catalog = open_catalog(output)
        remove_leftovers(output, catalog.manifests)
        output.remove_unfinished(started_at)
        _remove_committed_staging(catalog)
        night = Night(
            run_id=catalog.next_run_id,
            started_at=started_at,
            source_uri=source.uri,
            output_uri=output.uri,
            references_uri=None if request.references is None else open_source(request.references).uri,
            settings=request.settings,
            code_version=code_version(),
        )
        night.workshop.sweep()
        yield night


def close_night(night: Night) -> None:
    """Remove the night's staged pieces and its local folder, and record what people decided meanwhile.

    Call it after the commit.
    """
    night.ledger.clear()
    night.workshop.close()
    record_noted(night.output, night.settings)


def _remove_committed_staging(catalog: Catalog) -> None:
    """Delete staged pieces of runs that did commit but died before tidying up."""
    committed = {manifest.run_id for manifest in catalog.manifests}
    for item in list(catalog.store.list(f"{STAGING}run-")):
        if item.key.split("/")[1] in committed:
            catalog.store.delete(item.key)
