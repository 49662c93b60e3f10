"""What every store promises, asked of a folder, of moto's pretend S3 and of a real S3 server."""

import hashlib
import itertools
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from s3_servers import PART_BYTES, Server

from tasks.storage import (
    AccessDeniedError,
    BucketMissingError,
    Digest,
    DigestMismatchError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectStore,
    ObjectTooLargeError,
    S3Settings,
    SourceStore,
    UnsafeKeyError,
    open_source,
    open_store,
)

HOSTILE_KEYS = [
    "a b.tif",
    " leading and trailing ",
    "plus+percent%20and%percent.tif",
    "a..b",
    "..a/b../.hidden",
    "Grüße/写真/фото/\N{GRINNING FACE}.tif",
    "cafe\u0301 is not caf\u00e9.tif",
    "q?x=1#y&z=<>\"'\\*[]{}|^`~!@$(),;:",
    "tab\tcr\rbell\x07.tif",
    "\uffff",
    "s3:/bucket",
    "/".join(["x" * 195] * 5),
]
LEAVING_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../a",
    "a/../../b",
    "a/..",
    "./a",
    "a//b",
    "a/",
    "a\0b",
    "\udcff",
    "x" * 1025,
]


@dataclass(frozen=True)
class Address:
    """Where a store is, and how to reach it."""

    uri: str
    s3: S3Settings | None = None

    def store(self) -> ObjectStore:
        return open_store(self.uri, s3=self.s3)

    def source(self) -> SourceStore:
        return open_source(self.uri, s3=self.s3)


def keys(store: SourceStore, prefix: str = "") -> list[str]:
    return [found.key for found in store.list(prefix)]


def noise(size: int, seed: int = 0) -> bytes:
    return hashlib.shake_128(seed.to_bytes(4)).digest(size)


