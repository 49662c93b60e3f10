"""What only a folder can be asked: links, strange names, crashes, other processes; and addresses."""

import errno
import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks import folder_store
from tasks.folder_store import FolderStore
from tasks.locations import Bucket, locate
from tasks.objects import Content
from tasks.storage import (
    AccessDeniedError,
    BucketMissingError,
    DigestMismatchError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectStore,
    SourceStore,
    StoreError,
    StoreUriError,
    UnsafeKeyError,
    open_source,
    open_store,
    overlap,
)

DRAFT = f".oldphoto-{'0' * 32}.partial"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def store(root: Path) -> ObjectStore:
    return open_store(root)


def keys(store: SourceStore, prefix: str = "") -> list[str]:
    return [found.key for found in store.list(prefix)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_links_are_neither_listed_nor_followed(store: ObjectStore, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    store.put("real/k", b"x")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "inner").symlink_to(root / "real")
    (root / "broken").symlink_to(outside / "nothing")
    (root / "loop").symlink_to(root)
    assert keys(store) == ["real/k"]
    for key in ("folder/secret", "folder/new", "file", "inner/k", "broken", "loop/real/k"):
        for verb in (store.read, store.head, store.delete, lambda key: store.put(key, b"y")):
            with pytest.raises(UnsafeKeyError, match="symbolic link"):
                verb(key)
    with pytest.raises(UnsafeKeyError):
        keys(store, "folder/")
    assert (outside / "secret").read_bytes() == b"secret"
    assert names(outside) == ["secret"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_store(tmp_path / "link").put("k", b"x")
    assert keys(open_source(tmp_path / "real")) == ["k"]


@pytest.mark.parametrize("key", ["../up", "/etc/hostname", "a/../../up", ".", "a/", "a\0b", "\udcff"])
def test_keys_that_lead_out_are_refused_by_every_verb(store: ObjectStore, tmp_path: Path, key: str) -> None:
    store.put("a/k", b"x")
    (tmp_path / "up").write_bytes(b"outside")
    for verb in (
        store.read,
        store.head,
        lambda key: list(store.chunks(key)),
        lambda key: store.fetch(key, tmp_path / "f"),
    ):
        with pytest.raises(UnsafeKeyError):
            verb(key)
    with pytest.raises(UnsafeKeyError):
        keys(store, "../")
    assert (tmp_path / "up").read_bytes() == b"outside"


def test_pipes_and_folders_are_not_objects(store: ObjectStore, root: Path) -> None:
    store.put("folder/k", b"x")
    os.mkfifo(root / "pipe")
    assert keys(store) == ["folder/k"]
    for key in ("pipe", "folder"):
        with pytest.raises(ObjectMissingError, match="regular"):
            store.read(key)
    store.delete("folder")
    assert keys(store) == ["folder/k"]


def test_a_folder_cannot_hold_a_file_and_files_below_it(store: ObjectStore) -> None:
    store.put("a", b"x")
    store.put("b/c", b"x")
    for key in ("a/b", "a/b/c", "b"):
        with pytest.raises(UnsafeKeyError):
            store.put(key, b"y")
    assert keys(store) == ["a", "b/c"]


def test_a_name_too_long_for_the_disk_is_refused(store: ObjectStore) -> None:
    store.put("k", b"x")
    for verb in (store.read, lambda key: store.put(key, b"x")):
        with pytest.raises(UnsafeKeyError, match="ENAMETOOLONG"):
            verb("x" * 300)


def test_names_that_are_not_text_are_listed_and_read(store: ObjectStore, root: Path) -> None:
    raw = [
        b"caf\xe9.tif",
        b"\xff\xfe",
        "cafe\u0301.tif".encode(),
        "already \ufffdE9.tif".encode(),
        b"\xe9/\xc3",
        b"%E9",
    ]
    for name in raw:
        path = root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name)
    listed = keys(store)
    assert "caf\ufffdE9.tif" in listed
    assert "%E9" in listed
    assert len(set(listed)) == len(raw)
    assert {store.read(key) for key in listed} == set(raw)
    assert all(key.encode() for key in listed)
    assert keys(store, "caf\ufffd") == ["caf\ufffdE9.tif"]
    copy = open_store(root.parent / "copy")
    for key in listed:
        copy.put(key, store.read(key))
    assert keys(copy) == listed
    assert (root.parent / "copy" / os.fsdecode(b"caf\xe9.tif")).exists()


@pytest.mark.parametrize(
    "key", ["\ufffd41", "\ufffd", "a\ufffdZZ", "\ufffdC3\ufffdA9", "x\ufffd2F..\ufffd2Fup", "\ufffd00"]
)
def test_escapes_that_mean_nothing_are_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(UnsafeKeyError, match="its name"):
        store.put(key, b"x")


@given(name=st.binary(min_size=1, max_size=12))
def test_every_name_has_one_key_and_comes_back(name: bytes) -> None:
    text = os.fsdecode(name)
    part = folder_store._part(text)
    assert folder_store._name(part) == text
    assert os.fsencode(folder_store._name(part)) == name
    assert part.encode().decode() == part


@given(
    names=st.lists(st.text("ab\ufffd\udcff\udcc3\udca9E9", min_size=1, max_size=6), min_size=2, max_size=2, unique=True)
)
def test_two_names_never_share_a_key(names: list[str]) -> None:
    one, other = (os.fsdecode(os.fsencode(name)) for name in names)
    assert (one == other) == (folder_store._part(one) == folder_store._part(other))


def test_a_missing_source_is_loud_and_a_new_output_is_empty(root: Path) -> None:
    with pytest.raises(BucketMissingError, match="mounted"):
        keys(open_source(root))
    assert keys(open_store(root)) == []
    assert open_store(root).remove_unfinished(datetime.now(UTC)) == 0
    with pytest.raises(ObjectMissingError):
        open_store(root).read("k")
    assert not root.exists()


def test_a_source_that_is_a_file_is_said(root: Path) -> None:
    root.write_bytes(b"x")
    for opened in (open_source(root), open_store(root)):
        with pytest.raises(BucketMissingError):
            keys(opened)


def test_what_may_not_be_read_is_said_and_not_skipped(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("shut/k", b"x")
    scan = os.scandir

    def guard(folder: Path) -> object:  # as root, permissions stop nobody
        if Path(folder).name == "shut":
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(str(folder))

    monkeypatch.setattr(os, "scandir", guard)
    with pytest.raises(AccessDeniedError, match="EACCES"):
        keys(store)


def test_drafts_of_a_crash_are_not_objects_and_are_removed_when_old(store: ObjectStore, root: Path) -> None:
    store.put("a/k", b"x")
    store.put("a/.hidden", b"x")
    draft = root / "a" / DRAFT
    draft.write_bytes(b"half")
    assert keys(store) == ["a/.hidden", "a/k"]
    for verb in (store.read, store.delete, lambda key: store.put(key, b"x")):
        with pytest.raises(UnsafeKeyError):
            verb(f"a/{DRAFT}")
    assert store.remove_unfinished(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert draft.exists()
    assert store.remove_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert names(root / "a") == [".hidden", "k"]


def test_a_writer_killed_half_way_leaves_no_object(store: ObjectStore, root: Path, tmp_path: Path) -> None:
    store.put("k", b"old")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = (
        "import sys, pathlib as p; from tasks.storage import *; open_store(sys.argv[1]).put('k', p.Path(sys.argv[2]))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(root), str(pipe)]) as writer, pipe.open("wb") as feed:
        feed.write(b"half" * 2**19)
        feed.flush()
        end = time.monotonic() + 60
        while not (drafts := list(root.glob(".oldphoto-*"))) or not drafts[0].stat().st_size:
            assert time.monotonic() < end
            time.sleep(0.01)
        writer.kill()
    assert store.read("k") == b"old"
    assert keys(store) == ["k"]
    assert store.remove_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert names(root) == ["k"]


def test_a_failed_put_leaves_no_draft_and_the_old_object(
    store: ObjectStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("k", b"old")

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="ENOSPC"):
        store.put("k", b"new")
    assert store.read("k") == b"old"
    assert names(root) == ["k"]


def test_a_disk_that_changes_what_was_written_is_found_out(
    store: ObjectStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = folder_store._write

    def rot(source: Content, path: Path) -> str:
        digest = write(source, path)
        path.write_bytes(b"rotten")
        return digest

    monkeypatch.setattr(folder_store, "_write", rot)
    with pytest.raises(DigestMismatchError):
        store.put("k", b"fresh!")
    assert names(root) == []


def test_a_disk_without_hard_links_says_so(store: ObjectStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(StoreError, match="no hard links"):
        store.put("k", b"x", if_absent=True)
    assert names(root) == []


def test_exactly_one_of_four_processes_wins(root: Path) -> None:
    store = FolderStore(root)
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        for key in ("r1", "r2", "r3", "r4", "r5"):
            contents = [f"{key} {number}".encode() for number in range(8)]
            futures = [pool.submit(store.put, key, content, if_absent=True) for content in contents]
            outcomes = [future.exception() or future.result() for future in futures]
            winners = [outcome for outcome in outcomes if isinstance(outcome, str)]
            assert winners == [hashlib.sha256(store.read(key)).hexdigest()]
            assert sum(isinstance(outcome, ObjectExistsError) for outcome in outcomes) == 7


def test_readers_see_the_old_or_the_new_never_a_mixture(store: ObjectStore) -> None:
    store.put("k", b"0" * 300_000)
    stop = threading.Event()

    def rewrite() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % 10
            store.put("k", str(number).encode() * 300_000)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        contents: list[bytes] = []
        while len(set(contents)) < 4:
            contents.append(b"".join(store.chunks("k", chunk_bytes=7_000)))
    finally:
        stop.set()
        writer.join()
    assert all(len(content) == 300_000 and len(set(content)) == 1 for content in contents)


def test_a_file_written_in_place_while_it_is_read_is_noticed(store: ObjectStore, root: Path) -> None:
    store.put("k", b"x" * 1000)
    for change in (lambda: (root / "k").write_bytes(b"y" * 1000), lambda: os.truncate(root / "k", 600)):
        pieces = store.chunks("k", chunk_bytes=500)
        next(pieces)
        time.sleep(0.01)  # file times have the kernel's tick as their grain
        change()
        with pytest.raises(ObjectChangedError, match="written to"):
            list(pieces)


def test_files_that_go_while_listing_are_passed_over(store: ObjectStore, root: Path) -> None:
    for key in ("a", "b", "c/d"):
        store.put(key, b"x")
    listing = store.list()
    assert next(listing).key == "a"
    (root / "b").unlink()
    (root / "c" / "d").unlink()
    (root / "c").rmdir()
    assert list(listing) == []


def test_a_tree_deeper_than_pythons_stack_is_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root.mkdir()
    monkeypatch.chdir(root)
    try:
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
        Path("k").write_bytes(b"x")
        assert [len(key) for key in keys(open_source(root))] == [2401]
    finally:  # deeper, too, than pytest could remove
        subprocess.run(["rm", "-rf", root / "d"], check=True)


def test_times_no_calendar_has_do_not_end_a_listing() -> None:
    for seconds, year in ((-(10**14), 1), (10**14, 9999), (0, 1970)):
        found = SimpleNamespace(st_mtime=float(seconds), st_mtime_ns=seconds * 10**9, st_size=1, st_ino=2)
        assert folder_store._describe("k", found).modified.year == year  # type: ignore[arg-type]


def test_addresses_of_one_folder_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a b%é#?"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    spellings: list[str | Path] = [
        str(folder),
        folder,
        "a b%é#?",
        folder.as_uri(),
        f"FILE:{folder.as_uri()[5:]}",
        f"{folder}/",
        f"{folder}/../a b%é#?",
    ]
    assert {locate(spelling) for spelling in spellings} == {folder}
    assert locate("file://localhost/srv/x") == locate("file:/srv/x") == Path("/srv/x")


def test_a_folder_whose_name_is_not_text_has_an_address(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    store = open_store(folder)
    store.put("k", b"x")
    assert open_source(store.uri).read("k") == b"x"
    assert store.uri.isascii()


def test_buckets_and_prefixes_are_verbatim() -> None:
    assert locate("s3://museum") == locate("S3://museum/") == Bucket("museum", "")
    assert locate("s3://museum/a b/c%20d?#") == Bucket("museum", "a b/c%20d?#")
    assert locate("s3://museum/a/").uri == "s3://museum/a"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "s3://",
        "s3:///a",
        "s3://ab",
        "s3://user:hunter2@host/a",
        "gs://bucket/a",
        "https://host/a",
        "file:",
        "file://other/a",
        "a\0b",
        "file:///a%00b",
    ],
)
def test_addresses_of_no_store_are_refused_without_repeating_secrets(uri: str) -> None:
    with pytest.raises(StoreUriError) as caught:
        open_store(uri)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("s3://museum", "s3://museum/out", True),
        ("s3://museum/a", "s3://museum/a/", True),
        ("s3://museum/a", "s3://museum/a/b/c", True),
        ("s3://museum/a", "s3://museum/ab", False),
        ("s3://museum/a", "s3://museum/b", False),
        ("s3://museum/a", "s3://other/a", False),
        ("s3://museum/a", "museum/a", False),
        ("scans", "scans", True),
        ("scans", "scans/out", True),
        ("scans", "scans2", False),
        ("scans", "out/../scans", True),
        ("scans", "file:scans/new/er", True),
        ("alias", "scans/out", True),
        ("alias/sub", "scans", True),
        ("out", "scans", False),
        (".", "out", True),
    ],
)
def test_overlap(one: str, other: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001  a column of the table
    monkeypatch.chdir(tmp_path)
    Path("scans").mkdir()
    Path("alias").symlink_to("scans")
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def test_overlap_sees_one_folder_under_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "mounted" / "deep").mkdir(parents=True)
    real = Path.samefile

    def bound(self: Path, other: Path) -> bool:  # as a bind mount of scans at mounted would answer
        return {self.name, other.name} == {"scans", "mounted"} or real(self, other)

    monkeypatch.setattr(Path, "samefile", bound)
    assert overlap(tmp_path / "scans", tmp_path / "mounted" / "deep")
    assert not overlap(tmp_path / "scans", tmp_path / "elsewhere")
