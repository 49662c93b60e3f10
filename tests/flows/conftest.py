"""What costs half a minute to make, once for all tests of this folder that ask for it."""

import pytest
from audited_archive import AuditedArchive, build


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> AuditedArchive:
    """An archive with a past; copy its output before changing it."""
    return build(tmp_path_factory.mktemp("audited"), tmp_path_factory.mktemp("sample"))
