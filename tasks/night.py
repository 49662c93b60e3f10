"""What every step of one night knows: where to read, where to write, with which settings, in which local folder."""

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tasks.ledger import Ledger
from tasks.settings import NightSettings
from tasks.storage import ObjectStore, SourceStore, open_source, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One run. Small and picklable: workers open their own connections from the addresses."""

    run_id: str
    """The run's id, the next of the catalog."""

    started_at: datetime
    """When it began, UTC."""

    source_uri: str
    """Where the masters lie; only ever read."""

    output_uri: str
    """Where derivatives and catalogs go."""

    references_uri: str | None
    """Where the reference photographs lie; None: nothing is modernized."""

    settings: NightSettings
    """All settings."""

    code_version: str
    """The code at work."""

    redo_with: str | None = None
    """What a person asked for in a redo and the settings differ in from those of the run, as canonical JSON."""

    redo_of: str | None = None
    """The hash of the settings of the run, where these are those of a redo."""

    @property
    def config_hash(self) -> str:
        """SHA-256 of the settings of the run, as its commit says; those at work may be the ones of a redo."""
        return self.redo_of or self.settings.config_hash

    @property
    def source(self) -> SourceStore:
        """The masters, behind an interface that cannot write."""
        return _source(self.source_uri)

    @property
    def output(self) -> ObjectStore:
        """The output root."""
        return _output(self.output_uri)

    @property
    def ledger(self) -> Ledger:
        """The run's finished pieces."""
        return Ledger(self.output, self.run_id, self.code_version)

    @property
    def workshop(self) -> "Workshop":
        """The local folder of this output."""
        name = hashlib.sha256(self.output_uri.encode()).hexdigest()[:16]
        return Workshop(self.settings.work_dir.expanduser() / name)


@dataclass(frozen=True, slots=True)
class Workshop:
    """The local folder of a night: masters being worked on, small proxies, results before they are stored.

    Names in it are digests, never object keys, so no key can lead out of it. Losing it costs time, not results.
    """

    root: Path
    """The folder; made when first needed."""

    def incoming(self) -> Path:
        """Return a folder for downloads in progress, on the same disk as the masters."""
        return self._made("incoming")

    def master(self, sha256: str) -> Path:
        """Return where a master of this digest is kept."""
        return self._made("masters") / sha256

    def proxy(self, asset_id: str) -> Path:
        """Return where a photograph's small copy is kept, for comparing and for the report."""
        return self._made("proxies") / f"{asset_id}.png"

    def compared(self, asset_id: str, kind: str) -> Path:
        """Return where a small picture of a photograph before or after treatment is kept, for the report."""
        return self._made("compared", kind) / f"{asset_id}.jpg"

    def keep_proxy(self, asset_id: str, write: Callable[[Path], None]) -> None:
        """Keep a photograph's small copy, whole or not at all, whoever else keeps the same one at this moment.

        Args:
            asset_id: The photograph; two files of the same bytes have the same.
            write: Writes the picture to the path it is given.
        """
        with TemporaryDirectory(dir=self.incoming()) as folder:
            part = Path(folder) / "proxy.png"
            write(part)
            part.replace(self.proxy(asset_id))

    def bench(self, asset_id: str) -> Path:
        """Return the folder of a photograph's results before they are stored."""
        return self._made("bench", asset_id)

    def masters(self) -> list[Path]:
        """Return the masters kept now."""
        return list(self._made("masters").iterdir())

    def sweep(self) -> None:
        """Remove what an interrupted night left, but the small pictures: those are whole, and dear to make again."""
        for name in ("incoming", "masters", "bench"):
            shutil.rmtree(self.root / name, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder: the night is over."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _made(self, *names: str) -> Path:
        folder = self.root.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass
class MemoryGate:
    """Lets photographs in while their pixels fit the budget together; a single one always gets in."""

    budget_bytes: int
    """Memory for all photographs at work, in bytes."""

    _used: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def room_for(self, cost_bytes: int) -> Iterator[None]:
        """Wait until there is room, hold it for the block, give it back."""
        with self._changed:
            self._changed.wait_for(lambda: self._used == 0 or self._used + cost_bytes <= self.budget_bytes)
            self._used += cost_bytes
        try:
            yield
        finally:
            with self._changed:
                self._used -= cost_bytes
                self._changed.notify_all()


@cache
def _source(uri: str) -> SourceStore:
    return open_source(uri)


@cache
def _output(uri: str) -> ObjectStore:
    return open_store(uri)
