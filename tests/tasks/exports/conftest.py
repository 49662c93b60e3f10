"""One archive for all tests of exports: a night takes seconds."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def archive(archive_to_export: Path) -> Path:
    """An archive that may only be looked at: ``scans`` and ``out``."""
    return archive_to_export
