"""One output with reports, for all tests of reports: its lists are cut into short pages, so there are several."""

from pathlib import Path

import pytest
import report_archive
from report_archive import ReportArchive

from catalogs.read import open_catalog
from tasks.report import lists, site
from tasks.report.site import Site
from tasks.report.writing import write_report


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> ReportArchive:
    archive = report_archive.build(tmp_path_factory.mktemp("reports") / "out put", plain=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "CARDS_A_PAGE", 4)
        patch.setattr(site, "ROWS_A_PAGE", 1)
        for run_id in ("run-000001", "run-000002"):
            write_report(archive.store, open_catalog(archive.store), run_id)
    return archive


@pytest.fixture(scope="session")
def report(reported: ReportArchive) -> Path:
    """The folder of the second night's report."""
    return reported.root / "reports" / "run-000002"


@pytest.fixture(scope="session")
def reported_root(reported: ReportArchive) -> Path:
    """The output that the reports lie in."""
    return reported.root


@pytest.fixture
def second_site(reported: ReportArchive) -> Site:
    return Site(reported.store, open_catalog(reported.store), "run-000002")
