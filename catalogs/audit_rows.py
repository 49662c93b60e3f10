"""What the rows of a catalog must say about each other.

Each check takes the evidence and returns how many things it looked at and what does not hold, a sentence each.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import get_args

from catalogs.audit_evidence import Evidence, Place
from catalogs.audit_report import Finding
from catalogs.reviews import current_results
from catalogs.schema import AssetRow, RunRow, Status

STATUSES: tuple[str, ...] = get_args(Status)


def outcomes(evidence: Evidence) -> Finding:
    """Find rows without a status, quarantine without a reason, and photographs with two outcomes."""
    problems = [f"{_name(row)} has status {row.status}" for row in evidence.assets if row.status not in STATUSES]
    problems += [
        f"{_name(row)} is quarantined without a reason"
        for row in evidence.assets
        if row.status == "quarantined" and not row.reason
    ]
    seen = Counter((row.source_uri, row.key, row.page) for row in evidence.current)
    for (_, key, page), count in seen.items():
        if count > 1:
            problems.append(f"{_named(key, page)} has {count} outcomes")
    return Finding(len(evidence.current), problems)


def pages(evidence: Evidence) -> Finding:
    """Find multi-page masters of which a page has no outcome."""
    numbers: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for row in evidence.current:
        if row.page is not None:
            numbers[row.source_uri, row.key, row.pages or 0].append(row.page)
    problems = [
        f"{key} has {count} pages, but outcomes for pages {sorted(found)}"
        for (_, key, count), found in numbers.items()
        if sorted(found) != list(range(1, count + 1))
    ]
    return Finding(len(numbers), problems)


def counts(evidence: Evidence) -> Finding:
    """Find runs whose counts their rows do not bear out, and commits without a row of their own in runs."""
    problems = []
    statuses = Counter((row.run_id, str(row.status)) for row in evidence.assets)
    for run in evidence.runs:
        for status in STATUSES:
            said, found = getattr(run, status), statuses[run.run_id, status]
            if said != found:
                problems.append(f"{run.run_id} says {said} {status}, its assets rows say {found}")
    objects: dict[str, dict[tuple[str, str], AssetRow]] = defaultdict(dict)
    for row in evidence.assets:
        objects[row.run_id].setdefault((row.source_uri, row.key), row)
    for run in evidence.runs:
        if run.run_kind == "nightly":
            problems += _miscounted(run, list(objects[run.run_id].values()))
    problems += _unlike_manifests(evidence)
    return Finding(len(evidence.runs), problems)


def _miscounted(run: RunRow, objects: list[AssetRow]) -> Iterator[str]:
    lost = run.listed - run.known - len(objects)
    if lost > 0:
        yield f"{run.run_id} listed {run.listed} objects, knew {run.known}, and lost {lost}"
    if len(objects) > run.listed:
        yield f"{run.run_id} listed {run.listed} objects and has outcomes for {len(objects)}"
    read = [row.size_bytes for row in objects if row.sha256 is not None]
    if run.fetched > len(read) or run.fetched_bytes > sum(read):
        yield (
            f"{run.run_id} says it read {run.fetched} objects of {run.fetched_bytes} bytes, its assets rows say "
            f"{len(read)} of {sum(read)}"
        )


def _unlike_manifests(evidence: Evidence) -> Iterator[str]:
    said = Counter(run.run_id for run in evidence.runs)
    manifests = {manifest.run_id: manifest for manifest in evidence.catalog.manifests}
    for run_id in sorted(manifests):
        if said[run_id] == 0:
            yield f"{run_id} was committed without a row in runs"
        elif said[run_id] > 1:
            yield f"{run_id} has {said[run_id]} rows in runs"
    for run in evidence.runs:
        for name in ("code_version", "config_hash"):
            found, committed = getattr(run, name), getattr(manifests.get(run.run_id), name, None)
            if found != committed:
                yield f"{run.run_id} says {name} {found}, its manifest says {committed}"


def copies(evidence: Evidence) -> Finding:
    """Find copies that do not lead, from copy to copy, to a photograph that is no copy."""
    originals = {row.asset_id for row in evidence.assets if row.status != "duplicate"}
    marked = [row for row in evidence.assets if row.status == "duplicate"]
    leads_to = {row.asset_id: row.duplicate_of for row in marked}
    problems = []
    for row in marked:
        target, passed = row.duplicate_of, set[str | None]()
        while target not in originals and target in leads_to and target not in passed:
            passed.add(target)
            target = leads_to[target]
        if target is None or target not in originals:
            problems.append(f"{_name(row)} is a copy of {row.duplicate_of}, which is unknown or itself only a copy")
    return Finding(len(marked), problems)


def agreement(evidence: Evidence) -> Finding:
    """Find outcomes that another table does not bear out, and rows about copies that no outcome bears out."""
    problems = []
    first: dict[tuple[Place, str | None], str] = {}
    for run_id, place, asset, _ in evidence.copies:
        first[place, asset] = min(run_id, first.get((place, asset), run_id))
    judged = {asset for table, asset in evidence.mentions if table == "damage"} | _reels(evidence)
    nights = {run.run_id for run in evidence.runs if run.run_kind == "nightly"}
    for row in evidence.assets:
        place = (row.source_uri, row.key, row.page)
        if row.status == "duplicate" and not first.get((place, row.asset_id), "~") <= row.run_id:
            problems.append(f"{_name(row)} is a copy by its outcome in {row.run_id}, but no row of duplicates says so")
        if row.has_derivatives and row.asset_id not in judged:
            problems.append(f"{_name(row)} is {row.status}, but its damage was never judged")
        if row.run_id in nights and (row.run_id, row.key) not in evidence.told:
            problems.append(f"{_name(row)} has an outcome in {row.run_id} and not one event")
    listed = {((row.source_uri, row.key, row.page), row.asset_id) for row in evidence.assets}
    problems += [
        f"duplicates of {run_id} speak of {_named(place[1], place[2])} as {asset}, of which there is no outcome"
        for run_id, place, asset, _ in sorted(evidence.copies, key=str)
        if (place, asset) not in listed
    ]
    return Finding(len(evidence.assets) + len(evidence.copies), problems)


def lineage(evidence: Evidence) -> Finding:
    """Find rows about photographs in no assets row, and regions that name references in no references row."""
    masters = {row.asset_id for row in evidence.assets}
    problems = [
        f"{name} speaks of {asset}, which is in no assets row"
        for name, asset in sorted(evidence.mentions)
        if asset not in masters
    ]
    problems += [
        f"duplicates call {best} the best of a group, which is in no assets row"
        for best in sorted({best for _, _, _, best in evidence.copies})
        if best not in masters
    ]
    problems += [
        f"a region of {asset} names reference {reference}, which is unknown"
        for asset, reference in sorted(evidence.choices)
        if reference not in evidence.references
    ]
    return Finding(len(evidence.mentions), problems)


def results(evidence: Evidence) -> Finding:
    """Find photographs that lack a file which their status promises, and files that lie with another photograph's."""
    made: dict[str, set[str]] = defaultdict(set)
    for file in (*evidence.derivatives.values(), *evidence.withdrawn.values()):
        made[file.asset_id].add(file.kind)
    promising = [row for row in evidence.current if row.has_derivatives]
    problems = []
    for row in promising:
        files = made[row.asset_id or ""]
        if not {"access", "provenance"} <= files:
            problems.append(f"{_name(row)} is {row.status} but lacks access copy or provenance")
        if row.status == "published" and not files & {"restore", "modernize", "film"}:
            problems.append(f"{_name(row)} is published but has no restored or modernized picture")
    problems += [
        f"{path} is said to be made from {file.asset_id}, which has another folder"
        for path, file in evidence.derivatives.items()
        if file.kind != "film" and not path.startswith(f"derivatives/{file.asset_id[:2]}/{file.asset_id}/")
    ]
    return Finding(len(promising), problems)


