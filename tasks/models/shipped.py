"""The weights that come with the package: a folder beside this file, with a ledger of digests and a card for each."""

import json
import math
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "shipped"
"""The folder; its ledger is that of a models folder (``models.json``), written when weights are shipped."""

MOST_BYTES = 16 * 2**20
"""Most size of one file."""

MOST_BYTES_TOGETHER = 64 * 2**20
"""Most size of all."""


FORMER = "former.json"
"""The file beside the ledger with the digests of weights that earlier releases shipped: catalogs name them for ever."""


def former_digests(shipped: Path = SHIPPED) -> dict[str, list[str]]:
    """Return the digests of weights that were shipped once and replaced since, by name, oldest first.

    Raises:
        ValueError: The file is not JSON.
    """
    try:
        found: dict[str, list[str]] = json.loads((shipped / FORMER).read_bytes())
    except FileNotFoundError:
        return {}
    return found


def card_path(name: str, shipped: Path = SHIPPED) -> Path:
    """Return where the card of a shipped model lies."""
    return shipped / f"{name}.md"


def parameters_in(path: Path) -> int:
    """Return how many numbers a safetensors file holds.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no safetensors file.
    """
    with path.open("rb") as file:
        header: dict[str, Any] = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(math.prod(header[name]["shape"]) for name in header if name != "__metadata__")
