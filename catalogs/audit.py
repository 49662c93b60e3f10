"""Prove a catalog against itself and against the files it speaks of.

Each check answers one question an auditor asks, says how many things it looked at, and lists what does not hold.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.audit_rows import ROW_CHECKS, Evidence, Finding, gather
from catalogs.errors import CatalogError
from catalogs.manifest import CatalogFile
from catalogs.read import Catalog, open_catalog
from catalogs.schema import SCHEMAS
from catalogs.store import CatalogStore
from catalogs.write import table_path


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    question: str
    """What was asked."""

    looked_at: int
    """How many things were looked at."""

    problems: tuple[str, ...]
    """What does not hold, a sentence each; empty if all is well."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Every check of one audit."""

    checks: tuple[Check, ...]
    """In the order they were made."""

    @property
    def problems(self) -> tuple[str, ...]:
        """All problems of all checks."""
        return tuple(problem for check in self.checks for problem in check.problems)

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def audit(
    store: CatalogStore, *, only_run: str | None = None, progress: Callable[[str], None] = lambda _: None
) -> AuditReport:
    """Return the outcome of every check; a broken chain or unreadable table ends the audit early and says so.

    Args:
        store: The output root of the catalog.
        only_run: Look at the derivatives of this run only: the price of a night is not that of the whole archive. The
            catalog itself is always checked whole. None looks at all.
        progress: Told the question before each check.
    """
    checks: list[Check] = []

    def ask(question: str, answer: Callable[[], Finding]) -> bool:
        progress(question)
        try:
            looked_at, problems = answer()
        except (CatalogError, OSError, ValueError) as error:
            looked_at, problems = 0, [f"the check could not be made: {error}"]
        checks.append(Check(question, looked_at, tuple(problems)))
        return not problems

    opened: list[Catalog] = []
    if not ask("Is the chain of manifests unbroken?", lambda: _chain(store, opened)):
        return AuditReport(tuple(checks))
    ask("Does every catalog file have its digest, rows and schema?", lambda: _files(opened[0]))
    gathered: list[Evidence] = []
    if ask("Can the rows be read?", lambda: _rows(opened[0], gathered, only_run)):
        for question, check in ROW_CHECKS:
            ask(question, partial(check, gathered[0]))
    return AuditReport(tuple(checks))


def _chain(store: CatalogStore, opened: list[Catalog]) -> Finding:
    opened.append(open_catalog(store))
    count = len(opened[0].manifests)
    return count, [] if count else ["there is no catalog here: no manifest below catalogs/_manifests/"]


def _files(catalog: Catalog) -> Finding:
    problems = []
    named = {file.path for manifest in catalog.manifests for file in manifest.files}
    for manifest in catalog.manifests:
        for file in manifest.files:
            expected = table_path(file.table, manifest.run_date, manifest.run_id)
            if file.path != expected:
                problems.append(f"{manifest.run_id} names {file.path}; its {file.table} belong in {expected}")
            problems += _file_problems(catalog.store, file)
    present = {item.key for item in catalog.store.list("catalogs/") if item.key.endswith(".parquet")}
    problems += [f"{path} is named by no manifest" for path in sorted(present - named)]
    return len(named), problems


def _file_problems(store: CatalogStore, file: CatalogFile) -> Iterator[str]:
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
    yield from _schema_problems(file.path, found.schema_arrow, SCHEMAS[file.table])


def _schema_problems(path: str, found: pa.Schema, declared: pa.Schema) -> Iterator[str]:
    for column in found:
        if column.name not in declared.names or declared.field(column.name).type != column.type:
            yield f"{path}: column {column.name} of type {column.type} is not in the schema"
    for column in declared:
        if not column.nullable and column.name not in found.names:
            yield f"{path} lacks column {column.name}, which may not be null"


def _rows(catalog: Catalog, gathered: list[Evidence], only_run: str | None) -> Finding:
    gathered.append(gather(catalog, only_run))
    return sum(file.rows for manifest in catalog.manifests for file in manifest.files), []
