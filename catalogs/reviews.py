"""What people decided about results, and what still waits for a decision or for a redo."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from catalogs.read import Catalog
from catalogs.schema import AssetRow, ReviewRow, TreatmentRow

BEST_FIRST = ("modernize", "restore")
"""Stages whose file is the result of a photograph, the one made last first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFile:
    """The newest word on one path below the output root."""

    path: str
    """Below the output root."""

    stage: str
    """Stage that made it."""

    step: str
    """The treatment, or the kind of file."""

    sha256: str | None
    """Its digest; None: it was withdrawn and nothing stands there."""

    reason: str | None
    """Why it is as it is, where a row says so."""

    run_id: str
    """The run that made or withdrew it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One photograph that ended with files of its own, and what was decided about it."""

    asset: AssetRow
    """Its newest outcome."""

    files: tuple[StandingFile, ...]
    """Its files, withdrawn ones included."""

    reviews: tuple[ReviewRow, ...]
    """Every decision about the photograph, oldest first."""

    waits_for_redo: bool
    """Whether the newest decision is a redo that no night has carried out yet."""

    @property
    def asset_id(self) -> str:
        """Its id."""
        return self.asset.asset_id or ""

    @property
    def result(self) -> StandingFile | None:
        """What a decision is about: the modernized or restored picture; the access copy if there is neither."""
        standing = {file.stage if file.stage != "publish" else file.step: file for file in self.files if file.sha256}
        return next((standing[name] for name in (*BEST_FIRST, "access") if name in standing), None)

    @property
    def access(self) -> StandingFile | None:
        """The newest word on its access copy."""
        return next((file for file in self.files if (file.stage, file.step) == ("publish", "access")), None)

    @property
    def decision(self) -> ReviewRow | None:
        """The newest decision about the result that stands; None: nobody has decided."""
        result = self.result
        made = [row for row in self.reviews if result is not None and row.output_sha256 == result.sha256]
        return made[-1] if made else None

    @property
    def waits(self) -> bool:
        """Whether it is a published result that nobody has decided about."""
        return self.asset.status == "published" and self.decision is None


def current_results(catalog: Catalog) -> dict[str, Result]:
    """Return every photograph that ended with files of its own, by asset_id, ordered by key and page."""
    files = standing_files(catalog)
    reviews = reviews_by_asset(catalog)
    redos = waiting_redos(catalog)
    newest = _newest_outcomes(catalog.current_assets)
    ordered = sorted(newest.values(), key=lambda row: (row.key, row.page or 0))
    return {
        row.asset_id or "": Result(
            asset=row,
            files=files.get(row.asset_id or "", ()),
            reviews=tuple(reviews.get(row.asset_id or "", ())),
            waits_for_redo=row.asset_id in redos,
        )
        for row in ordered
    }


def _newest_outcomes(current: Iterable[AssetRow]) -> dict[str, AssetRow]:
    """Return, of several objects with the same bytes, the newest outcome with files; the first key if equally new."""
    newest: dict[str, AssetRow] = {}
    for row in sorted(current, key=lambda row: (row.key, row.page or 0)):
        name = row.asset_id or ""
        if row.has_derivatives and (name not in newest or row.run_id > newest[name].run_id):
            newest[name] = row
    return newest


def standing_files(catalog: Catalog) -> dict[str, tuple[StandingFile, ...]]:
    """Return the newest word on each path below the output root, by asset_id."""
    names = ("output_path", "stage", "step", "output_sha256", "reason", "run_id", "asset_id")
    columns = [catalog.table("treatments", names)[name].to_pylist() for name in names]
    newest: dict[str, tuple[str, StandingFile]] = {}
    for path, stage, step, sha256, reason, run_id, asset_id in zip(*columns, strict=True):
        if path is not None:
            file = StandingFile(path=path, stage=stage, step=step, sha256=sha256, reason=reason, run_id=run_id)
            newest[path] = asset_id, file
    found: dict[str, list[StandingFile]] = defaultdict(list)
    for asset_id, file in newest.values():
        found[asset_id].append(file)
    return {asset_id: tuple(files) for asset_id, files in found.items()}


def reviews_by_asset(catalog: Catalog) -> Mapping[str, Sequence[ReviewRow]]:
    """Return every decision by asset_id, oldest first."""
    found: dict[str, list[ReviewRow]] = defaultdict(list)
    rows = cast("list[ReviewRow]", catalog.rows("reviews"))
    for row in sorted(rows, key=lambda row: (row.run_id, row.reviewed_at)):
        found[row.asset_id].append(row)
    return found


def newest_night(catalog: Catalog) -> str | None:
    """Return the newest run that was a night and no review; None if there is none."""
    table = catalog.table("runs", ("run_id", "run_kind"))
    kinds = zip(table["run_id"].to_pylist(), table["run_kind"].to_pylist(), strict=True)
    return max((run_id for run_id, kind in kinds if kind == "nightly"), default=None)


def waiting_redos(catalog: Catalog) -> dict[str, ReviewRow]:
    """Return, by asset_id, the redos that no night has carried out: no later run has judged the photograph again."""
    asked = {asset: rows[-1] for asset, rows in reviews_by_asset(catalog).items() if rows[-1].decision == "redo"}
    if not asked:
        return {}
    judged: dict[str, str] = {}
    table = catalog.table("damage", ("asset_id", "run_id"))
    for asset_id, run_id in zip(table["asset_id"].to_pylist(), table["run_id"].to_pylist(), strict=True):
        judged[asset_id] = max(judged.get(asset_id, ""), run_id)
    return {asset: row for asset, row in asked.items() if judged.get(asset, "") <= row.run_id}


def treatments_of(catalog: Catalog, result: Result) -> tuple[TreatmentRow, ...]:
    """Return what was done to the pixels of a photograph: the rows of the runs that made the files which stand."""
    runs = {(file.stage, file.run_id) for file in result.files if file.sha256 is not None and file.stage in BEST_FIRST}
    rows = cast("list[TreatmentRow]", catalog.rows("treatments", runs={run_id for _, run_id in runs}))
    return tuple(row for row in rows if row.asset_id == result.asset_id and (row.stage, row.run_id) in runs)


def newest_treatments(catalog: Catalog, asset_ids: Iterable[str]) -> dict[str, tuple[TreatmentRow, ...]]:
    """Return, for each of these photographs, the newest row of each path, withdrawn ones left out."""
    wanted = set(asset_ids)
    if not wanted:
        return {}
    newest: dict[str, TreatmentRow] = {}
    for row in cast("list[TreatmentRow]", catalog.rows("treatments")):
        if row.asset_id in wanted and row.output_path is not None:
            newest[row.output_path] = row
    found: dict[str, list[TreatmentRow]] = defaultdict(list)
    for row in newest.values():
        if row.output_sha256 is not None:
            found[row.asset_id].append(row)
    return {asset_id: tuple(rows) for asset_id, rows in found.items()}
