"""Audit an output, and give its readers their SQL."""

from collections.abc import Callable

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.audit import AuditReport as AuditReport  # noqa: PLC0414 - given on to the flows
from catalogs.audit import audit as audit_catalog
from catalogs.errors import CatalogError
from catalogs.read import open_catalog
from catalogs.views import views_sql
from tasks.night import Night
from tasks.retries import is_transient
from tasks.storage import open_store


def audit_output(uri: str, *, told: Callable[[str], None] = lambda _: None) -> AuditReport:
    """Return the outcome of every check on the catalog at an address.

    Raises:
        StoreError: The address does not answer.
    """
    return audit_catalog(open_store(uri), progress=told)


@task(name="audit", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def audit(night: Night) -> AuditReport:
    """Audit under Prefect what the night wrote: the whole catalog, but of the derivatives only the night's own.

    What earlier nights made is read again by the weekly audit, or by ``oldphoto audit``.
    """
    return audit_catalog(night.output, only_run=night.run_id)


def views_of(uri: str) -> str:
    """Return the SQL that creates the views of the tables that exist at an address.

    Raises:
        CatalogError: There is no catalog, or it is damaged.
        StoreError: The address does not answer.
    """
    catalog = open_catalog(open_store(uri))
    if not catalog.manifests:
        raise CatalogError(f"there is no catalog at {uri}")
    return views_sql({file.table for manifest in catalog.manifests for file in manifest.files})
