"""What goes into the bag of a run: its derivatives, its rows, its report and, if wanted, its masters."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogs.manifest import Manifest
from catalogs.schema import AssetRow
from tasks.exports.catalogued import Exported
from tasks.layout import report_path
from tasks.single import FORMAT_SUFFIXES


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a bag."""

    name: str
    """Where it goes, below ``data``."""

    sha256: str | None
    """The digest that the catalog, or a manifest of it, names; None for what is in no catalog, such as a report."""

    master: AssetRow | None = None
    """Of a master, where it was listed."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A derivative of the run that stands no longer, as the catalog itself says."""

    name: str
    """Its path below the output root."""

    sha256: str
    """Its digest."""

    by_run: str
    """The later run that put another file in its place, or withdrew it."""


def contents(exported: Exported, manifest: Manifest, *, with_masters: bool) -> tuple[list[Part], list[Superseded]]:
    """Return every file of the run's bag, and what the run made that is no longer there, both in order of name.

    Args:
        exported: The output.
        manifest: The run.
        with_masters: Whether the masters of the run's photographs go along.
    """
    made: dict[str, str] = {}
    later: dict[str, tuple[str | None, str]] = {}
    for run, path, sha256 in _files_made(exported):
        if run == manifest.run_id and sha256 is not None:
            made[path] = sha256
        elif run > manifest.run_id:
            later[path] = sha256, run
    gone = [
        Superseded(path, made[path], later[path][1]) for path in made if later.get(path, (made[path],))[0] != made[path]
    ]
    parts = {path: Part(path, sha256) for path, sha256 in made.items()}
    for one in gone:
        del parts[one.name]
    parts |= {file.path: Part(file.path, file.sha256) for file in manifest.files}
    parts[manifest.key] = Part(manifest.key, manifest_sha256(exported, manifest))
    parts |= {item.key: Part(item.key, None) for item in exported.store.list(report_path(manifest.run_id, ""))}
    if with_masters:
        parts |= {part.name: part for part in _masters(exported, manifest.run_id)}
    return [parts[name] for name in sorted(parts)], sorted(gone, key=lambda one: one.name)


def manifest_sha256(exported: Exported, manifest: Manifest) -> str:
    """Return the digest of a run's manifest as the next one names it; of the newest, as it was read."""
    children = exported.catalog.manifests
    named = (child.parent_sha256 for child in children if child.parent_run_id == manifest.run_id)
    return next(named, None) or exported.catalog.head_sha256 or ""


def _files_made(exported: Exported) -> Iterator[tuple[str, str, str | None]]:
    """Yield run, path and digest of every file ever made, oldest run first; no digest means that it was withdrawn.

    Row objects would take a hundred times the room.
    """
    table = exported.catalog.table("treatments", ("run_id", "output_path", "output_sha256"))
    for batch in table.to_batches():
        for row in batch.to_pylist():
            if row["output_path"]:
                yield row["run_id"], row["output_path"], row["output_sha256"]


def _masters(exported: Exported, run_id: str) -> Iterator[Part]:
    """Yield the master of each photograph of the run once, under its digest: keys may be no file names."""
    for row in exported.catalog.assets:
        if row.run_id == run_id and row.sha256 is not None:
            name = f"masters/{row.sha256[:2]}/{row.sha256}{FORMAT_SUFFIXES.get(row.format or '', '.bin')}"
            yield Part(name, row.sha256, row)
