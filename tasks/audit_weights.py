"""Whether the weights that the catalog names are known, and whether those on this machine still are what they were."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from catalogs.audit_evidence import Evidence
from catalogs.audit_report import Finding
from catalogs.read import Catalog
from tasks.models.installed import DEFAULT_FOLDER, check_digests
from tasks.models.ledger import read_ledger
from tasks.models.shipped import SHIPPED, card_path
from tasks.models.together import file_digests, known_digests

NAMED_QUESTION = "Does every treatment and damage report name known weights?"
SWAPPED_QUESTION = "Are the weights on this machine those on record?"

TABLES = {
    "damage": ("engine",),
    "treatments": ("engine", "step", "stage", "verdict"),
    "films": ("engine",),
    "events": (),
}
"""Tables that name weights, and the columns that tell whether they must."""

NETWORKS = frozenset({"own", "official"})
"""Engines whose steps are made by networks."""


def named_weights(evidence: Evidence, folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> Finding:
    """Find rows that name weights nobody knows, and rows made by a network that name none.

    Known are digests of weights that are shipped or were once, that were ever fetched into the models folder, or that
    their publishers vouch for; and what several of these come to where one row stands for all.

    Args:
        evidence: The catalog.
        folder: The models folder whose ledger is believed.
        shipped: Where shipped weights lie.

    Raises:
        LedgerError: A ledger is damaged.
    """
    known = known_digests(file_digests(folder, shipped=shipped))
    problems: list[str] = []
    not_checked: list[str] = []
    looked_at = 0
    here = known_digests(_now(folder, shipped))
    for table, columns in TABLES.items():
        for count, run_id, asset_id, weights, about in _groups(evidence.catalog, table, columns):
            looked_at += count
            rows = f"{count} rows of {table} of {run_id}, such as that about {asset_id}"
            if weights is None:
                if about.get("engine") in NETWORKS and _must_name(about):
                    problems.append(
                        f"{rows}, were made by the networks of engine {about['engine']} and name no weights"
                    )
            elif weights not in known:
                problems.append(f"{rows}, name weights {weights}, which are not known")
            elif weights not in here:
                not_checked.append(f"{rows}, name {known[weights]} {weights}: known, but not on this machine")
    return Finding(looked_at, problems, not_checked)


def _must_name(about: Mapping[str, str]) -> bool:
    """Return whether a row made by a network's engine must name its weights.

    The result of a restoration only sums up its steps; a modernization has no other row than its result, and a
    photograph that it left alone was shown to no network.
    """
    if about.get("stage") == "modernize":
        return about["verdict"] != "skipped"
    return about.get("step") != "result"


def _now(folder: Path, shipped: Path) -> dict[str, frozenset[str]]:
    """Return the digest of each file of weights that is on this machine now."""
    checks = check_digests(folder, shipped=shipped)
    return {check.name: frozenset({check.found}) for check in checks if check.found is not None}


def _groups(
    catalog: Catalog, table: str, columns: tuple[str, ...]
) -> Iterator[tuple[int, str, str, str | None, dict[str, str]]]:
    """Yield, for each run, weights and kind of row: how many, the run, one asset_id, the weights, the kind."""
    names = ("weights_sha256", "run_id", *columns)
    found = (
        catalog.table(table, ("asset_id", *names))
        .group_by(list(names))
        .aggregate([("asset_id", "min"), ([], "count_all")])
    )
    for row in found.to_pylist():
        about = {name: row[name] for name in columns}
        yield row["count_all"], row["run_id"], row["asset_id_min"], row["weights_sha256"], about


def swapped_weights(folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> Finding:
    """Find weights on this machine that have the right name and other bytes than those on record.

    Raises:
        LedgerError: A ledger is damaged.
    """
    problems: list[str] = []
    not_checked: list[str] = []
    checks = check_digests(folder, shipped=shipped)
    for check in checks:
        if check.verdict == "changed":
            problems.append(f"swapped: the weights {check.name} have digest {check.found}, on record {check.expected}")
        elif check.verdict == "missing":
            not_checked.append(f"the weights {check.name} ({check.expected}) are on record and not on this machine")
    for name, record in read_ledger(shipped).items():
        card = card_path(name, shipped)
        if not card.is_file():
            problems.append(f"the weights {name} are shipped without their card")
        elif record.sha256 not in card.read_text("utf-8"):
            problems.append(f"swapped: the card of {name} does not name the digest on record, {record.sha256}")
    return Finding(Counter(check.found is not None for check in checks)[True], problems, not_checked)
