"""More servers to store in: a proxy before moto's that fails on purpose, and a real one if there is one."""

import os
import threading
from collections.abc import Iterator

import pytest
from s3_servers import Flaky, FlakyHandler, FlakyServer, Server, serve


@pytest.fixture(scope="session")
def real_server(_client_description_loaded_once: None) -> Iterator[Server]:
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