def _reels(evidence: Evidence) -> set[str]:
    """Return the assets that are films, which are judged shot by shot and have no damage row."""
    return {file.asset_id for file in evidence.derivatives.values() if file.kind == "film"}


def rejections(evidence: Evidence) -> Finding:
    """Find results that a person rejected and that the access copy made before still shows."""
    if not any(table == "reviews" for table, _ in evidence.mentions):
        return Finding(0, [])
    decided = [one for one in current_results(evidence.catalog).values() if one.decision is not None]
    problems = [
        f"the result of {_name(one.asset)} was rejected in {one.decision.run_id} and is still its access copy"
        for one in decided
        if one.decision is not None
        and one.decision.decision == "reject"
        and one.access is not None
        and one.access.sha256 is not None
        and one.access.run_id < one.decision.run_id
    ]
    return Finding(len(decided), problems)


def _name(row: AssetRow) -> str:
    return _named(row.key, row.page)


def _named(key: str, page: int | None) -> str:
    return key if page is None else f"{key} page {page}"


ROW_CHECKS: tuple[tuple[str, Callable[[Evidence], Finding]], ...] = (
    ("Does every listed object have exactly one outcome?", outcomes),
    ("Does every page of a multi-page master have one?", pages),
    ("Do the runs' counts agree with their rows and manifests?", counts),
    ("Does every copy lead to a known photograph?", copies),
    ("Do the tables bear each other out?", agreement),
    ("Does every row lead back to a master, every region to a reference?", lineage),
    ("Does every photograph have the files its status promises?", results),
    ("Is no result published that a person rejected?", rejections),
)
"""Each question with the check that answers it, in the order they are asked."""