class StoreContract:
    """Each store inherits these questions and says where it is."""

    @pytest.fixture
    def address(self) -> Address:
        raise NotImplementedError

    @pytest.fixture
    def store(self, address: Address) -> ObjectStore:
        return address.store()

    def test_what_was_put_is_read(self, store: ObjectStore) -> None:
        @given(content=st.binary(max_size=3000))
        @settings(max_examples=8, deadline=None)
        def check(content: bytes) -> None:
            assert store.put("a/b.bin", content) == hashlib.sha256(content).hexdigest()
            assert store.read("a/b.bin") == content
            assert store.head("a/b.bin").size == len(content)

        check()

    def test_a_file_is_put_as_its_bytes(self, store: ObjectStore, tmp_path: Path) -> None:
        path = tmp_path / "content"
        path.write_bytes(noise(70_000))
        store.put("k", path)
        store.put("once", path, if_absent=True, media_type="image/tiff")
        assert store.read("k") == store.read("once") == path.read_bytes()

    def test_a_file_that_is_not_there_is_the_callers_trouble(self, store: ObjectStore, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="nothing"):
            store.put("k", tmp_path / "nothing")
        assert keys(store) == []

    def test_second_put_wins_and_changes_the_etag(self, store: ObjectStore) -> None:
        store.put("k", b"one")
        first = store.head("k")
        store.put("k", b"two")
        assert store.read("k") == b"two"
        assert store.head("k").etag != first.etag

    def test_conditional_put_leaves_what_is_there(self, store: ObjectStore) -> None:
        store.put("k", b"first", if_absent=True)
        for content in (b"second", b"first"):
            with pytest.raises(ObjectExistsError) as caught:
                store.put("k", content, if_absent=True)
            assert isinstance(caught.value, FileExistsError)
        assert store.read("k") == b"first"
        assert keys(store) == ["k"]

    def test_exactly_one_of_eight_threads_wins(self, store: ObjectStore) -> None:
        def race(key: str, content: bytes) -> str | None:
            try:
                return store.put(key, content, if_absent=True)
            except ObjectExistsError:
                return None

        different = [noise(20, number) for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            for key, contents in {"r1": different, "r2": different, "equal": [b"same"] * 8}.items():
                winners = [digest for digest in pool.map(race, [key] * 8, contents) if digest]
                assert winners == [hashlib.sha256(store.read(key)).hexdigest()]

    def test_more_than_a_page_is_listed_once_and_in_order(self, store: ObjectStore) -> None:
        expected = sorted(f"many/{number % 7}/{number}" for number in range(1100))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.quick_put(store), expected))
        assert keys(store) == expected
        assert len(keys(store, "many/3/")) == 157

    def quick_put(self, store: ObjectStore) -> Callable[[str], object]:
        return lambda key: store.put(key, b"")

    def test_listing_says_what_head_says(self, store: ObjectStore) -> None:
        store.put("k", b"12345")
        (found,) = store.list()
        assert replace(store.head("k"), version=None) == found
        assert found.size == 5
        assert found.modified.tzinfo is UTC
        assert abs(found.modified - datetime.now(UTC)) < timedelta(minutes=10)

    def test_order_is_that_of_the_whole_key(self, store: ObjectStore) -> None:
        expected = ["a", "a-b", "a.b/c", "a/b", "a/b-c", "a0", "b", "é", "\uffff", "\N{GRINNING FACE}"]
        expected.remove("a")  # a folder cannot hold both "a" and "a/b"
        for key in reversed(expected):
            store.put(key, b"x")
        assert keys(store) == expected

    def test_a_prefix_is_a_beginning(self, store: ObjectStore) -> None:
        for key in ("b/x", "ab", "a/y/z", "a/x"):
            store.put(key, b"x")
        for prefix, expected in {
            "": ["a/x", "a/y/z", "ab", "b/x"],
            "a": ["a/x", "a/y/z", "ab"],
            "a/": ["a/x", "a/y/z"],
            "a/y": ["a/y/z"],
            "a/y/z": ["a/y/z"],
            "a/y/z/": [],
            "ab/": [],
            "nothing/here": [],
        }.items():
            assert (prefix, keys(store, prefix)) == (prefix, expected)

    def test_a_store_sees_only_what_lies_below_it(self, address: Address) -> None:
        inner, beside = Address(address.uri + "/in", address.s3), Address(address.uri + "/in2", address.s3)
        beside.store().put("k", b"beside")
        inner.store().put("k", b"inner")
        assert keys(inner.source()) == ["k"]
        assert keys(address.source()) == ["in/k", "in2/k"]
        assert inner.source().read("k") == b"inner"

    def test_a_range_is_a_slice(self, store: ObjectStore) -> None:
        store.put("k", b"0123456789")
        for start, stop in itertools.product((0, 3, 9, 10, 99), (None, 0, 3, 7, 10, 11, 99)):
            pieces = list(store.chunks("k", start=start, stop=stop, chunk_bytes=4))
            assert (start, stop, b"".join(pieces)) == (start, stop, b"0123456789"[start:stop])
            assert all(1 <= len(piece) <= 4 for piece in pieces)

    def test_a_range_from_the_end_is_refused(self, store: ObjectStore) -> None:
        store.put("k", b"0123456789")
        for start, stop in ((-1, None), (0, -1)):
            with pytest.raises(ValueError, match="range"):
                list(store.chunks("k", start=start, stop=stop))

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        store.put("k", b"")
        assert store.read("k") == b"".join(store.chunks("k", stop=4)) == b""
        assert keys(store) == ["k"]

    def test_missing_is_said_by_every_reading_verb(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("there", b"x")
        reads: list[Callable[[], object]] = [
            lambda: store.head("gone"),
            lambda: store.read("gone"),
            lambda: store.read("there/below"),
            lambda: list(store.chunks("gone", start=1)),
            lambda: list(store.chunks("gone", start=1, stop=1)),
            lambda: store.fetch("gone", tmp_path / "f"),
        ]
        for read in reads:
            with pytest.raises(ObjectMissingError) as caught:
                read()
            assert isinstance(caught.value, FileNotFoundError)
            assert caught.value.uri == store.uri
            assert caught.value.key in {"gone", "there/below"}
        assert not (tmp_path / "f").exists()

    def test_an_object_that_vanishes_after_the_listing_is_missing(self, store: ObjectStore) -> None:
        store.put("k", b"x")
        (found,) = store.list()
        store.delete("k")
        with pytest.raises(ObjectMissingError):
            store.read(found.key, etag=found.etag)

    def test_an_object_replaced_after_the_listing_is_noticed(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("k", b"first")
        (found,) = store.list()
        assert store.read("k", etag=found.etag) == b"first"
        store.put("k", b"other")
        for read in (
            lambda: store.read("k", etag=found.etag),
            lambda: list(store.chunks("k", start=2, etag=found.etag)),
            lambda: store.fetch("k", tmp_path / "f", etag=found.etag),
        ):
            with pytest.raises(ObjectChangedError):
                read()
        assert not (tmp_path / "f").exists()

    def test_deleting_twice_is_fine(self, store: ObjectStore) -> None:
        store.put("a/k", b"x")
        store.put("a/stays", b"x")
        store.delete("a/k")
        store.delete("a/k")
        store.delete("never/was")
        store.delete("a/stays/below")
        assert keys(store) == ["a/stays"]

    def test_hostile_keys_are_kept_verbatim(self, store: ObjectStore, tmp_path: Path) -> None:
        for number, key in enumerate(HOSTILE_KEYS):
            store.put(key, noise(50, number))
        assert keys(store) == sorted(HOSTILE_KEYS, key=str.encode)
        for number, key in enumerate(HOSTILE_KEYS):
            assert store.read(key) == noise(50, number)
            if key.isprintable():  # Ceph 16 answers 500 to a prefix with control characters
                assert keys(store, key) == [key]
            store.fetch(key, tmp_path / "f")
            store.delete(key)
        assert keys(store) == []

    def test_keys_that_lead_out_are_not_written(self, store: ObjectStore) -> None:
        for key in LEAVING_KEYS:
            with pytest.raises(UnsafeKeyError):
                store.put(key, b"x")
            with pytest.raises(UnsafeKeyError):
                store.put(key, b"x", if_absent=True)
            with pytest.raises(UnsafeKeyError):
                store.delete(key)
        assert keys(store) == []

    def test_a_large_object_goes_up_in_parts_and_comes_back(self, store: ObjectStore, tmp_path: Path) -> None:
        content = noise(2 * PART_BYTES + 1_000_001)
        path = tmp_path / "large"
        path.write_bytes(content)
        digest = Digest(hashlib.sha256(content).hexdigest(), len(content))
        assert store.put("file", path) == store.put("bytes", content) == digest.sha256
        assert store.fetch("file", tmp_path / "back", max_bytes=len(content)) == digest
        assert (tmp_path / "back").read_bytes() == content
        assert (
            b"".join(store.chunks("bytes", start=PART_BYTES - 3, stop=PART_BYTES + 3))
            == (content[PART_BYTES - 3 : PART_BYTES + 3])
        )

    def test_an_object_of_just_one_part_and_one_byte_more(self, store: ObjectStore) -> None:
        for size in (PART_BYTES, PART_BYTES + 1):
            content = noise(size)
            store.put("k", content)
            assert hashlib.sha256(store.read("k")).digest() == hashlib.sha256(content).digest()

    def test_fetch_refuses_more_than_allowed_and_leaves_nothing(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("k", b"12345")
        assert store.fetch("k", tmp_path / "f", max_bytes=5).size == 5
        with pytest.raises(ObjectTooLargeError, match="4 bytes"):
            store.fetch("k", tmp_path / "f", max_bytes=4)
        assert not (tmp_path / "f").exists()

    def test_a_source_has_no_verb_that_writes(self, address: Address) -> None:
        address.store().put("k", b"x")
        source = address.source()
        assert source.read("k") == b"x"
        assert {name for name in dir(source) if not name.startswith("_")} == {
            *("uri", "list", "head", "chunks", "read", "fetch")
        }

    def test_a_store_travels_to_another_worker(self, store: ObjectStore, address: Address) -> None:
        store.put("k", b"x")
        assert pickle.loads(pickle.dumps(store)).read("k") == b"x"
        assert pickle.loads(pickle.dumps(address.source())).read("k") == b"x"

    def test_the_stores_own_address_opens_it_again(self, store: ObjectStore, address: Address) -> None:
        store.put("a b%20é", b"x")
        assert open_source(store.uri, s3=address.s3).read("a b%20é") == b"x"

    def test_nothing_unfinished_is_found_after_whole_puts(self, store: ObjectStore) -> None:
        store.put("k", b"x")
        assert store.remove_unfinished(datetime.now(UTC) + timedelta(days=1)) == 0
        assert keys(store) == ["k"]


class S3Contract(StoreContract):
    """What only S3 stores can be asked."""

    @pytest.fixture
    def server(self) -> Server:
        raise NotImplementedError

    @pytest.fixture
    def address(self, server: Server) -> Address:
        return Address(server.new_address(), server.settings)

    def quick_put(self, store: ObjectStore) -> Callable[[str], object]:
        """Put past our own code, which would read each of them back."""
        client, bucket, prefix = store._client, store._place.name, store._place.root  # type: ignore[attr-defined]
        return lambda key: client.put_object(Bucket=bucket, Key=prefix + key, Body=b"")

    def test_keys_that_no_folder_could_keep_are_listed_and_read(self, server: Server, address: Address) -> None:
        prefix = address.uri.removeprefix(f"s3://{server.bucket}/")
        strange = ["../up", "/lead", "a/../b", "a//b", "full/"]
        for key in [*strange, "marker/"]:
            body = b"" if key == "marker/" else key.encode()
            server.client().put_object(Bucket=server.bucket, Key=f"{prefix}/{key}", Body=body)
        source = address.source()
        assert keys(source) == strange
        assert [source.read(key) for key in strange] == [key.encode() for key in strange]

    def test_the_longest_key_counts_its_prefix(self, store: ObjectStore) -> None:
        room = 1024 - len(store._place.root)  # type: ignore[attr-defined]
        longest = "é" * (room // 2)
        store.put(longest, b"x")
        assert keys(store) == [longest]
        for verb in (store.read, store.delete, store.head):
            with pytest.raises(UnsafeKeyError, match=r"1,02\d bytes"):
                verb(longest + "xx")

    def test_the_media_type_is_stored(self, server: Server, address: Address) -> None:
        prefix = address.uri.removeprefix(f"s3://{server.bucket}/")
        content = noise(PART_BYTES + 1)
        store = address.store()
        store.put("small", b"x", media_type="application/json")
        store.put("large", content, media_type="image/tiff")
        types = [
            server.client().head_object(Bucket=server.bucket, Key=f"{prefix}/{key}")["ContentType"]
            for key in ("small", "large")
        ]
        assert types == ["application/json", "image/tiff"]

    def test_a_missing_bucket_is_said(self, server: Server) -> None:
        store = open_store(f"s3://{server.bucket}-not", s3=server.settings)
        for verb in (lambda: keys(store), lambda: store.read("k"), lambda: store.put("k", b"x")):
            with pytest.raises(BucketMissingError, match="create it"):
                verb()

    def test_what_a_crash_left_in_parts_is_removed(self, server: Server, address: Address) -> None:
        prefix = address.uri.removeprefix(f"s3://{server.bucket}/")
        for key in ("x", "y"):
            server.client().create_multipart_upload(Bucket=server.bucket, Key=f"{prefix}/{key}")
        store = address.store()
        assert store.remove_unfinished(datetime(2001, 1, 1, tzinfo=UTC)) == 0
        assert store.remove_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 2
        assert store.remove_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 0


class TestFolderStore(StoreContract):
    @pytest.fixture
    def address(self, tmp_path: Path) -> Address:
        return Address(str(tmp_path / "store"))


class TestMotoStore(S3Contract):
    @pytest.fixture
    def server(self, moto_server: Server) -> Server:
        return moto_server


@pytest.mark.s3_real
class TestRealS3Store(S3Contract):
    @pytest.fixture
    def server(self, real_server: Server) -> Server:
        return real_server

    def test_a_newline_in_a_key_is_kept(self, store: ObjectStore) -> None:
        store.put("new\nline", b"x")
        assert keys(store) == ["new\nline"]

    def test_a_wrong_secret_is_denied(self, server: Server, address: Address) -> None:
        wrong = replace(server.settings, secret_key="wrong-" + str(server.settings.secret_key))
        store = open_store(address.uri, s3=wrong)
        for verb in (lambda: keys(store), lambda: store.put("k", b"x"), lambda: store.head("k")):
            with pytest.raises(AccessDeniedError) as caught:
                verb()
            assert str(server.settings.secret_key) not in str(caught.value)

    @pytest.mark.parametrize("size", [10, PART_BYTES + 1])
    def test_content_damaged_on_its_way_is_refused(self, store: ObjectStore, size: int) -> None:
        def damage(params: dict[str, object], **_: object) -> None:
            params["ContentMD5"] = "AAAAAAAAAAAAAAAAAAAAAA=="

        events = store._client.meta.events  # type: ignore[attr-defined]
        events.register("before-parameter-build.s3.PutObject", damage)
        events.register("before-parameter-build.s3.UploadPart", damage)
        with pytest.raises(DigestMismatchError, match="BadDigest"):
            store.put("k", noise(size))
        assert keys(store) == []
        assert store.remove_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 0

    def test_versions_are_told_apart(self, server: Server) -> None:
        bucket = f"{server.bucket}-v"
        client = server.client()
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        store = open_store(f"s3://{bucket}", s3=server.settings)
        versions = []
        for content in (b"one", b"two"):
            store.put("k", content)
            versions.append(store.head("k").version)
        assert None not in versions
        assert versions[0] != versions[1]
        store.delete("k")
        assert keys(store) == []
        with pytest.raises(ObjectMissingError):
            store.read("k")
        store.put("k", b"three", if_absent=True)
        found = client.list_object_versions(Bucket=bucket)
        for entry in itertools.chain(found["Versions"], found["DeleteMarkers"]):
            client.delete_object(Bucket=bucket, Key="k", VersionId=entry["VersionId"])
        client.delete_bucket(Bucket=bucket)
