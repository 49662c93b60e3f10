"""A style engine that does as told, and references that are offered as told: for tests of what lies around them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from oldphoto_core.image import Photo
from oldphoto_core.inference.style_engine import LearnedEngineName, Restyled
from oldphoto_core.references.choice import Choice, RegionChoice

Change = Callable[[Photo], np.ndarray]


@dataclass
class ToldEngine:
    """Makes of a photograph what a function says; the references share it in vertical stripes, its own look last."""

    change: Change
    name: LearnedEngineName = "own"
    weights_sha256: str = "d" * 64
    keeps: bool = True
    """Whether the last stripe keeps its own look."""

    seen: list[Sequence[Photo]] = field(default_factory=list)

    def apply(self, photo: Photo, references: Sequence[Photo], *, strength: float) -> Restyled:
        self.seen.append(references)
        made = np.clip(photo + strength * (self.change(photo) - photo), 0.0, 1.0).astype(np.float32)
        stripes = len(references) + self.keeps
        weights = np.full((len(references) + 1, 24, 32), 0.1 / len(references), dtype=np.float32)
        owner = np.arange(32) * stripes // 32
        for layer in range(len(weights)):
            weights[layer, :, owner == layer] = 0.9
        if not self.keeps:
            weights[-1] = 0.0
            weights /= weights.sum(axis=0)
        similarity = np.full((len(references), 24, 32), 0.8, dtype=np.float32)
        return Restyled(made, weights, similarity)


@dataclass
class Offered:
    """Pictures by id; all of them are chosen, and serve the regions that are told."""

    pictures: Mapping[str, Photo]
    served: tuple[bool, ...] = (True,)
    """Of regions that divide the photograph from left to right."""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(sorted(self.pictures))

    def choose(self, photo: Photo) -> Choice:
        del photo
        count = len(self.served)
        labels = np.broadcast_to((np.arange(60) * count // 60).astype(np.int32), (40, 60)).copy()
        first = self.ids[0] if self.ids else None
        regions = tuple(
            RegionChoice(
                region=region,
                share=1.0 / count,
                reference_id=first if has else None,
                reference_region=0 if has else None,
                similarity=0.9 if has else 0.0,
            )
            for region, has in enumerate(self.served)
        )
        return Choice(references=self.ids if any(self.served) else (), labels=labels, regions=regions)

    def picture(self, reference_id: str) -> Photo:
        return self.pictures[reference_id]
