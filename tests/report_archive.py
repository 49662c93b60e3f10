"""An output of two nights to report on: awkward names, every kind of ending, pictures small enough to make at once.

The second night holds, besides plain ones: a photograph whose name is markup, with damage, a copy, regions of style and
every picture a report can show; names with marks that turn the writing round, and with a line break; a page of an
album without pictures in the report; an object whose bytes the first night treated; a file that was never read whole.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from catalog_rows import MIDNIGHT, asset, commit_of, plain_row, sha

from catalogs.manifest import run_name
from catalogs.schema import (
    AssetRow,
    DamageRow,
    DuplicateRow,
    EventRow,
    ReferenceRow,
    RunRow,
    StyleRegionRow,
    TreatmentRow,
)
from catalogs.write import commit_run
from oldphoto_core.classical.style_masks import encode_mask
from tasks.layout import derivative_path, report_path
from tasks.storage import ObjectStore, open_store

MARKUP = "\"><script>alert(1)</script><b>&'\u00e9.png"
TURNED = "box/\u202egpj.neddih\u202c.tif"
BROKEN = "box/two\nlines.tif"
EARLY, AGAIN = "early.tif", "early again.tif"
MISSING = "<i>never read</i>.tif"
REFERENCE = "good <em>light</em>.jpg"
WIDTH, HEIGHT = 96, 64


@dataclass(frozen=True)
class ReportArchive:
    """Where it lies, and its rows."""

    root: Path

    @property
    def store(self) -> ObjectStore:
        return open_store(str(self.root))


def build(root: Path, *, plain: int = 5) -> ReportArchive:
    """Write the archive of two nights, the second with so many plain photographs besides the awkward ones."""
    root.mkdir(parents=True, exist_ok=True)
    archive = ReportArchive(root)
    _commit(archive, 1, [_whole(1, EARLY, "published")], {})
    _commit(archive, 2, *_second_night(archive, plain))
    return archive


def _second_night(archive: ReportArchive, plain: int) -> tuple[list[AssetRow], dict[str, list[Any]]]:
    album = sha("album.tif")
    assets = [
        _whole(2, MARKUP, "published"),
        _whole(2, TURNED, "untouched"),
        _whole(2, BROKEN, "published"),
        _whole(2, "album.tif", "published", asset_id=f"{album}-p2", sha256=album, page=2, pages=2, height_px=480),
        _whole(2, AGAIN, "published", asset_id=sha(EARLY), sha256=sha(EARLY)),
        asset(2, "copy of it.tif", "duplicate", duplicate_of=sha(MARKUP), size_bytes=900),
        asset(2, MISSING, "quarantined", asset_id=None, sha256=None, reason="truncated", reason_detail="<b>cut</b>"),
        *(_whole(2, f"plain/{number:03d}.tif", "untouched") for number in range(plain)),
    ]
    for kind in ("before", "after", "small/before", "small/after"):
        _put_picture(
            archive, report_path(run_name(2), f"{kind}/{sha(MARKUP)}.jpg"), shade=40 if "before" in kind else 200
        )
        _put_picture(archive, report_path(run_name(2), f"{kind}/{sha(BROKEN)}.jpg"), shade=90)
    _put_picture(archive, report_path(run_name(2), f"small/before/{sha('copy of it.tif')}.jpg"), shade=60)
    copy = plain_row(DuplicateRow, run_id=run_name(2), asset_id=sha("copy of it.tif"), key="copy of it.tif")
    copy = replace(copy, primary_asset_id=sha(MARKUP), primary_key=MARKUP, relation="near", transform="rotate-90")
    old = replace(copy, key="old copy.tif", primary_key="best of old.tif", primary_asset_id=sha("best of old.tif"))
    references = [
        plain_row(ReferenceRow, run_id=run_name(2), reference_id=sha(REFERENCE), key=REFERENCE, accepted=True),
        plain_row(ReferenceRow, run_id=run_name(2), reference_id=None, key="dim.jpg", reason="too-dark"),
    ]
    return assets, {"duplicates": [copy, old], "references": references, "style_regions": _regions()}


def _regions() -> list[StyleRegionRow]:
    ring = np.zeros((24, 36), bool)
    ring[2:14, 2:20] = True
    ring[6:9, 6:12] = False
    row = plain_row(StyleRegionRow, run_id=run_name(2), asset_id=sha(MARKUP), mask_width_px=36, mask_height_px=24)
    taken = replace(row, mask_rle=encode_mask(ring), share=0.25, reference_id=sha(REFERENCE), similarity=0.81)
    return [taken, replace(row, region=1, mask_rle=encode_mask(~ring), share=0.75)]


def _whole(run: int, key: str, status: str, **values: Any) -> AssetRow:
    about = {"width_px": WIDTH * 10, "height_px": HEIGHT * 10, "bit_depth": 8, "format": "TIFF", "size_bytes": 12_345}
    return asset(run, key, status, **about | values)


def _commit(archive: ReportArchive, run: int, assets: list[AssetRow], more: dict[str, list[Any]]) -> None:
    """Write the derivatives of the run's photographs and commit its rows."""
    new = [row for row in assets if row.has_derivatives and row.key != AGAIN]
    rows: dict[str, list[Any]] = {"assets": assets, "treatments": [], "damage": [], "events": []} | more
    for row in new:
        rows["treatments"] += _treatments(archive, row)
        rows["damage"].append(_damage(row))
        rows["events"] += _events(row)
    ended = [row.status for row in assets]
    count = {name: ended.count(name) for name in ("published", "untouched", "duplicate", "quarantined")}
    began = MIDNIGHT + timedelta(days=run - 1)
    rows["runs"] = [
        plain_row(
            RunRow,
            run_id=run_name(run),
            run_kind="nightly",
            started_at=began,
            finished_at=began + timedelta(minutes=90),
            source_uri="s3://masters/<scans>",
            config='{"restore": {"engine": "<own>"}}',
            versions='{"python": "3.11"}',
            listed=len(assets),
            stage_seconds={"ingest": 1.5, "restore": 65.0, "unheard-of": 0.1},
            **count,
        )
    ]
    commit_run(archive.store, commit_of(archive.store, days=run - 1), rows)  # type: ignore[arg-type]


