"""The descriptions of all references of a set as a few arrays, and those arrays as a file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float32, Int64
from safetensors import SafetensorError
from safetensors.numpy import load, save

from oldphoto_core.references.described import Described
from oldphoto_core.references.errors import BadSetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """M references with R regions together; regions of one reference stand together, in the order of the references."""

    ids: tuple[str, ...]
    """SHA-256 of each reference, sorted."""

    whole: Float32[np.ndarray, "M D"]
    """Vector of each reference, of length 1."""

    counts: Int64[np.ndarray, " M"]
    """How many regions each has, at least 1."""

    shares: Float32[np.ndarray, " R"]
    """Share of its reference that each region covers."""

    regions: Float32[np.ndarray, "R D"]
    """Vector of each region, of length 1."""

    lab_mean: Float32[np.ndarray, "R 3"]
    """Mean L*, a*, b* of each region."""

    lab_spread: Float32[np.ndarray, "R 3"]
    """Standard deviation of L*, a*, b* of each region."""

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        if len(self.ids) != len(self.counts) or int(self.counts.sum()) != len(self.regions):
            raise BadSetError(
                f"{len(self.ids)} references with {len(self.counts)} counts of regions that add up to "
                f"{int(self.counts.sum())}, and {len(self.regions)} regions; build the set again"
            )
        if list(self.ids) != sorted(set(self.ids)) or (len(self.counts) and self.counts.min() < 1):
            raise BadSetError("references must be sorted, each once and with a region or more; build the set again")

    @classmethod
    def of(cls, described: Mapping[str, Described]) -> "Collection":
        """Return the descriptions of at least one reference, by its id, as arrays.

        Raises:
            ValueError: There are none, or vectors of different lengths.
        """
        ids = tuple(sorted(described))
        ones = [described[name] for name in ids]
        return cls(
            ids=ids,
            whole=np.stack([one.whole for one in ones]),
            counts=np.array([len(one.shares) for one in ones], dtype=np.int64),
            shares=np.concatenate([one.shares for one in ones]),
            regions=np.concatenate([one.regions for one in ones]),
            lab_mean=np.concatenate([one.lab_mean for one in ones]),
            lab_spread=np.concatenate([one.lab_spread for one in ones]),
        )

    @property
    def starts(self) -> Int64[np.ndarray, " M"]:
        """Number of the first region of each reference."""
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(self.counts)[:-1]])

    @property
    def owner(self) -> Int64[np.ndarray, " R"]:
        """Number of the reference that each region is of."""
        return np.repeat(np.arange(len(self.ids), dtype=np.int64), self.counts)

    def only(self, ids: frozenset[str]) -> "Collection":
        """Return the references with these ids; those it does not have are left out."""
        kept = np.array([name in ids for name in self.ids], dtype=bool)
        rows = kept[self.owner]
        return Collection(
            ids=tuple(name for name in self.ids if name in ids),
            whole=self.whole[kept],
            counts=self.counts[kept],
            shares=self.shares[rows],
            regions=self.regions[rows],
            lab_mean=self.lab_mean[rows],
            lab_spread=self.lab_spread[rows],
        )

    def to_bytes(self) -> bytes:
        """Return the arrays as a safetensors file; the same arrays give the same bytes."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "ids"}
        digests = np.frombuffer(bytes.fromhex("".join(self.ids)), dtype=np.uint8).reshape(len(self.ids), 32)
        return bytes(save({"ids": digests, **{name: np.ascontiguousarray(value) for name, value in arrays.items()}}))

    @classmethod
    def from_bytes(cls, content: bytes) -> "Collection":
        """Return the arrays that :meth:`to_bytes` wrote.

        Raises:
            BadSetError: The bytes are no such file.
        """
        try:
            arrays = load(content)
            ids = tuple(row.tobytes().hex() for row in arrays.pop("ids"))
            return cls(ids=ids, **arrays)
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, BadSetError):
                raise
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise BadSetError(f"the descriptions cannot be read: {reason}; build the set again") from error
