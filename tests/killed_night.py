"""A night that kills its own process, as a power cut would, when it is about to store its n-th object.

  python -m killed_night SOURCE OUTPUT REFERENCES WORK N

With N beyond the number of objects stored it ends by itself, and prints the number of the one that committed it, and
how many there were.
"""

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

import nights

from tasks.folder_store import FolderStore


def main() -> None:
    source, output, references, work, limit = sys.argv[1:]
    counter = itertools.count(1)
    stored = committed = 0
    put = FolderStore.put

    def deadly(self: FolderStore, key: str, content: Any, **options: Any) -> str:
        nonlocal stored, committed
        stored = next(counter)
        if key.startswith("catalogs/_manifests/"):
            committed = stored
        if stored == int(limit):
            os.kill(os.getpid(), signal.SIGKILL)
        return put(self, key, content, **options)

    FolderStore.put = deadly  # type: ignore[method-assign]
    nights.night(source, output, Path(work), references=references)
    sys.stdout.write(f"{committed} {stored}\n")


if __name__ == "__main__":
    main()
