"""What the rows say about files, held against the files: digests, strays, and the provenance beside them."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from catalogs.audit_evidence import Derivative, Evidence
from catalogs.audit_report import Finding
from catalogs.columns import row_to_dict

READERS = 4
"""Files read side by side."""

IDENTITY = {
    "damage": ("asset_id",),
    "treatments": ("asset_id", "stage", "step", "position"),
    "style_regions": ("asset_id", "region"),
    "events": ("event_id",),
    "reviews": ("asset_id", "reviewer", "reviewed_at"),
}
"""What tells the rows of one run apart, for the tables that provenance files repeat."""

FORMAT = "oldphoto-provenance/"
RUNS_AT_ONCE = 4
"""Runs whose rows are held in memory while provenance is compared."""


def stored_files(evidence: Evidence) -> Finding:
    """Find derivatives that are gone or whose bytes are not the recorded ones."""

    def problem_of(item: tuple[str, Derivative]) -> str | None:
        path, file = item
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in evidence.catalog.store.chunks(path):
                digest.update(chunk)
                size += len(chunk)
        except FileNotFoundError:
            return f"{path} is gone"
        if digest.hexdigest() != file.sha256:
            return f"{path} has digest {digest.hexdigest()}, the catalog says {file.sha256}"
        if file.size not in {None, size}:
            return f"{path} has {size} bytes, the catalog says {file.size}"
        return None

    with ThreadPoolExecutor(READERS, thread_name_prefix="audit") as pool:
        found = list(pool.map(problem_of, evidence.at_stake.items()))
    return Finding(len(found), [problem for problem in found if problem is not None])


def orphans(evidence: Evidence) -> Finding:
    """Find files below derivatives/ that no row speaks of, or that were withdrawn and still stand."""
    folders = {"derivatives/"}
    if evidence.only_run is not None:
        folders = {path.rpartition("/")[0] + "/" for path in evidence.at_stake}
    present = [item.key for folder in sorted(folders) for item in evidence.catalog.store.list(folder)]
    problems = [
        f"{path} was withdrawn and is still there" if path in evidence.withdrawn else f"{path} is in no catalog row"
        for path in present
        if path not in evidence.derivatives
    ]
    return Finding(len(present), problems)


def provenance(evidence: Evidence) -> Finding:
    """Find provenance files that tell of a photograph otherwise than the rows do.

    Files of one run are compared together, so that the rows of few runs are in memory at once.
    """
    files = [(path, file) for path, file in evidence.at_stake.items() if file.kind == "provenance"]
    rows_of = lru_cache(RUNS_AT_ONCE)(partial(_rows_of, evidence))
    problems: list[str] = []
    not_checked: list[str] = []
    for path, file in sorted(files, key=lambda item: item[1].run_id):
        document = _document(evidence, path, file)
        if isinstance(document, str):
            not_checked.append(document)
        else:
            problems += [f"{path}: {problem}" for problem in _unlike(evidence, rows_of, document, file.asset_id)]
    return Finding(len(files), problems, not_checked)


def _document(evidence: Evidence, path: str, file: Derivative) -> Mapping[str, Any] | str:
    """Return the provenance, or why it cannot be compared."""
    try:
        content = evidence.catalog.store.read(path)
    except FileNotFoundError:
        return f"{path}: gone, so not compared with the rows"
    if hashlib.sha256(content).hexdigest() != file.sha256:
        return f"{path}: altered, so not compared with the rows"
    try:
        document = json.loads(content)
        form = str(document["format"])
    except (ValueError, TypeError, KeyError):
        return f"{path}: no provenance that this version reads, so not compared with the rows"
    if not form.startswith(FORMAT):
        return f"{path}: of form {form}, so not compared with the rows"
    return dict(document)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one run as JSON values."""

    tables: Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]
    """By table and identity."""

    masters: Mapping[str | None, Mapping[str, Any]]
    """The outcomes with files, by asset_id."""

    steps: Mapping[str, Sequence[tuple[Any, ...]]]
    """Identities of the treatments that a provenance file must tell of, by asset_id."""


def _rows_of(evidence: Evidence, run_id: str) -> _Rows:
    tables = {
        table: {
            tuple(values[name] for name in names): values
            for values in map(row_to_dict, evidence.catalog.rows(table, runs={run_id}))
        }
        for table, names in IDENTITY.items()
    }
    steps: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for identity, values in tables["treatments"].items():
        path, file = values["output_path"], evidence.derivatives.get(values["output_path"])
        stands = file is not None and file.run_id == run_id and file.kind != "provenance"  # it cannot tell of itself
        if path is None or stands:
            steps[values["asset_id"]].append(identity)
    masters = {
        row.asset_id: row_to_dict(row) for row in evidence.assets if row.run_id == run_id and row.has_derivatives
    }
    return _Rows(tables, masters, steps)


def _unlike(
    evidence: Evidence, rows_of: Callable[[str], _Rows], document: Mapping[str, Any], asset_id: str
) -> Iterator[str]:
    """Yield each difference between a provenance document and the rows."""
    manifests = {manifest.run_id: manifest for manifest in evidence.catalog.manifests}
    run_id = str(document.get("run_id"))
    if run_id not in manifests:
        yield f"tells of {run_id}, which was never committed"
        return
    commit = {name: getattr(manifests[run_id], name) for name in ("code_version", "config_hash")}
    yield from _differences("the commit", document, commit)
    yield from _differences("the assets row", document.get("master", {}), rows_of(run_id).masters.get(asset_id, {}))
    told = set()
    for table, values in ((name, values) for name in IDENTITY for values in document.get(name, ())):
        identity = tuple(values.get(name) for name in IDENTITY[table])
        told.add((table, values.get("run_id"), identity))
        words = " ".join(str(part) for part in (table, *identity[1:]))
        known = rows_of(values["run_id"]).tables[table] if values.get("run_id") in manifests else {}
        if identity in known:
            yield from _differences(f"the row {words}", values, known[identity])
        else:
            yield f"tells of {words}, of which {values.get('run_id')} has no row"
    if "treatments" in document:
        for identity in rows_of(run_id).steps.get(asset_id, ()):
            if ("treatments", run_id, identity) not in told:
                yield f"is silent about the row treatments {' '.join(map(str, identity[1:]))}"


def _differences(what: str, told: Mapping[str, Any], recorded: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(told.keys() & recorded.keys()):
        if json.dumps(told[name], sort_keys=True) != json.dumps(recorded[name], sort_keys=True):
            yield f"{what} says {name} {recorded[name]!r}, the provenance says {told[name]!r}"


STORED_CHECKS: tuple[tuple[str, Callable[[Evidence], Finding]], ...] = (
    ("Does every derivative exist with its digest?", stored_files),
    ("Is every file below derivatives/ in the catalog?", orphans),
    ("Does the provenance beside each picture say what the rows say?", provenance),
)
"""Each question with the check that answers it, in the order they are asked."""