def _treatments(archive: ReportArchive, row: AssetRow) -> list[TreatmentRow]:
    about = plain_row(
        TreatmentRow,
        run_id=row.run_id,
        asset_id=row.asset_id,
        engine="own",
        measures={"psnr_db": 31.5, "area_share": 0.25},
    )
    made = []
    if row.status == "published":
        reason = "would lose <detail>"
        made.append(replace(about, stage="restore", step="inpaint", verdict="rejected", because="tear", reason=reason))
        tiff = {"position": 1, "verdict": "applied", "output_path": derivative_path(row.asset_id or "", "restored")}
        made.append(replace(about, stage="restore", step="result", **tiff))
    for kind in ("access", "damage", "provenance"):
        path = derivative_path(row.asset_id or "", kind)  # type: ignore[arg-type]
        made.append(replace(about, stage="publish", step=kind, verdict="applied", engine="libvips", output_path=path))
    return [_stored(archive, step) for step in made]


def _stored(archive: ReportArchive, row: TreatmentRow) -> TreatmentRow:
    if row.output_path is None:
        return row
    if row.step in {"access", "damage"}:
        digest = _put_picture(archive, row.output_path, shade=150, spot=row.step == "damage")
    else:
        digest = archive.store.put(row.output_path, b"{}")
    return replace(row, output_sha256=digest, output_bytes=1234)


def _put_picture(archive: ReportArchive, path: str, *, shade: int, spot: bool = False) -> str:
    picture = np.full((HEIGHT, WIDTH), 0 if spot else shade, np.uint8)
    picture[HEIGHT // 4 : HEIGHT // 2, WIDTH // 4 : WIDTH // 2] = 255
    encoded, content = cv2.imencode(Path(path).suffix, picture)
    assert encoded
    return archive.store.put(path, content.tobytes())


def _damage(row: AssetRow) -> DamageRow:
    sound = plain_row(DamageRow, run_id=row.run_id, asset_id=row.asset_id, engine="own", measures={"noise_sigma": 0.01})
    if row.status == "untouched":
        return sound
    return replace(
        sound, tear_probability=0.9, tear_severity=0.55, dust_probability=0.5, dust_severity=1.0, mask_share=0.01
    )


def _events(row: AssetRow) -> list[EventRow]:
    about = plain_row(
        EventRow, run_id=row.run_id, asset_id=row.asset_id, key=row.key, agent="oldphoto", agent_version="1"
    )
    read = replace(about, event_id=f"{row.asset_id} read", event_type="ing", detail="read <all>", happened_at=MIDNIGHT)
    judged = MIDNIGHT + timedelta(minutes=5)
    return [replace(about, event_id=f"{row.asset_id} app", event_type="app", detail="judged", happened_at=judged), read]
