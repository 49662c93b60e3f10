"""What costs seconds to make, once for all tests that ask for it: a pretend S3 server, weights of published sizes.

Nights, commands and the programs that tests start use the classical engine unless a test says otherwise: most of them
ask where things go and not how well they are mended, and torch takes seconds to load. What a fresh machine does, with
nothing set, is asked in ``test_fresh_machine.py``.
"""

import logging
import os
import shutil
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from s3_servers import Server, serve

for _name in ("OLDPHOTO_DIAGNOSIS__ENGINE", "OLDPHOTO_RESTORE__ENGINE"):
    os.environ.setdefault(_name, "classical")


@pytest.fixture
def engines_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let settings name the engines: in a night the environment would win over them."""
    for name in ("OLDPHOTO_DIAGNOSIS__ENGINE", "OLDPHOTO_RESTORE__ENGINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _client_description_loaded_once() -> Iterator[None]:
    """Opening an S3 store reads megabytes that describe the service; the tests open hundreds."""
    import botocore.session  # noqa: PLC0415 - most test files need no S3

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def moto_server(_client_description_loaded_once: None) -> Iterator[Server]:
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - slow to load, and most test files need none

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield serve(f"http://{host}:{port}", "test-key", "test-secret")
    moto.stop()


@pytest.fixture
def usual_interrupt() -> Iterator[None]:
    """Ctrl-C does what Python makes of it, even where a shell that started the tests in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def official_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A models folder with the published networks, weights drawn by chance: half a gigabyte, removed at the end."""
    from official_release import install  # noqa: PLC0415 - torch is slow to load, and most test files need none

    folder = tmp_path_factory.mktemp("official")
    install(folder / "models", folder / "release")
    yield folder / "models"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def archive_to_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small archive after one night, to be looked at only: ``scans`` and ``out``."""
    from exported import make_archive  # noqa: PLC0415 - loads the whole pipeline, and most test files need none

    return make_archive(tmp_path_factory.mktemp("to-export"))
