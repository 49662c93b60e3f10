"""What an auditor is shown: every way to tamper with a real output is found by the command, and named."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile
from audited_archive import MODERNIZED, REPLACED, RESTORED, AuditedArchive
from nights import unchanged
from typer.testing import CliRunner, Result

from catalogs.manifest import parse_manifest
from flows.cli import app

ROOT = Path(__file__).parents[2]
NEWEST = "run-000003"


def oldphoto(*arguments: str | Path) -> Result:
    wide = {"COLUMNS": "200", "TERM": "dumb"}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=wide)


def audited_document(*arguments: str | Path) -> dict[str, Any]:
    result = oldphoto("audit", *arguments, "--json")
    document: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if document["holds"] else 1), result.output
    return document


def problems(*arguments: str | Path) -> list[str]:
    return [problem for check in audited_document(*arguments)["checks"] for problem in check["problems"]]


def not_checked(document: dict[str, Any]) -> list[str]:
    return [sentence for check in document["checks"] for sentence in check["not_checked"]]


@pytest.fixture
def output(audited: AuditedArchive, tmp_path: Path) -> Path:
    """A copy of the archive in which everything holds, to be tampered with."""
    copy = audited.copy(tmp_path)
    assert problems(copy, "--masters", "all") == [], "untouched, it must pass"
    return copy


def derivative(audited: AuditedArchive, key: str, name: str) -> str:
    asset_id = audited.asset_id(key)
    return f"derivatives/{asset_id[:2]}/{asset_id}/{name}"


# ------------------------------------------------------------------ the five ways to tamper


def test_a_tampered_pixel_is_caught(audited: AuditedArchive, output: Path) -> None:
    path = derivative(audited, RESTORED, "restored.tif")
    pixels = tifffile.imread(output / path)
    pixels[10, 20, 0] ^= 1
    tifffile.imwrite(output / path, pixels, compression="zlib", photometric="rgb")
    content = (output / path).read_bytes()
    result = oldphoto("audit", output)
    assert result.exit_code == 1
    assert f"{path} has digest {hashlib.sha256(content).hexdigest()}" in result.stdout


def test_a_derivative_encoded_anew_is_caught_though_every_pixel_is_the_same(
    audited: AuditedArchive, output: Path
) -> None:
    path = derivative(audited, RESTORED, "restored.tif")
    pixels = tifffile.imread(output / path)
    tifffile.imwrite(output / path, pixels, compression="zlib", photometric="rgb")
    assert np.array_equal(tifffile.imread(output / path), pixels)
    assert [problem.split(" has digest ")[0] for problem in problems(output)] == [path]


def test_a_deleted_derivative_is_caught(audited: AuditedArchive, output: Path) -> None:
    path = derivative(audited, MODERNIZED, "modernized.tif")
    (output / path).unlink()
    assert problems(output) == [f"{path} is gone"]


def test_a_forged_row_is_caught_by_the_digest_of_its_file(output: Path) -> None:
    path = forge(output, "assets", "run-000001", with_value("status", "untouched", key=RESTORED))
    result = oldphoto("audit", output)
    assert result.exit_code == 1
    assert f"{path} does not have the digest its manifest names" in result.stdout
    assert "not asked, for the rows could not be read: Does every derivative exist with its digest?" in result.stdout


def test_a_forged_row_whose_manifest_agrees_is_caught_by_the_manifest_after_it(output: Path) -> None:
    forge(output, "treatments", "run-000001", with_value("verdict", "rejected", step="colour"), resign=True)
    (problem,) = problems(output)
    assert "catalogs/_manifests/run-000002.json names parent run-000001" in problem
    assert "was altered" in problem


def test_a_forged_row_of_the_newest_run_is_caught_by_the_provenance_beside_the_picture(output: Path) -> None:
    forge(output, "reviews", NEWEST, with_value("decision", "accept", decision="reject"), resign=True)
    (problem,) = problems(output)
    assert "says decision 'accept', the provenance says 'reject'" in problem


def test_a_forged_row_of_the_newest_run_that_nothing_repeats_is_caught_by_a_digest_noted_elsewhere_alone(
    output: Path,
) -> None:
    noted = audited_document(output)["facts"]["SHA-256 of its manifest"]
    assert problems(output, "--head", noted) == []
    forge(output, "runs", NEWEST, with_value("host", "another machine", run_id=NEWEST), resign=True)
    document = audited_document(output)
    assert document["holds"], "nothing in the archive contradicts it"
    assert any(f"nothing vouches for the newest run ({NEWEST}" in sentence for sentence in not_checked(document))
    (problem,) = problems(output, "--head", noted)
    assert f"no manifest has the digest {noted} that was noted" in problem


def test_a_changed_master_is_caught(audited: AuditedArchive, output: Path) -> None:
    content = bytearray((audited.scans / RESTORED).read_bytes())
    content[-1] ^= 1
    with audited.changed(RESTORED, bytes(content)):
        result = oldphoto("audit", output)
        assert problems(output, "--masters", "none") == []
    assert result.exit_code == 1
    assert f"master {RESTORED} at {audited.scans.as_uri()} has digest" in result.stdout
    assert oldphoto("audit", output).exit_code == 0, "and put back, it holds again"


def test_swapped_weights_are_caught(audited: AuditedArchive, tmp_path: Path) -> None:
    """The command runs from a copy of the program: the weights that came with this one stay as they are."""
    copy = copy_of_the_program(tmp_path)
    done = audit_with(copy, audited.output)
    assert done.returncode == 0, done.stdout + done.stderr
    weights = copy / "tasks" / "models" / "shipped" / "own-colour.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    done = audit_with(copy, audited.output)
    assert done.returncode == 1
    found = hashlib.sha256(content).hexdigest()
    assert f"swapped: the weights own-colour have digest {found}" in done.stdout


def test_weights_swapped_together_with_their_record_and_card_are_caught_by_the_rows_that_name_the_true_ones(
    audited: AuditedArchive, tmp_path: Path
) -> None:
    shipped = (copy := copy_of_the_program(tmp_path)) / "tasks" / "models" / "shipped"
    weights = shipped / "own-colour.safetensors"
    before = hashlib.sha256(weights.read_bytes()).hexdigest()
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    after = hashlib.sha256(weights.read_bytes()).hexdigest()
    for name in ("models.json", "own-colour.md"):
        (shipped / name).write_text((shipped / name).read_text("utf-8").replace(before, after), "utf-8")
    done = audit_with(copy, audited.output)
    assert done.returncode == 1
    assert f"name weights {before}, which are not known" in done.stdout


# ------------------------------------------------------------------ the report


def test_an_audit_writes_nothing_and_says_what_it_left_out(audited: AuditedArchive) -> None:
    with unchanged(audited.root):
        result = oldphoto("audit", audited.output, "--masters", "sample", "--sample", "2", "--seed", "7")
    assert result.exit_code == 0
    assert "5 of 7 masters are not in the sample (seed 7)" in result.stdout
    assert f"{REPLACED} at {audited.scans.as_uri()} holds other bytes since" in result.stdout


def test_a_source_that_does_not_answer_is_named_and_a_problem_only_if_all_masters_were_asked_for(
    audited: AuditedArchive, output: Path
) -> None:
    away = audited.scans.rename(audited.root / "unmounted")
    try:
        some, all_ = audited_document(output), audited_document(output, "--masters", "all")
    finally:
        away.rename(audited.scans)
    assert some["holds"]
    (sentence,) = (one for one in not_checked(some) if "does not answer" in one)
    assert audited.scans.as_uri() in sentence
    assert RESTORED in sentence
    assert not all_["holds"]


def test_a_master_that_is_gone_is_a_problem(audited: AuditedArchive, output: Path) -> None:
    with audited.changed(RESTORED, None):
        (problem,) = problems(output)
    assert f"master {RESTORED} at {audited.scans.as_uri()} is gone" in problem


def test_the_report_is_written_as_markdown_and_as_a_page(audited: AuditedArchive, output: Path, tmp_path: Path) -> None:
    path = derivative(audited, RESTORED, "access.jpg")
    (output / path).unlink()
    for name in ("audit.md", "audit.html"):
        assert oldphoto("audit", output, "--out", tmp_path / name).exit_code == 1
        text = (tmp_path / name).read_text("utf-8")
        assert "1 problem found." in text
        assert path.replace("_", "\\_") if name.endswith(".md") else path in text
        for heading in ("Problems", "Not checked, and why", "Not asked by any audit"):
            assert heading in text
        assert "holds other bytes since" in text
    assert oldphoto("audit", output, "--out", tmp_path / "audit.doc").exit_code == 2


def test_a_stray_file_and_a_file_that_was_withdrawn_and_still_stands_are_caught(
    audited: AuditedArchive, output: Path
) -> None:
    path = derivative(audited, RESTORED, "stray.tif")
    (output / path).write_bytes(b"?")
    assert problems(output) == [f"{path} is in no catalog row"]


# ------------------------------------------------------------------ tampering


Change = Callable[[pa.Table], pa.Table]


def with_value(column: str, value: str, **where: str) -> Change:
    """Return a change of one column in the rows where another has a value; at least one row must be changed."""
    ((other, wanted),) = where.items()

    def change(table: pa.Table) -> pa.Table:
        old, told = table[column].to_pylist(), table[other].to_pylist()
        new = [value if one == wanted else before for before, one in zip(old, told, strict=True)]
        assert new != old
        at = table.schema.get_field_index(column)
        return table.set_column(at, table.schema.field(at), pa.array(new, table.schema.field(at).type))

    return change


def forge(output: Path, table: str, run_id: str, change: Change, *, resign: bool = False) -> str:
    """Rewrite a Parquet file of a run, footer kept; let its manifest agree again if asked to. Return the file."""
    manifest_path = output / "catalogs" / "_manifests" / f"{run_id}.json"
    manifest = parse_manifest(manifest_path.read_bytes())
    path = next(file.path for file in manifest.files if file.table == table)
    sink = io.BytesIO()
    pq.write_table(change(pq.read_table(io.BytesIO((output / path).read_bytes()))), sink, compression="zstd")
    content = sink.getvalue()
    (output / path).write_bytes(content)
    if resign:
        digest = hashlib.sha256(content).hexdigest()
        files = [
            replace(file, sha256=digest, bytes=len(content)) if file.path == path else file for file in manifest.files
        ]
        manifest_path.write_bytes(replace(manifest, files=tuple(files)).to_bytes())
    return path


def copy_of_the_program(folder: Path) -> Path:
    copy = folder / "program"
    copy.mkdir()
    for name in ("catalogs", "flows", "oldphoto_core"):
        (copy / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "tasks", copy / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def audit_with(program: Path, output: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(program), "COLUMNS": "200"}
    code = "import tasks, flows.cli; assert tasks.__file__.startswith(__import__('os').environ['PYTHONPATH'])"
    command = [sys.executable, "-c", f"{code}; flows.cli.main()", "audit", str(output)]
    return subprocess.run(command, env=environment, cwd=program, capture_output=True, text=True, check=False)
