"""Digests of weights in the catalog lead to the names of networks."""

from pathlib import Path

from tasks.models.installed import digest_of, weights_digest
from tasks.models.naming import names_of


def test_one_file_and_several_together_are_told_by_name(tmp_path: Path) -> None:
    parts = {name: digest_of(name) for name in ("own-scratch", "own-damage")}
    assert names_of(parts["own-damage"], tmp_path) == {"own-damage": parts["own-damage"]}
    assert names_of(weights_digest(parts), tmp_path) == parts


def test_weights_that_are_not_installed_have_no_name(tmp_path: Path) -> None:
    assert names_of("ab" * 32, tmp_path) == {}
