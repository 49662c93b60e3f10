"""The night as a Prefect flow: recorded, with artifacts, and the same result as without Prefect."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from nights import night, what_stands
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from flows.audit import AuditFailedError, weekly_audit
from flows.nightly import nightly
from tasks.retries import is_transient
from tasks.sample import write_sample
from tasks.storage import ObjectMissingError, TransientStoreError

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module", autouse=True)
def _prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_sample(folder / "all", photos=6, seed=5)
    (folder / "scans").mkdir()
    for name in ("box-01/print-0001.tif", "box-01/print-0002.jpg", "loose/scan-0005.tif"):
        (folder / "scans" / Path(name).name).write_bytes((folder / "all" / "scans" / name).read_bytes())
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "night.toml"
    file.write_text(f'work_dir = "{tmp_path / "work"}"\nbatch_size = 2\nworkers = 2\n', "utf-8")
    return file


def test_the_flow_does_what_the_plain_functions_do_and_leaves_artifacts(
    small: Path, config: Path, tmp_path: Path
) -> None:
    result = nightly(str(small / "scans"), str(tmp_path / "out"), str(small / "all" / "references"), config)
    assert result.audit.holds
    night(small / "scans", tmp_path / "plain", tmp_path / "work2", references=small / "all" / "references")
    assert what_stands(tmp_path / "out") == what_stands(tmp_path / "plain")
    with get_client(sync_client=True) as client:
        keys = {artifact.key for artifact in client.read_artifacts()}
        names = {run.name.rsplit("-", 1)[0] for run in client.read_task_runs()}
    assert {"night-ingest", "night-treat", "night-outcome", "night-quarantine"} <= keys
    assert {"list", "ingest", "dedupe", "classify", "restore", "modernize", "store-pictures", "publish"} <= names
    assert weekly_audit(str(tmp_path / "out")) > 10
    next((tmp_path / "out").rglob("access.jpg")).unlink()
    with pytest.raises(AuditFailedError, match=r"access\.jpg is gone"):
        weekly_audit(str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("error", "tries"),
    [(TransientStoreError("s3://b", "k", "503"), 3), (ObjectMissingError("s3://b", "k", "404"), 1)],
)
def test_only_what_time_may_mend_is_tried_again(error: Exception, tries: int) -> None:
    calls: list[int] = []

    @task(retries=2, retry_delay_seconds=0, retry_condition_fn=is_transient)
    def failing() -> None:
        calls.append(1)
        raise error

    @flow
    def trying() -> None:
        failing()

    with pytest.raises(type(error)):
        trying()
    assert len(calls) == tries


def test_the_schedules_allow_one_run_at_a_time() -> None:
    document: Any = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text("utf-8"))
    for deployment in document["deployments"]:
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
        assert deployment["schedules"][0]["cron"]
        module, _, name = deployment["entrypoint"].removesuffix("").replace("/", ".").partition(".py:")
        assert name == getattr(__import__(module, fromlist=[name]), name).fn.__name__
