import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from catalog_rows import TEXT, commit_of, plain_row
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore

from catalogs.errors import BrokenChainError
from catalogs.manifest import CatalogFile, Manifest, parse_manifest, read_chain, run_name, run_number
from catalogs.schema import RunRow
from catalogs.write import commit_run

COUNT = st.integers(0, 2**63)
FILES = st.lists(st.builds(CatalogFile, TEXT, TEXT, COUNT, COUNT, TEXT), max_size=3).map(tuple)
MANIFESTS = st.builds(
    Manifest,
    run_id=TEXT,
    parent_run_id=st.none() | TEXT,
    parent_sha256=st.none() | TEXT,
    committed_at=TEXT,
    run_date=TEXT,
    code_version=TEXT,
    config_hash=TEXT,
    schema_version=TEXT,
    files=FILES,
)


def key(run: int) -> str:
    return f"catalogs/_manifests/{run_name(run)}.json"


def store_of(runs: int) -> MemoryStore:
    """Return a store with so many commits."""
    store = MemoryStore()
    for _ in range(runs):
        commit = commit_of(store)
        commit_run(store, commit, {"runs": [plain_row(RunRow, run_id=commit.run_id)]})
    return store


def alter(store: MemoryStore, run: int, change: Callable[[dict[str, Any]], None]) -> None:
    values = json.loads(store.read(key(run)))
    change(values)
    store.put(key(run), json.dumps(values).encode())


@settings(deadline=None)
@given(MANIFESTS)
def test_a_manifest_written_and_read_is_the_same(manifest: Manifest) -> None:
    assert parse_manifest(manifest.to_bytes()) == manifest


@given(st.integers(0, 10**9))
def test_the_number_of_a_runs_name_is_the_runs_number(number: int) -> None:
    assert run_number(run_name(number)) == number


@given(st.integers(1, 999_998))
def test_names_sort_as_numbers_do(number: int) -> None:
    assert run_name(number) < run_name(number + 1)


@pytest.mark.parametrize("text", ["", "run", "run-", "run-x", "run--1", "job-000001", "run-000001.json", "run-1/2"])
def test_other_texts_are_no_run_ids(text: str) -> None:
    with pytest.raises(ValueError, match="expected a run id such as run-000012, found "):
        run_number(text)


def test_an_empty_store_has_an_empty_chain() -> None:
    assert read_chain(MemoryStore()) == ((), None)


def test_the_chain_is_read_from_the_first_run_to_the_newest() -> None:
    store = store_of(12)
    chain, head = read_chain(store)
    assert [manifest.run_id for manifest in chain] == [run_name(number) for number in range(1, 13)]
    assert [manifest.parent_run_id for manifest in chain] == [None, *(run_name(number) for number in range(1, 12))]
    assert head == hashlib.sha256(store.read(key(12))).hexdigest()


def test_what_is_no_manifest_by_name_is_passed_over() -> None:
    store = store_of(2)
    store.put("catalogs/_manifests/README.txt", b"hello")
    assert len(read_chain(store)[0]) == 2


@pytest.mark.parametrize("run", [1, 2])
def test_an_altered_manifest_shows_in_the_one_after_it(run: int) -> None:
    store = store_of(3)
    alter(store, run, lambda values: values.update(code_version="other"))
    with pytest.raises(BrokenChainError, match=f"{key(run + 1)} names parent {run_name(run)} .* was altered"):
        read_chain(store)


def test_one_space_more_is_an_alteration() -> None:
    store = store_of(3)
    store.put(key(2), store.read(key(2)) + b" ")
    with pytest.raises(BrokenChainError, match=key(3)):
        read_chain(store)


@pytest.mark.parametrize("run", [1, 2])
def test_a_manifest_missing_before_the_newest_breaks_the_chain(run: int) -> None:
    store = store_of(3)
    store.delete(key(run))
    with pytest.raises(
        BrokenChainError, match=f"expected {run_name(run)} next in the chain, found {run_name(run + 1)}"
    ):
        read_chain(store)


def test_manifests_in_another_order_break_the_chain() -> None:
    store = store_of(3)
    second, third = store.read(key(2)), store.read(key(3))
    store.put(key(2), third)
    store.put(key(3), second)
    with pytest.raises(BrokenChainError, match="expected run-000002 next in the chain, found run-000003"):
        read_chain(store)


def test_a_manifest_added_in_between_breaks_the_chain() -> None:
    store = store_of(2)
    store.put("catalogs/_manifests/run-000001b.json", store.read(key(1)))
    with pytest.raises(BrokenChainError, match=r"found run-000001 in catalogs/_manifests/run-000001b\.json"):
        read_chain(store)


def test_a_manifest_under_another_name_breaks_the_chain() -> None:
    store = store_of(2)
    store.put("catalogs/_manifests/run-2.json", store.read(key(2)))
    store.delete(key(2))
    with pytest.raises(BrokenChainError, match=r"found run-000002 in catalogs/_manifests/run-2\.json"):
        read_chain(store)


def test_a_newest_manifest_that_names_another_parent_breaks_the_chain() -> None:
    store = store_of(2)
    alter(store, 2, lambda values: values.update(parent_sha256="0" * 64))
    with pytest.raises(BrokenChainError, match=f"{key(2)} names parent run-000001 with SHA-256 0000"):
        read_chain(store)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"{}", b'{"files": 1}', b'{"files": [1]}', b'{"files": [{}]}'],
)
def test_a_manifest_that_cannot_be_read_is_named(content: bytes) -> None:
    store = store_of(2)
    store.put(key(2), content)
    with pytest.raises(BrokenChainError, match=f"{key(2)} cannot be read as a manifest"):
        read_chain(store)


def test_a_manifest_with_a_value_too_many_cannot_be_read() -> None:
    store = store_of(1)
    alter(store, 1, lambda values: values.update(invented=1))
    with pytest.raises(BrokenChainError, match="invented"):
        read_chain(store)


def test_a_manifest_of_a_later_form_is_refused() -> None:
    later = replace(read_chain(store_of(1))[0][0], format="oldphoto-manifest/2")
    with pytest.raises(BrokenChainError, match="expected a manifest of form oldphoto-manifest/1, found oldphoto-mani"):
        parse_manifest(later.to_bytes())


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.update(run_id=1),
        lambda values: values["files"][0].update(path=5),
        lambda values: values["files"][0].update(rows="1"),
    ],
)
def test_a_value_of_another_type_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    store = store_of(1)
    alter(store, 1, change)
    with pytest.raises(BrokenChainError, match="a number stands for a text"):
        read_chain(store)


def test_a_manifest_is_json_that_people_can_read_and_compare() -> None:
    text = store_of(1).read(key(1)).decode()
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
