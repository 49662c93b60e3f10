"""Whether the files of a catalog are those that were committed, in the form that was declared."""

import hashlib
import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.audit_report import Finding
from catalogs.manifest import CatalogFile, Manifest
from catalogs.read import Catalog, open_catalog
from catalogs.schema import SCHEMA_VERSION, SCHEMAS
from catalogs.store import CatalogStore
from catalogs.write import table_path

CHAIN_QUESTION = "Is the chain of manifests unbroken?"
FILES_QUESTION = "Does every catalog file have its digest, rows and schema?"


def chain(store: CatalogStore, opened: list[Catalog], noted_sha256: str | None = None) -> Finding:
    """Read the chain of manifests, append the catalog to ``opened``, and hold it against a digest noted elsewhere.

    Every manifest but the newest is vouched for by the one after it; the newest only by a digest kept outside.

    Raises:
        BrokenChainError: The chain has a gap or was altered.
    """
    catalog = open_catalog(store)
    opened.append(catalog)
    if not catalog.manifests:
        return Finding(0, ["there is no catalog here: no manifest below catalogs/_manifests/"])
    head = f"{catalog.head_run_id}, manifest {catalog.head_sha256}"
    if noted_sha256 is None:
        advice = "keep that digest outside the archive and give it with --head"
        return Finding(len(catalog.manifests), [], [f"nothing vouches for the newest run ({head}): {advice}"])
    digests = [manifest.parent_sha256 for manifest in catalog.manifests[1:]] + [catalog.head_sha256]
    if noted_sha256 not in digests:
        problem = f"no manifest has the digest {noted_sha256} that was noted; the newest is {head}"
        return Finding(len(catalog.manifests), [problem])
    later = [manifest.run_id for manifest in catalog.manifests[digests.index(noted_sha256) + 1 :]]
    left_out = [f"nothing vouches for the newest run ({head}): the digest given is that of an earlier one"]
    return Finding(len(catalog.manifests), [], left_out if later else [])


def files(catalog: Catalog) -> Finding:
    """Find catalog files that are gone, altered, strangers, or not of the form their manifest and footer declare."""
    problems: list[str] = []
    not_checked: list[str] = []
    named = {file.path for manifest in catalog.manifests for file in manifest.files}
    for manifest in catalog.manifests:
        for file in manifest.files:
            expected = table_path(file.table, manifest.run_date, manifest.run_id)
            if file.path != expected:
                problems.append(f"{manifest.run_id} names {file.path}; its {file.table} belong in {expected}")
            problems += _file_problems(catalog.store, manifest, file, not_checked)
    present = {item.key for item in catalog.store.list("catalogs/") if item.key.endswith(".parquet")}
    problems += [f"{path} is named by no manifest" for path in sorted(present - named)]
    return Finding(len(named), problems, not_checked)


def _file_problems(store: CatalogStore, manifest: Manifest, file: CatalogFile, not_checked: list[str]) -> Iterator[str]:
    try:
        content = store.read(file.path)
    except FileNotFoundError:
        yield f"{file.path} is gone"
        return
    if hashlib.sha256(content).hexdigest() != file.sha256:
        yield f"{file.path} does not have the digest its manifest names"
        return
    if file.table not in SCHEMAS:
        yield f"{file.path} belongs to an unknown table {file.table}"
        return
    try:
        found = pq.ParquetFile(io.BytesIO(content))
    except pa.ArrowException as error:
        yield f"{file.path} is not readable as Parquet: {error}"
        return
    if found.metadata.num_rows != file.rows:
        yield f"{file.path} has {found.metadata.num_rows} rows, its manifest says {file.rows}"
    if len(content) != file.bytes:
        yield f"{file.path} has {len(content)} bytes, its manifest says {file.bytes}"
    yield from _footer_problems(file.path, found.schema_arrow, manifest)
    yield from _strangers(file.path, found, manifest.run_id)
    yield from _schema_problems(file, found.schema_arrow, _version(manifest.schema_version), not_checked)


def _footer_problems(path: str, found: pa.Schema, manifest: Manifest) -> Iterator[str]:
    footer = {key.decode(): value.decode() for key, value in (found.metadata or {}).items()}
    for name in ("schema_version", "run_id", "config_hash"):
        expected = getattr(manifest, name)
        if footer.get(name) != expected:
            yield f"{path}: its footer says {name} {footer.get(name)}, its manifest says {expected}"


def _strangers(path: str, found: pq.ParquetFile, run_id: str) -> Iterator[str]:
    if "run_id" in found.schema_arrow.names:
        written = set(found.read(["run_id"])["run_id"].to_pylist())
        yield from (f"{path} of {run_id} holds rows of {other}" for other in sorted(written - {run_id}, key=str))


def _schema_problems(
    file: CatalogFile, found: pa.Schema, version: tuple[int, int], not_checked: list[str]
) -> Iterator[str]:
    declared, ours = SCHEMAS[file.table], _version(SCHEMA_VERSION)
    if version[0] != ours[0]:
        yield f"{file.path} has schemas of version {version[0]}.{version[1]}, this version reads {ours[0]}.x"
        return
    for column in found:
        if column.name not in declared.names:
            sentence = f"{file.path}: column {column.name} of type {column.type} is not in the schema"
            if version > ours:
                not_checked.append(f"{sentence} {SCHEMA_VERSION} of this version; use that which wrote it")
            else:
                yield sentence
        elif declared.field(column.name).type != column.type:
            yield f"{file.path}: column {column.name} of type {column.type} is not in the schema"
    for column in declared:
        if column.name not in found.names and (not column.nullable or version == ours):
            yield f"{file.path} lacks column {column.name}" + (", which may not be null" * (not column.nullable))


def _version(text: str) -> tuple[int, int]:
    """Return major and minor of a version; (0, 0) for what is none."""
    major, _, minor = str(text).partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)
