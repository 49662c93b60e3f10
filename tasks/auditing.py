"""Audit an output, and give its readers their SQL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.audit import audit as audit_catalog
from catalogs.audit_report import AuditReport as AuditReport  # noqa: PLC0414 - given on to the flows
from catalogs.errors import CatalogError
from catalogs.read import open_catalog
from catalogs.views import views_sql
from tasks.audit_masters import QUESTION as MASTERS_QUESTION
from tasks.audit_masters import Choice, masters
from tasks.audit_weights import NAMED_QUESTION, SWAPPED_QUESTION, named_weights, swapped_weights
from tasks.models.installed import DEFAULT_FOLDER
from tasks.night import Night
from tasks.retries import is_transient
from tasks.storage import open_store
from tasks.version import code_version


def seed_of_today() -> int:
    """Return a seed for the sample of masters that is another one every day, so that in time all are looked at."""
    return int(f"{datetime.now(UTC):%Y%m%d}")


def audit_output(
    uri: str,
    *,
    choice: Choice | None = None,
    noted_sha256: str | None = None,
    models_dir: Path = DEFAULT_FOLDER,
    told: Callable[[str], None] = lambda _: None,
) -> AuditReport:
    """Return the outcome of every check on the catalog at an address.

    Args:
        uri: The output of nightly runs.
        choice: Which masters are fetched and hashed; None: a sample, another one every day.
        noted_sha256: SHA-256 of a manifest, noted outside the archive; None if none was.
        models_dir: The folder of fetched weights, whose ledger is believed.
        told: Told each question before it is answered.

    Raises:
        StoreError: The address does not answer.
    """
    chosen = Choice(seed=seed_of_today()) if choice is None else choice
    began = datetime.now(UTC)
    report = audit_catalog(
        open_store(uri),
        progress=told,
        noted_sha256=noted_sha256,
        more=(
            (MASTERS_QUESTION, partial(masters, choice=chosen)),
            (NAMED_QUESTION, partial(named_weights, folder=models_dir)),
            (SWAPPED_QUESTION, lambda _: swapped_weights(models_dir)),
        ),
    )
    facts = (
        ("audited", uri),
        ("begun", f"{began:%Y-%m-%d %H:%M:%S} UTC"),
        ("by", f"oldphoto {code_version()}"),
        ("masters", chosen.words),
    )
    return replace(report, facts=(*facts, *report.facts))


@task(name="audit", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def audit(night: Night) -> AuditReport:
    """Audit under Prefect what the night wrote: the whole catalog, but of the derivatives only the night's own.

    What earlier nights made is read again by the weekly audit, or by ``oldphoto audit``; so are masters and weights.
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
