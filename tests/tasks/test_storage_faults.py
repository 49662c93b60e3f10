"""What the S3 store does when the server or the network fails: asked through a proxy that fails on purpose."""

import hashlib
import pickle
import socket
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from s3_servers import PART_BYTES, PATIENCE, Flaky, Server

from tasks.storage import (
    AccessDeniedError,
    BucketMissingError,
    DigestMismatchError,
    ObjectChangedError,
    ObjectExistsError,
    ObjectMissingError,
    ObjectStore,
    RetryPolicy,
    S3Settings,
    StoreError,
    StoreUriError,
    TransientStoreError,
    open_store,
)

PASSING = [
    *("503 SlowDown", "503 ServiceUnavailable", "500 InternalError", "502 BadGateway", "504 GatewayTimeout"),
    *("429 TooManyRequests", "408 RequestTimeout", "400 RequestTimeout", "409 ConditionalRequestConflict"),
    "reset",
]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def sure(moto_server: Server) -> ObjectStore:
    """The same prefix as ``store``, past the proxy."""
    return open_store(moto_server.new_address(), s3=moto_server.settings)


@pytest.fixture
def store(sure: ObjectStore, flaky: Flaky, moto_server: Server, pauses: list[float]) -> ObjectStore:
    settings = replace(moto_server.settings, endpoint_url=flaky.url)
    return open_store(sure.uri, s3=settings, sleep=pauses.append)


def test_what_passes_with_time_is_asked_again(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky, pauses: list[float]
) -> None:
    for word in PASSING:
        sure.put("k", b"content")
        flaky.plan, flaky.seen = [word, word, "pass"], []
        assert store.read("k") == b"content"
        assert flaky.methods() == ["GET"] * 3
        flaky.plan, flaky.seen = [word, word, "pass"], []
        store.put("other", word.encode())
        assert flaky.methods() == ["PUT"] * 3 + ["GET"]
        assert sure.read("other") == word.encode()
    assert len(pauses) == 4 * len(PASSING)


def test_a_server_that_says_nothing_is_asked_again(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky, moto_server: Server, pauses: list[float]
) -> None:
    sure.put("k", b"x")
    settings = replace(moto_server.settings, endpoint_url=flaky.url, read_timeout_s=1.0)
    flaky.plan = ["stall"]
    assert open_store(store.uri, s3=settings, sleep=pauses.append).read("k") == b"x"
    assert len(pauses) >= 1


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("403 AccessDenied", AccessDeniedError),
        ("401 Unauthorized", AccessDeniedError),
        ("400 ExpiredToken", AccessDeniedError),
        ("404 NoSuchKey", ObjectMissingError),
        ("404 NoSuchBucket", BucketMissingError),
        ("400 InvalidArgument", StoreError),
        ("403 InvalidObjectState", StoreError),
        ("400 BadDigest", DigestMismatchError),
        ("501 NotImplemented", StoreError),
    ],
)
def test_what_does_not_pass_is_asked_once(
    store: ObjectStore, flaky: Flaky, pauses: list[float], word: str, kind: type[StoreError]
) -> None:
    flaky.plan = [word, word]
    with pytest.raises(StoreError, match=word.split()[1]) as caught:
        store.read("k")
    assert type(caught.value) is kind
    assert caught.value.uri == store.uri
    assert caught.value.key == "k"
    with pytest.raises(kind):
        store.put("k", b"x")
    assert flaky.methods() == ["GET", "PUT"]
    assert pauses == []


def test_it_gives_up_after_the_policys_attempts(store: ObjectStore, flaky: Flaky, pauses: list[float]) -> None:
    flaky.plan = ["503 SlowDown"] * 20
    with pytest.raises(TransientStoreError, match=r"SlowDown.*in 4 tries"):
        store.read("k")
    assert len(flaky.seen) == PATIENCE.attempts == 4
    assert len(pauses) == 3
    assert all(0 <= pause <= limit for pause, limit in zip(pauses, (0.5, 1.0, 1.5), strict=True))


def test_pauses_double_up_to_the_cap_and_spread_over_their_whole_range() -> None:
    policy = RetryPolicy(attempts=9, base_s=1.0, cap_s=8.0)
    longest = [policy.pause_s(failures, 1.0) for failures in range(1, 7)]
    assert longest == [1, 2, 4, 8, 8, 8]
    assert policy.pause_s(3, 0.0) == 0.0
    assert policy.pause_s(10_000, 0.5) == 4.0
    assert all(a <= b for a, b in pairwise(longest))


