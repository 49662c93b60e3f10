"""Which weights rows may name; the real archive is asked in ``tests/flows/test_cli_audit.py``."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalog_rows import small_archive

from catalogs.audit_evidence import gather
from catalogs.audit_report import Finding
from catalogs.read import open_catalog
from tasks.audit_weights import named_weights, swapped_weights
from tasks.models.installed import digest_of, weights_digest
from tasks.models.own import OWN
from tasks.models.shipped import FORMER, SHIPPED

NOBODY = Path("/nowhere/models")


def asked(table: str, shipped: Path = SHIPPED, **values: Any) -> Finding:
    """Return what is found if the first row of a table of the second night says this."""

    def change(night: int, rows: dict[str, list[Any]]) -> None:
        if night == 2:
            rows[table] = [replace(rows[table][0], **values), *rows[table][1:]]

    return named_weights(gather(open_catalog(small_archive(change).store)), NOBODY, shipped=shipped)


def test_rows_without_networks_name_none() -> None:
    found = asked("damage")
    assert (found.problems, found.not_checked) == ([], [])
    assert found.looked_at > 20


def test_known_weights_may_be_named_alone_and_together() -> None:
    scratch, damage = digest_of("own-scratch"), digest_of("own-damage")
    together = weights_digest({"own-scratch": scratch, "own-damage": damage})
    for weights in (scratch, together):
        assert asked("damage", engine="own", weights_sha256=weights) == asked("damage")


def test_unknown_weights_are_a_problem_in_every_table() -> None:
    for table in ("damage", "treatments", "events"):
        (problem,) = asked(table, weights_sha256="0" * 64).problems
        assert problem.startswith(f"1 rows of {table} of run-000002, such as that about ")
        assert problem.endswith(f"name weights {'0' * 64}, which are not known")


def test_a_step_made_by_a_network_must_name_its_weights_and_a_result_need_not() -> None:
    (problem,) = asked("damage", engine="own").problems
    assert "were made by the networks of engine own and name no weights" in problem
    assert asked("treatments", engine="own", step="texture").problems
    assert not asked("treatments", engine="own", step="result").problems


def test_weights_that_were_shipped_once_are_known_and_said_not_to_be_here(tmp_path: Path) -> None:
    shipped = Path(shutil.copytree(SHIPPED, tmp_path / "shipped"))
    (shipped / FORMER).write_text(json.dumps({"own-damage": ["cd" * 32]}), "utf-8")
    found = asked("damage", shipped, engine="own", weights_sha256="cd" * 32)
    assert found.problems == []
    assert f"name own-damage {'cd' * 32}: known, but not on this machine" in found.not_checked[0]


def test_weights_as_they_came_hold_and_missing_ones_are_said_to_be_missing(tmp_path: Path) -> None:
    assert swapped_weights(NOBODY) == Finding(len(OWN), [], [])
    shipped = Path(shutil.copytree(SHIPPED, tmp_path / "shipped"))
    (shipped / "own-colour.safetensors").unlink()
    found = swapped_weights(NOBODY, shipped=shipped)
    assert (found.looked_at, found.problems) == (len(OWN) - 1, [])
    assert "the weights own-colour (" in found.not_checked[0]


def test_a_card_that_is_gone_or_names_another_digest_is_a_problem(tmp_path: Path) -> None:
    shipped = Path(shutil.copytree(SHIPPED, tmp_path / "shipped"))
    (shipped / "own-colour.md").unlink()
    card = shipped / "own-damage.md"
    card.write_text(card.read_text("utf-8").replace(digest_of("own-damage"), "0" * 64), "utf-8")
    gone, other = swapped_weights(NOBODY, shipped=shipped).problems
    assert gone == "the weights own-colour are shipped without their card"
    assert other.startswith("swapped: the card of own-damage does not name the digest on record")
