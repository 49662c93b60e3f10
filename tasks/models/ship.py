"""Weights of a training put among those that come with the package: float16, checked, with a card and a digest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor

from oldphoto_core.networks.compact.load import metadata_of
from oldphoto_core.networks.weights import read_tensors
from tasks.folder_store import FolderStore
from tasks.models.cards import TOLD, shipped_card
from tasks.models.errors import NotWeightsError
from tasks.models.known import MODELS, model_named
from tasks.models.ledger import Record, read_ledger, write_ledger
from tasks.models.model import OwnModel
from tasks.models.shipped import (
    FORMER,
    MOST_BYTES,
    MOST_BYTES_TOGETHER,
    SHIPPED,
    card_path,
    former_digests,
    parameters_in,
)

WEIGHTS = "weights.safetensors"
"""What a training calls its result."""

_NAMES = {torch.float16: "F16", torch.float32: "F32", torch.int64: "I64"}


@dataclass(frozen=True, slots=True)
class Ship:
    """What came of shipping one file."""

    path: Path
    """The weights."""

    card: Path
    """Their card."""

    sha256: str
    """Digest of the file."""

    size: int
    """Its length in bytes."""


def ship(name: str, training: Path, shipped: Path = SHIPPED) -> Ship:
    """Put the weights of a training among those that come with the package, in the place of older ones.

    Args:
        name: One of our own models.
        training: Folder of the training, or the file of weights in it.
        shipped: Where shipped weights lie.

    Raises:
        UnknownModelError: There is no such model.
        NotWeightsError: It is none of our own, or the file is of another network, too large, not finite in float16,
            or does not say how it came about.
        CheckpointError: The file is damaged.
    """
    model = model_named(name)
    if not isinstance(model, OwnModel):
        own = ", ".join(one.name for one in MODELS.values() if isinstance(one, OwnModel))
        raise NotWeightsError(f"{name} is fetched, not shipped; expected one of {own}")
    source = training / WEIGHTS if training.is_dir() else training
    told = _told(source, model)
    content = _content(_halved(read_tensors(source, within=()), source), told)
    if len(content) > MOST_BYTES:
        raise NotWeightsError(f"{source} comes to {len(content)} bytes in float16, the most is {MOST_BYTES}")
    shipped.mkdir(parents=True, exist_ok=True)
    return _place(model, content, told, shipped)


def _place(model: OwnModel, content: bytes, told: Mapping[str, str], shipped: Path) -> Ship:
    """Write weights, card and digest, in this order, each in one step."""
    ledger = read_ledger(shipped)
    others = sum(record.size for name, record in ledger.items() if name != model.name)
    if others + len(content) > MOST_BYTES_TOGETHER:
        raise NotWeightsError(f"with {model.name} there are {others + len(content)} bytes, most {MOST_BYTES_TOGETHER}")
    digest = hashlib.sha256(content).hexdigest()
    path, card, store = shipped / model.file, card_path(model.name, shipped), FolderStore(shipped.resolve())
    store.put(path.name, content)
    text = shipped_card(model, told, sha256=digest, size=len(content), parameters=parameters_in(path))
    store.put(card.name, text.encode())
    now = datetime.now(UTC).isoformat(timespec="seconds")
    address = f"oldphoto train {model.name}, data {told['data_digest'][:12]}, code {told['code_version']}"
    if model.name in ledger and ledger[model.name].sha256 != digest:
        former = former_digests(shipped)
        former[model.name] = list(dict.fromkeys([*former.get(model.name, ()), ledger[model.name].sha256]))
        store.put(FORMER, (json.dumps(former, indent=2, sort_keys=True) + "\n").encode())
    ledger[model.name] = Record(model.file, address, None, digest, len(content), now)
    write_ledger(shipped, dict(sorted(ledger.items())))
    return Ship(path, card, digest, len(content))


def _told(source: Path, model: OwnModel) -> dict[str, str]:
    """Return what the file says of itself.

    Raises:
        NotWeightsError: It says too little, or is of another network.
    """
    told = metadata_of(source)
    if missing := [name for name in TOLD if name not in told]:
        raise NotWeightsError(f"{source} does not say its {', '.join(missing)}; ship what `oldphoto train` wrote")
    if told["name"] != model.name:
        raise NotWeightsError(f"{source} holds the weights of {told['name']}, expected {model.name}")
    for name in ("recipe", "held_out", "libraries"):
        try:
            is_table = isinstance(json.loads(told[name]), dict)
        except ValueError:
            is_table = False
        if not is_table:
            raise NotWeightsError(f"the {name} that {source} tells is no JSON table: {told[name][:80]}")
    return told


def _halved(tensors: Mapping[str, Tensor], source: Path) -> dict[str, Tensor]:
    """Return matrices and kernels in float16; single rows, which may be statistics, as they are.

    Raises:
        NotWeightsError: A value is NaN, or too large for float16; or a tensor holds something else than numbers.
    """
    halved = {name: value.half() if value.ndim > 1 else value for name, value in tensors.items()}
    if odd := [f"{name} {value.dtype}" for name, value in halved.items() if value.dtype not in _NAMES]:
        raise NotWeightsError(f"{source} holds {', '.join(odd[:8])}; expected float16 or float32")
    if unsound := [name for name, value in halved.items() if not bool(torch.isfinite(value).all())]:
        raise NotWeightsError(f"{source} holds values that are not finite in float16: {', '.join(unsound[:8])}")
    return halved


def _content(tensors: Mapping[str, Tensor], told: Mapping[str, str]) -> bytes:
    """Return a safetensors file, names in order, so that equal weights and words give equal bytes.

    The format: eight bytes with the length of a JSON text, the text, padded with spaces to a multiple of eight, data.
    """
    header: dict[str, object] = {"__metadata__": dict(told)}
    parts: list[bytes] = []
    begin = 0
    for name, value in sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0])):
        data = value.contiguous().numpy().tobytes()
        end = begin + len(data)
        header[name] = {"dtype": _NAMES[value.dtype], "shape": list(value.shape), "data_offsets": [begin, end]}
        parts.append(data)
        begin = end
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
