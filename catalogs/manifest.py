"""The commit of a run: one small JSON file that names every Parquet file of the run and the manifest before it.

Before the manifest exists the run does not; after it the run is whole. Runs are numbered without gaps, so two writers
that start from the same head want the same name, and the conditional put lets only one of them have it. Each manifest
holds the SHA-256 of its parent: editing or removing an earlier one shows.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

from catalogs.errors import BrokenChainError
from catalogs.store import CatalogStore

FORMAT = "oldphoto-manifest/1"
MANIFESTS = "catalogs/_manifests/"


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """One Parquet file of a run."""

    path: str
    """Key below the output root."""

    table: str
    """Name of the table."""

    rows: int
    """Number of rows."""

    bytes: int
    """Size in bytes."""

    sha256: str
    """SHA-256 of the file, lower-case hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that one run committed."""

    run_id: str
    """``run-000001`` and so on."""

    parent_run_id: str | None
    """The run before; None for the first."""

    parent_sha256: str | None
    """SHA-256 of the parent manifest's bytes; None for the first."""

    committed_at: str
    """Time of the commit, ISO 8601, UTC."""

    run_date: str
    """The partition of its files, YYYY-MM-DD."""

    code_version: str
    """Version of the program and digest of its sources."""

    config_hash: str
    """SHA-256 of the settings."""

    schema_version: str
    """Version of the tables' schemas."""

    files: tuple[CatalogFile, ...]
    """The run's files, ordered by path."""

    format: str = FORMAT
    """Version of this document's own form."""

    @property
    def key(self) -> str:
        """Where the manifest lies below the output root."""
        return f"{MANIFESTS}{self.run_id}.json"

    def to_bytes(self) -> bytes:
        """Return the document: JSON, keys sorted, two spaces, one final newline."""
        return (json.dumps(asdict(self), sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def run_number(run_id: str) -> int:
    """Return the number of a run.

    Raises:
        ValueError: The text is no run id.

    Examples:
        >>> run_number("run-000012")
        12
    """
    head, _, number = run_id.partition("-")
    if head != "run" or not number.isdigit():
        raise ValueError(f"expected a run id such as run-000012, found {run_id!r}")
    return int(number)


def run_name(number: int) -> str:
    """Return the id of the run with this number, from 1.

    Examples:
        >>> run_name(12)
        'run-000012'
    """
    return f"run-{number:06d}"


def parse_manifest(content: bytes, key: str = "a manifest") -> Manifest:
    """Return the manifest that the bytes hold.

    Args:
        content: The document.
        key: Where it lies, for messages.

    Raises:
        BrokenChainError: They are not a manifest of a form this version reads.
    """
    try:
        values = json.loads(content)
        files = tuple(CatalogFile(**file) for file in values.pop("files"))
        manifest = Manifest(files=files, **values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BrokenChainError(f"{key} cannot be read as a manifest: {error}") from error
    if manifest.format != FORMAT:
        raise BrokenChainError(f"{key}: expected a manifest of form {FORMAT}, found {manifest.format}")
    if not _has_types(manifest):
        raise BrokenChainError(f"{key} cannot be read as a manifest: a number stands for a text, or a text for one")
    return manifest


def _has_types(manifest: Manifest) -> bool:
    """Return whether the values that others rely on are of their types; JSON does not say."""
    texts = [manifest.run_id, manifest.run_date, manifest.committed_at]
    texts += [text for file in manifest.files for text in (file.path, file.table, file.sha256)]
    numbers = [number for file in manifest.files for number in (file.rows, file.bytes)]
    return all(isinstance(text, str) for text in texts) and all(isinstance(number, int) for number in numbers)


def read_chain(store: CatalogStore) -> tuple[tuple[Manifest, ...], str | None]:
    """Return every manifest from the first run to the newest, and the SHA-256 of the newest.

    Raises:
        BrokenChainError: One is missing, out of order, altered or unreadable.
    """
    keys = sorted(item.key for item in store.list(MANIFESTS) if item.key.endswith(".json"))
    chain: list[Manifest] = []
    parent: tuple[str | None, str | None] = (None, None)
    for number, key in enumerate(keys, start=1):
        content = store.read(key)
        manifest = parse_manifest(content, key)
        expected = run_name(number)
        if manifest.run_id != expected or manifest.key != key:
            raise BrokenChainError(f"expected {expected} next in the chain, found {manifest.run_id} in {key}")
        if (manifest.parent_run_id, manifest.parent_sha256) != parent:
            raise BrokenChainError(
                f"{key} names parent {manifest.parent_run_id} with SHA-256 {manifest.parent_sha256}, but before it "
                f"stands {parent[0]} with {parent[1]}: one of the two was altered"
            )
        parent = (manifest.run_id, hashlib.sha256(content).hexdigest())
        chain.append(manifest)
    return tuple(chain), parent[1]
