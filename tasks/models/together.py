"""Which weights work together, and so have one digest in the catalogs; which digests those can be."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import product
from pathlib import Path

from tasks.models.installed import DEFAULT_FOLDER, weights_digest
from tasks.models.known import PUBLISHED
from tasks.models.ledger import read_ledger
from tasks.models.shipped import SHIPPED, former_digests

_BOPBTL = (
    "bopbtl-vae-a",
    "bopbtl-detection",
    "bopbtl-mapping-quality",
    "bopbtl-vae-b-quality",
    "bopbtl-vae-b-scratch",
)

STEPS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "texture": (("own-texture",),),
    "colour": (("own-colour",),),
    "translate": ((*_BOPBTL, "bopbtl-mapping-scratch"), (*_BOPBTL, "bopbtl-mapping-patch")),
    "face": (("yunet", "bopbtl-face-256"), ("yunet", "bopbtl-face-512")),
}
"""The weights behind each step of a restoration that a network makes: one set, or one of several."""

REPORT = ("own-scratch", "own-damage")
"""The weights behind a learned damage report."""

RESULTS = (("texture", "colour"), ("translate", "face"))
"""Steps of which one result can have several."""


def file_digests(folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> dict[str, frozenset[str]]:
    """Return every digest that the weights of each name are known to have, or to have had: on record, or published.

    Raises:
        LedgerError: A ledger is damaged.
    """
    known: dict[str, set[str]] = {model.name: {model.sha256} for model in PUBLISHED if model.sha256 is not None}
    for ledger in (read_ledger(folder.expanduser()), read_ledger(shipped)):
        for name, record in ledger.items():
            known.setdefault(name, set()).add(record.sha256)
    for name, digests in former_digests(shipped).items():
        known.setdefault(name, set()).update(digests)
    return {name: frozenset(digests) for name, digests in known.items()}


def known_digests(files: Mapping[str, AbstractSet[str]]) -> dict[str, str]:
    """Return what each digest stands for that a row made with these weights can name.

    Args:
        files: Digests by the name of the weights.
    """
    named = {digest: name for name, digests in files.items() for digest in digests}
    named |= {digest: " + ".join(REPORT) for digest in _together(files, REPORT)}
    steps: dict[str, dict[str, str]] = {}
    for step, sets in STEPS.items():
        steps[step] = {digest: " + ".join(names) for names in sets for digest in _together(files, names)}
        named |= steps[step]
    for together in RESULTS:
        by_step = {step: steps[step].keys() for step in together}
        named |= {digest: " and ".join(together) for digest in _combined(by_step)}
    return named


def _together(files: Mapping[str, AbstractSet[str]], names: Iterable[str]) -> Iterator[str]:
    """Yield each digest that files of these names can have together; a file alone keeps its own."""
    chosen = {name: files.get(name, frozenset()) for name in names}
    if len(chosen) == 1:
        yield from next(iter(chosen.values()))
    else:
        yield from _combined(chosen)


def _combined(parts: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for digests in product(*parts.values()):
        yield weights_digest(dict(zip(parts, digests, strict=True)))