def test_nobody_at_the_address_is_transient(moto_server: Server, pauses: list[float]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        nowhere = replace(moto_server.settings, endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(TransientStoreError, match="EndpointConnectionError in 4 tries"):
            list(open_store("s3://bucket", s3=nowhere, sleep=pauses.append).list())
    assert len(pauses) == 3


def test_a_broken_read_goes_on_where_it_stopped(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky, pauses: list[float]
) -> None:
    content = hashlib.shake_128(b"x").digest(100_000)
    sure.put("k", content)
    flaky.plan = ["cut", "cut", "503 SlowDown", "reset", "cut"]
    assert b"".join(store.chunks("k", start=10, chunk_bytes=1000)) == content[10:]
    starts = [int(fields["Range"].removeprefix("bytes=").rstrip("-")) for _, _, fields in flaky.seen]
    assert starts[0] == 10
    assert starts == sorted(starts)
    assert starts[1] == 10 + 99_990 // 2
    assert len(starts) == 6
    assert len(pauses) == 5


def test_a_read_that_gets_nowhere_ends(store: ObjectStore, sure: ObjectStore, flaky: Flaky) -> None:
    sure.put("k", b"x")
    flaky.plan = ["cut"] * 100  # half of one byte is none
    with pytest.raises(TransientStoreError):
        store.read("k")
    assert len(flaky.seen) == PATIENCE.attempts


@pytest.mark.parametrize("later", [b"y" * 100_000, b"shorter"])
def test_an_object_replaced_during_a_broken_read_is_noticed(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky, later: bytes
) -> None:
    sure.put("k", b"x" * 100_000)
    flaky.plan = ["cut"]
    pieces = store.chunks("k", chunk_bytes=1000)
    assert next(pieces) == b"x" * 1000
    sure.put("k", later)
    with pytest.raises(ObjectChangedError):
        list(pieces)


def test_a_listing_survives_a_bad_minute(store: ObjectStore, sure: ObjectStore, flaky: Flaky) -> None:
    sure.put("k", b"x")
    flaky.plan = ["500 InternalError", "cut", "reset", "pass"]
    assert [found.key for found in store.list()] == ["k"]


def test_a_put_whose_answer_is_lost_is_put_again(store: ObjectStore, sure: ObjectStore, flaky: Flaky) -> None:
    flaky.plan = ["lost"]
    store.put("k", b"x")
    assert flaky.methods() == ["PUT", "PUT", "GET"]
    assert sure.read("k") == b"x"


def test_a_conditional_put_whose_answer_is_lost_is_known_as_ours(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky
) -> None:
    flaky.plan = ["lost"]
    assert store.put("k", b"x", if_absent=True) == hashlib.sha256(b"x").hexdigest()
    assert flaky.methods() == ["PUT", "PUT", "HEAD", "GET"]
    assert sure.read("k") == b"x"


def test_anothers_equal_content_is_not_taken_for_ours(store: ObjectStore, sure: ObjectStore, flaky: Flaky) -> None:
    sure.put("k", b"x", if_absent=True)
    flaky.plan = ["reset", "503 SlowDown"]
    with pytest.raises(ObjectExistsError):
        store.put("k", b"x", if_absent=True)


@pytest.mark.parametrize("word", ["lost", "200 InternalError", "cut"])
def test_an_upload_in_parts_whose_end_is_in_doubt_is_finished(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky, word: str
) -> None:
    content = bytes(PART_BYTES + 1)
    flaky.plan = ["pass", "503 SlowDown", "pass", "pass", word]
    assert store.put("k", content) == hashlib.sha256(content).hexdigest()
    assert flaky.methods() == ["POST", "PUT", "PUT", "PUT", "POST", "POST", "GET"]
    assert sure.read("k") == content


def test_an_upload_that_is_known_no_more_is_judged_by_reading_back(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky
) -> None:
    content = bytes(PART_BYTES + 1)
    flaky.plan = ["pass", "pass", "pass", "lost", "404 NoSuchUpload"]
    store.put("k", content)
    assert sure.read("k") == content
    flaky.plan = ["pass", "pass", "pass", "404 NoSuchUpload"]
    with pytest.raises(DigestMismatchError):
        store.put("k", content[:-1] + b"!")


def test_an_upload_in_parts_that_fails_leaves_nothing(store: ObjectStore, sure: ObjectStore, flaky: Flaky) -> None:
    flaky.plan = ["pass", "pass", "403 AccessDenied"]
    with pytest.raises(AccessDeniedError):
        store.put("k", bytes(PART_BYTES + 1))
    assert flaky.methods() == ["POST", "PUT", "PUT", "DELETE"]
    assert list(sure.list()) == []
    assert sure.remove_unfinished(datetime.now(UTC)) == 0


def test_the_first_trouble_is_told_when_aborting_fails_too(store: ObjectStore, sure: ObjectStore, flaky: Flaky) -> None:
    flaky.plan = ["pass", "403 AccessDenied", "500 InternalError", "500 InternalError", "500 InternalError", "reset"]
    with pytest.raises(AccessDeniedError):
        store.put("k", bytes(PART_BYTES + 1))
    assert sure.remove_unfinished(datetime.now(UTC)) == 1


@pytest.mark.parametrize("size", [100, PART_BYTES + 1])
def test_content_that_comes_back_changed_is_a_mismatch(
    store: ObjectStore, sure: ObjectStore, flaky: Flaky, size: int
) -> None:
    flaky.plan = ["pass", "garble"] if size == 100 else ["pass", "pass", "pass", "pass", "garble"]
    with pytest.raises(DigestMismatchError, match="the server holds"):
        store.put("k", bytes(size))
    assert sure.head("k").size == size  # left there to be looked at


def test_the_bucket_is_in_the_path_when_an_endpoint_is_set(
    flaky: Flaky, moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", flaky.url.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-from-environment")
    store = open_store(f"s3://{moto_server.bucket}/by-environment")
    store.put("k", b"x", if_absent=True)
    assert store.read("k") == b"x"
    for _, path, fields in flaky.seen:
        assert path.startswith(f"/{moto_server.bucket}/by-environment/k")
        assert "from-environment/" in fields["Authorization"]
        assert not [name for name in fields if "checksum" in name.lower() or "trailer" in name.lower()]
    assert "Content-MD5" in flaky.seen[0][2]
    assert flaky.seen[0][2]["If-None-Match"] == "*"


def test_no_credentials_are_an_access_trouble_that_says_so(
    monkeypatch: pytest.MonkeyPatch, flaky: Flaky, pauses: list[float]
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    store = open_store("s3://bucket", s3=S3Settings(endpoint_url=flaky.url), sleep=pauses.append)
    with pytest.raises(AccessDeniedError, match="credentials"):
        store.read("k")
    assert flaky.seen == []
    assert pauses == []


def test_a_wrong_profile_or_endpoint_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(StoreError, match="ProfileNotFound"):
        open_store("s3://bucket")
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "not an address, user:hunter2@host")
    with pytest.raises(StoreUriError, match="endpoint") as caught:
        open_store("s3://bucket")
    assert "hunter2" not in str(caught.value)


def test_secrets_are_not_shown(store: ObjectStore, flaky: Flaky) -> None:
    settings = S3Settings(access_key="id", secret_key="hunter2")
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValueError, match="without a user name") as refused:
        S3Settings(endpoint_url="http://user:hunter2@host")
    assert "hunter2" not in str(refused.value)
    flaky.plan = ["403 SignatureDoesNotMatch"]
    with pytest.raises(AccessDeniedError) as caught:
        store.read("k")
    assert "test-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"part_bytes": PART_BYTES - 1}, {"endpoint_url": "s3.example.org"}, {"endpoint_url": "ftp://host"}]
)
def test_settings_no_server_accepts_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        S3Settings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base_s": -1.0}, {"base_s": 3.0, "cap_s": 2.0}])
def test_policies_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="attempts >= 1"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]


def test_errors_travel_between_workers() -> None:
    for kind in (StoreError, ObjectMissingError, ObjectExistsError, AccessDeniedError, TransientStoreError):
        error = pickle.loads(pickle.dumps(kind("s3://museum", "a b.tif", "gone")))
        assert type(error) is kind
        assert (error.uri, error.key, error.message) == ("s3://museum", "a b.tif", "gone")
        assert str(error) == "s3://museum, key 'a b.tif': gone"
    assert str(StoreError("s3://museum", "", "gone")) == "s3://museum: gone"


def test_a_conditional_put_is_never_sent_in_parts(store: ObjectStore, flaky: Flaky) -> None:
    content = bytes(PART_BYTES + 1)
    store.put("k", content, if_absent=True)
    assert flaky.methods() == ["PUT", "GET"]
