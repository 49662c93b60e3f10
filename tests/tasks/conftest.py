"""Servers to store in: moto's pretend S3, a proxy before it that fails on purpose, and a real one if there is one."""

import logging
import os
import threading
from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest
from moto.server import ThreadedMotoServer
from s3_servers import Flaky, FlakyHandler, FlakyServer, Server, serve


@pytest.fixture(scope="session", autouse=True)
def load_the_client_description_once() -> Iterator[None]:
    """Opening an S3 store reads megabytes that describe the service; the tests open hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield serve(f"http://{host}:{port}", "test-key", "test-secret")
    moto.stop()


@pytest.fixture(scope="session")
def real_server() -> Iterator[Server]:
    names = ("OLDPHOTO_TEST_S3_ENDPOINT", "OLDPHOTO_TEST_S3_KEY", "OLDPHOTO_TEST_S3_SECRET")
    if missing := [name for name in names if not os.environ.get(name)]:
        pytest.skip(f"NOT TESTED against a real S3 server: {', '.join(missing)} not set; see scripts/ceph-rgw")
    server = serve(*(os.environ[name] for name in names))
    yield server
    client = server.client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=server.bucket):
        for found in page.get("Contents", ()):
            client.delete_object(Bucket=server.bucket, Key=found["Key"])
    client.delete_bucket(Bucket=server.bucket)


@pytest.fixture
def flaky(moto_server: Server) -> Iterator[Flaky]:
    flaky = Flaky(str(moto_server.settings.endpoint_url))
    with FlakyServer(("127.0.0.1", 0), FlakyHandler) as server:
        server.flaky = flaky
        flaky.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield flaky
        flaky.over.set()
        server.shutdown()
        thread.join()
