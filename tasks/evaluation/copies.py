"""Measure the search for copies on a folder whose groups are known, beside the hashes of another tool."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.copy_pairs import MEASURES, Pair, pair_scores, true_pairs
from oldphoto_core.evaluation.intervals import COVERAGE, RESAMPLES
from tasks.evaluation.data import clean_pictures
from tasks.evaluation.evaluate import Watch, unwatched
from tasks.evaluation.made_copies import GENERATED, make_copies
from tasks.evaluation.page import Page, markdown
from tasks.evaluation.table import Table, shown
from tasks.settings import NightSettings
from tasks.single import pictures
from tasks.stages import copy_groups
from tasks.version import code_version, library_versions

GROUPS = "groups.csv"
DIGITS = 3
OWN = "oldphoto"
LISTED = 40


class GroupsError(OldPhotoError, ValueError):
    """The truth about a folder, or what another tool found in it, cannot be used."""


@dataclass(frozen=True, slots=True)
class CopiesFound:
    """What was found in one folder."""

    name: str
    """The folder, in a word."""

    group_of: Mapping[str, str]
    """The true group of each picture, by its name below the folder."""

    kind_of: Mapping[str, str]
    """Its kind."""

    pairs: Mapping[str, frozenset[Pair]]
    """The pairs that each method found."""


def evaluate_copies(  # noqa: PLR0913 - each is one option of the command
    folder: Path,
    out: Path,
    settings: NightSettings,
    *,
    rivals: Sequence[Path] = (),
    data: Path | None = None,
    most: int | None = None,
    seed: int = 0,
    watch: Watch = unwatched,
) -> tuple[tuple[Table, ...], tuple[Path, ...]]:
    """Look for copies as ``oldphoto dedupe`` does, and write ``copies.md`` and ``copies.json``.

    Args:
        folder: Pictures and ``groups.csv`` with the columns group, type, file. Pictures of one group are copies.
        out: Where results go; made if it is not there, with the generated pictures in ``generated``.
        settings: Those of a night.
        rivals: What ``scripts/imagededup-distances`` wrote for the folder, and for the generated pictures.
        data: Holds ``dev_test/clean``; copies of these pictures are generated and searched too.
        most: So many of these pictures only.
        seed: Decides generated copies and intervals.
        watch: Shows how far it is.

    Raises:
        GroupsError: ``groups.csv`` or a rival's file cannot be used.
        NoPicturesError: The data folder holds no pictures.
    """
    out.mkdir(parents=True, exist_ok=True)
    folders = {folder.name: folder}
    if data is not None:
        folders[GENERATED] = make_copies(clean_pictures(data, most), out / GENERATED, seed=seed)
    found = [_searched(name, place, settings, rivals, watch) for name, place in folders.items()]
    tables = tuple(table for one in found for table in _tables(one, seed))
    page = Page(_facts(found, settings, seed), (), tables, (), _READING)
    document = {
        one.name: {
            "found": {method: sorted(map(list, pairs)) for method, pairs in one.pairs.items() if method == OWN},
            "missed": _missed(one),
            "wrong": _wrong(one),
        }
        for one in found
    }
    contents = {"copies.md": markdown(page), "copies.json": json.dumps(document, indent=1) + "\n"}
    for name, content in contents.items():
        (out / name).write_text(content, encoding="utf-8")
    return tables, tuple(out / name for name in contents)


def _searched(name: str, folder: Path, settings: NightSettings, rivals: Sequence[Path], watch: Watch) -> CopiesFound:
    group_of, kind_of = _truth(folder)
    named = [one for one in pictures([str(folder)]) if one.name in group_of]
    absent = sorted(group_of.keys() - {one.name for one in named})
    if absent:
        raise GroupsError(f"{folder / GROUPS} names {len(absent)} files that are not there, the first is {absent[0]}")
    with watch(f"reading {name}", len(named)) as told:
        groups, unreadable = copy_groups(named, settings, told=told)
    if unreadable:
        raise GroupsError(f"{unreadable[0].path} cannot be read: {unreadable[0].detail}")
    label = {one.path: one.name for one in named}
    own: set[Pair] = set()
    for group in groups:
        members = sorted(label[one["path"]] for one in (group["primary"], *group["members"]))
        own |= set(combinations(members, 2))
    pairs = {OWN: frozenset(own)}
    for path in rivals:
        pairs |= _rival_pairs(path, group_of)
    return CopiesFound(name, group_of, kind_of, pairs)


def _truth(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        with (folder / GROUPS).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {row["file"]: row["group"] for row in rows}, {row["file"]: row["type"] for row in rows}
    except (OSError, KeyError) as error:
        raise GroupsError(f"{folder / GROUPS} must have the columns group, type, file: {error}") from error


def _rival_pairs(path: Path, group_of: Mapping[str, str]) -> dict[str, frozenset[Pair]]:
    """Return what each method of another tool found at its default threshold and at the best for these pictures."""
    try:
        document = json.loads(path.read_text("utf-8"))
        files = document["files"]
        if not group_of.keys() <= set(files):
            return {}
        found: dict[str, frozenset[Pair]] = {}
        truth = true_pairs(group_of)
        for name, method in document["methods"].items():
            near = [
                (distance, (min(pair), max(pair)))
                for distance, pair in zip(method["distances"], combinations(files, 2), strict=True)
                if pair[0] in group_of and pair[1] in group_of
            ]
            default = method["default_threshold"]
            best = max(range(65), key=lambda most: _f1(frozenset(pair for far, pair in near if far <= most), truth))
            for what, threshold in (("default", default), ("best", best)):
                title = f"{document['tool']} {name}, {what} threshold {threshold}"
                found[title] = frozenset(pair for far, pair in near if far <= threshold)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise GroupsError(f"{path} is not what scripts/imagededup-distances writes: {error}") from error
    return found


def _f1(found: frozenset[Pair], truth: frozenset[Pair]) -> float:
    return 2 * len(found & truth) / max(1, len(found) + len(truth))


def _tables(found: CopiesFound, seed: int) -> list[Table]:
    truth = true_pairs(found.group_of)
    rows = []
    for method, pairs in found.pairs.items():
        scores = pair_scores(pairs, found.group_of, seed=seed)
        cells = [shown(scores[measure], DIGITS) for measure in MEASURES]
        rows.append((method, str(len(pairs)), str(len(pairs & truth)), *cells))
    note = f"{len(found.group_of)} pictures, {len(set(found.group_of.values()))} groups, {len(truth)} true pairs."
    columns = ("method", "pairs found", "right", *MEASURES)
    best = max(
        (method for method in found.pairs if method != OWN),
        key=lambda name: _f1(found.pairs[name], truth),
        default=None,
    )
    return [
        Table(f"pairs-{found.name}", f"Pairs of copies: {found.name}", note, columns, tuple(rows)),
        _by_kind(found, truth, best),
        _mistakes(found),
    ]


def _by_kind(found: CopiesFound, truth: frozenset[Pair], best: str | None) -> Table:
    """Return recall by kind: a pair is of the kind of that of its pictures which is not the original."""
    methods = [OWN, *([best] if best else [])]
    kinds: dict[str, list[Pair]] = {}
    for pair in sorted(truth):
        ours = sorted({found.kind_of[one] for one in pair} - {"original"}) or ["original"]
        if len(ours) == 1:
            kinds.setdefault(ours[0], []).append(pair)
    rows = tuple(
        (kind, str(len(pairs)), *(f"{sum(pair in found.pairs[method] for pair in pairs)}" for method in methods))
        for kind, pairs in sorted(kinds.items())
    )
    return Table(
        f"kinds-{found.name}",
        f"Right pairs by kind: {found.name}",
        "Pairs of two different kinds of copies are in the table above only.",
        ("kind", "true pairs", *methods),
        rows,
    )


def _missed(found: CopiesFound) -> list[Pair]:
    return sorted(true_pairs(found.group_of) - found.pairs[OWN])


def _wrong(found: CopiesFound) -> list[Pair]:
    return sorted(found.pairs[OWN] - true_pairs(found.group_of))


def _mistakes(found: CopiesFound) -> Table:
    rows = [("missed", *pair) for pair in _missed(found)] + [("wrong", *pair) for pair in _wrong(found)]
    more = f"The first {LISTED} of {len(rows)}; all are in copies.json." if len(rows) > LISTED else ""
    return Table(
        f"mistakes-{found.name}",
        f"Pairs that we get wrong: {found.name}",
        more if rows else "None.",
        ("what", "one", "other"),
        tuple(rows[:LISTED]),
    )


def _facts(found: Sequence[CopiesFound], settings: NightSettings, seed: int) -> tuple[tuple[str, str], ...]:
    return (
        ("folders", ", ".join(f"{one.name} ({len(one.group_of)} pictures)" for one in found)),
        ("settings", f"{settings.dedupe}"),
        ("intervals", f"{COVERAGE:.0%}, percentile bootstrap over groups, {RESAMPLES} draws, seed {seed}"),
        ("code", code_version()),
        ("libraries", library_versions()),
    )


_SOUGHT = (
    "Copies were sought as `oldphoto dedupe` and a night seek them; every pair within a group that was found counts as "
    "found, also one that hangs together through a third picture. Figures in brackets are an interval in which the "
    "figure would lie, nineteen times out of twenty, had other groups of the same kind been drawn."
)
_BESIDE = (
    "Beside it stand the hashing methods of imagededup, at the threshold that it takes by default and at the one that "
    "is best on these very pictures, which nobody knows beforehand: the second is more than a user can have."
)
_READING = (_SOUGHT, _BESIDE)
