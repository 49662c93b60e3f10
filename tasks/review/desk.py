"""What a review server holds: the results as they stand, the decisions noted since, and who records them when."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from catalogs.errors import CatalogError
from catalogs.manifest import MANIFESTS
from catalogs.read import Catalog, open_catalog
from catalogs.reviews import Result, current_results, newest_night
from tasks.lease import CatalogBusyError
from tasks.report.site import Site
from tasks.review.decisions import Decision, check_decision
from tasks.review.journal import note_decision, noted
from tasks.review.record import Recorded, record
from tasks.settings import NightSettings
from tasks.storage import ObjectStore, StoreError

SITES_KEPT = 4
"""Reports of nights kept ready."""

MOST_NOTED = 50
"""So many decisions are recorded without waiting for a pause."""

LONGEST_S = 120.0
"""A decision is recorded after this long at the latest, pause or not, in seconds."""

TRY_AGAIN_S = 20.0
"""How long to wait before trying again while a night is under way, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The results as one reading of the catalog has them, and the decisions that are noted beside it."""

    catalog: Catalog
    """The catalog."""

    results: Mapping[str, Result]
    """Every photograph with files of its own, by asset_id."""

    paths: Mapping[str, str]
    """The files that may be shown, with their digests: those that stand by the catalog's rows."""

    noted: Mapping[str, Decision]
    """The newest decision about each photograph that is noted and not recorded yet, by asset_id."""

    queue: tuple[str, ...]
    """Published results that nobody has decided about: of the newest run first, then by key."""

    newest_night: str | None
    """The newest nightly run."""

    def after(self, asset_id: str) -> str | None:
        """Return the next photograph that waits for review: the one behind this in the queue, else its first."""
        others = [one for one in self.queue if one != asset_id]
        if asset_id in self.queue:
            behind = self.queue[self.queue.index(asset_id) + 1 :]
            return behind[0] if behind else next(iter(others), None)
        return next(iter(others), None)


@dataclass
class ReviewDesk:
    """One output under review; every method may be called from any thread."""

    store: ObjectStore
    """The output root."""

    settings: NightSettings
    """How access copies are made."""

    record_after_s: float = 10.0
    """How long a pause must be before what was decided is recorded, in seconds; 0 records each decision at once."""

    message: str = ""
    """Why noted decisions are not recorded yet, or were refused; empty if all is well."""

    _lock: threading.RLock = field(default_factory=threading.RLock)
    _standing: Standing | None = None
    _heads: tuple[str, ...] = ()
    _first_noted: float | None = None
    _last_noted: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def standing(self) -> Standing:
        """Return the results as they stand now; the catalog is read again once a run has committed.

        Raises:
            CatalogError: The catalog is damaged, or there is none.
            StoreError: The store does not answer.
        """
        with self._lock:
            heads = tuple(item.key for item in self.store.list(MANIFESTS))
            if self._standing is None or heads != self._heads:
                self._standing, self._heads = self._read(), heads
            return self._standing

    def site(self, run_id: str) -> Site:
        """Return the report of a run, live.

        Raises:
            CatalogError: There is no such run.
        """
        with self._lock:
            standing = self.standing()
            return self._site(run_id, standing.catalog.head_sha256)

    def decide(self, decision: Decision) -> None:
        """Note a decision, and have it recorded.

        Raises:
            RefusedError: It cannot be made as it stands.
            StoreError: The store does not answer.
        """
        with self._lock:
            check_decision(decision, self.standing().results.get(decision.asset_id))
            note_decision(self.store, decision)
            self._standing = self._read()
            now = time.monotonic()
            self._first_noted, self._last_noted = self._first_noted or now, now
        if self.record_after_s <= 0:
            self.record()

    def record(self) -> Recorded | None:
        """Record what is noted; None if that is not possible now, and ``message`` says why."""
        with self._lock:
            try:
                found = record(self.store, self.settings)
            except CatalogBusyError:
                self.message = "A night is under way: decisions are kept, and recorded when it has ended."
                self._first_noted = time.monotonic() + TRY_AGAIN_S
                return None
            except (CatalogError, StoreError, ValueError) as error:
                self.message = f"Decisions are kept, but could not be recorded: {error}"
                self._first_noted = time.monotonic() + TRY_AGAIN_S
                return None
            self._standing, self._first_noted = None, None
            self.message = " ".join(f"Not recorded: {why}." for _, why in (*found.refused, *found.waiting))
            return found

    def work(self) -> None:
        """Record what is noted whenever there is a pause, until ``stop``; run it in a thread of its own."""
        while not self._stop.wait(min(1.0, self.record_after_s / 4 or 1.0)):
            if self._is_due(time.monotonic()):
                self.record()

    def stop(self) -> None:
        """End ``work``."""
        self._stop.set()

    def _is_due(self, now: float) -> bool:
        with self._lock:
            first, last = self._first_noted, self._last_noted
            many = self._standing is not None and len(self._standing.noted) >= MOST_NOTED
        if first is None or first > now:
            return False
        return many or now - last >= self.record_after_s or now - first >= LONGEST_S

    def _read(self) -> Standing:
        catalog = open_catalog(self.store)
        if not catalog.manifests:
            raise CatalogError(f"there is no catalog at {self.store.uri}")
        results = current_results(catalog)
        decided = {note.decision.asset_id: note.decision for note in noted(self.store)[0]}
        waits = [one for one in results.values() if one.waits and one.asset_id not in decided]
        waits.sort(key=lambda one: (one.asset.key, one.asset.page or 0))
        waits.sort(key=lambda one: one.asset.run_id, reverse=True)
        return Standing(
            catalog=catalog,
            results=results,
            paths={file.path: file.sha256 for one in results.values() for file in one.files if file.sha256},
            noted=decided,
            queue=tuple(one.asset_id for one in waits),
            newest_night=newest_night(catalog),
        )

    def __post_init__(self) -> None:
        """Keep a few reports ready, each for the catalog as it was when asked for."""

        @lru_cache(SITES_KEPT)
        def site(run_id: str, head: str | None) -> Site:
            del head
            return Site(self.store, self.standing().catalog, run_id)

        self._site = site
