"""References for one photograph: a short list by the whole picture, then few that together serve its regions.

The set is grown greedily. A reference is worth what it adds to the similarity of the regions, weighted by their share
(a monotone submodular gain, so the greedy set is within 1 - 1/e of the best: Nemhauser, Wolsey and Fisher 1978), less
what it disagrees in light and colour with those chosen before on regions that both could serve: one photograph should
not get two seasons.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from oldphoto_core.references.choice import Choice, RegionChoice
from oldphoto_core.references.collection import Collection
from oldphoto_core.references.described import Described
from oldphoto_core.references.index import VectorIndex
from oldphoto_core.references.settings import RetrievalSettings
from oldphoto_core.references.similarity import Likeness, counted, similarity
from oldphoto_core.references.tints import contradicted

FULL_DISAGREEMENT: Final = 40.0
"""Distance of the mean colours in CIELAB at which two references wholly disagree about a region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A set of references, ready to be asked."""

    collection: Collection
    """The descriptions."""

    whole: VectorIndex
    """Index over the whole pictures."""

    regions: VectorIndex
    """Index over all regions."""

    likeness: Likeness
    """What turns cosines into similarity; it belongs to the describer."""

    @classmethod
    def of(cls, collection: Collection, likeness: Likeness) -> "Shelf":
        """Return the set with its two indices built."""
        return cls(
            collection=collection,
            whole=VectorIndex.build(collection.whole),
            regions=VectorIndex.build(collection.regions),
            likeness=likeness,
        )


@dataclass(frozen=True, slots=True)
class _Offer:
    """What each reference of the short list has for each region of the photograph."""

    useful: Float64[np.ndarray, "N M"]
    """Similarity, 0 where it is too low."""

    region: Int64[np.ndarray, "N M"]
    """Number of the region that serves, counted over the whole collection."""

    colours: Float64[np.ndarray, "N M 6"]
    """Mean and spread of its L*, a*, b*."""


def choose(described: Described, shelf: Shelf, settings: RetrievalSettings) -> Choice:
    """Return the references that serve a photograph, and what serves each of its regions.

    Args:
        described: The photograph, described as the set's pictures were.
        shelf: The set.
        settings: How many, and how alike at least.
    """
    listed = _short_list(described, shelf, settings)
    offer = _offer(described, shelf, listed, settings)
    shares = described.shares.astype(np.float64)
    chosen = grown_set(offer.useful, shares, offer.colours, settings)
    ids, starts = shelf.collection.ids, shelf.collection.starts
    regions, used = [], list[int]()
    for label, share in enumerate(shares.tolist()):
        best = max(chosen, key=lambda column: offer.useful[label, column], default=None)
        if best is None or offer.useful[label, best] <= 0.0:
            regions.append(
                RegionChoice(region=label, share=share, reference_id=None, reference_region=None, similarity=0.0)
            )
            continue
        used.append(best)
        place = int(listed[best])
        regions.append(
            RegionChoice(
                region=label,
                share=share,
                reference_id=ids[place],
                reference_region=int(offer.region[label, best] - starts[place]),
                similarity=float(offer.useful[label, best]),
            )
        )
    serving = tuple(ids[int(listed[column])] for column in chosen if column in used)
    return Choice(references=serving, labels=described.labels, regions=tuple(regions))


def _short_list(described: Described, shelf: Shelf, settings: RetrievalSettings) -> Int64[np.ndarray, " M"]:
    """Return the numbers of the references to look at closely, in the order of the collection."""
    _, pictures = shelf.whole.search(described.whole[None], settings.shortlist)
    _, regions = shelf.regions.search(described.regions, settings.region_hits)
    owners = shelf.collection.owner[regions[regions >= 0]]
    return np.unique(np.concatenate([pictures[pictures >= 0], owners]))


def _offer(described: Described, shelf: Shelf, listed: Int64[np.ndarray, " M"], settings: RetrievalSettings) -> _Offer:
    """Return what the listed references have for each region."""
    collection = shelf.collection
    starts, shares = collection.starts, described.shares.astype(np.float64)
    tints = described.lab_mean[:, 1:].astype(np.float64)
    best = np.empty((len(shares), len(listed)))
    region, fits = np.empty(best.shape, dtype=np.int64), np.empty(best.shape, dtype=bool)
    for column, place in enumerate(listed.tolist()):
        part = slice(int(starts[place]), int(starts[place] + collection.counts[place]))
        their_shares = collection.shares[part].astype(np.float64)
        cosine = counted(described.regions.astype(np.float64) @ collection.regions[part].T, their_shares)
        refused = contradicted(
            tints,
            shares,
            collection.lab_mean[part, 1:].astype(np.float64),
            their_shares,
            most=settings.max_contradiction,
            most_as_they_are=settings.max_tint_distance,
        )
        counterpart = cosine.argmax(axis=1)
        best[:, column], region[:, column] = cosine.max(axis=1), part.start + counterpart
        fits[:, column] = ~refused[np.arange(len(shares)), counterpart]
    alike = similarity(best, shares, shelf.likeness)
    colours = np.concatenate([collection.lab_mean[region], collection.lab_spread[region]], axis=2).astype(np.float64)
    return _Offer(np.where(fits & (alike >= settings.min_similarity), alike, 0.0), region, colours)


def grown_set(
    useful: Float64[np.ndarray, "N M"],
    shares: Float64[np.ndarray, " N"],
    colours: Float64[np.ndarray, "N M 6"],
    settings: RetrievalSettings,
) -> list[int]:
    """Return the columns that together serve the regions, the most useful first; ties go to the first.

    Args:
        useful: Similarity of the best region of each picture to each region of the photograph; 0 where it is too low.
        shares: Share of the photograph each region covers; they add up to 1.
        colours: Mean and spread of L*, a*, b* of those best regions.
        settings: How many, the least gain, and what disagreement costs.
    """
    chosen: list[int] = []
    served = np.zeros(len(shares))
    cost = np.zeros(useful.shape[1])
    while len(chosen) < min(settings.max_references, useful.shape[1]):
        gains = shares @ np.maximum(useful - served[:, None], 0.0) - settings.disagreement * cost
        gains[chosen] = -np.inf
        best = int(np.argmax(gains))
        if gains[best] < settings.least_gain or gains[best] <= 0.0:
            break
        chosen.append(best)
        served = np.maximum(served, useful[:, best])
        cost += _disagreement(useful, shares, colours, best)
    return chosen


def _disagreement(
    useful: Float64[np.ndarray, "N M"],
    shares: Float64[np.ndarray, " N"],
    colours: Float64[np.ndarray, "N M 6"],
    one: int,
) -> Float64[np.ndarray, " M"]:
    """Return how far each picture is from the given one in light and colour where both could serve, in [0, 1]."""
    apart = np.linalg.norm(colours - colours[:, one : one + 1], axis=2) / FULL_DISAGREEMENT
    both: Bool[np.ndarray, "N M"] = (useful > 0.0) & (useful[:, one : one + 1] > 0.0)
    weight: Float32[np.ndarray, "N M"] | Float64[np.ndarray, "N M"] = np.where(both, shares[:, None], 0.0)
    return (weight * np.minimum(apart, 1.0)).sum(axis=0)
