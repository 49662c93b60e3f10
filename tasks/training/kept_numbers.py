"""Numbers of aged pictures, kept in a folder: what was measured once is not measured again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from oldphoto_core.diagnosis.features.vector import FEATURES_VERSION
from oldphoto_core.networks.compact.tiles import TiledNetwork
from oldphoto_core.training.damage_numbers import (
    Look,
    NumberedPart,
    beside,
    drawing,
    measuring,
    numbered,
    read_part,
    write_part,
)
from oldphoto_core.training.damage_pictures import DamagePictures
from oldphoto_core.training.damage_recipe import DamageRecipe
from oldphoto_core.training.shard import Shard

PART = 100
"""Pictures in one file."""

Which = Literal["learned", "held"]
"""Pictures to learn from, or those that are held back."""


@dataclass(frozen=True, slots=True)
class KeptNumbers:
    """A folder of numbers of the pictures of one recipe."""

    folder: Path
    """Where they are kept."""

    shard: Shard
    """The photographs."""

    recipe: DamageRecipe
    """How they are aged and looked at."""

    def measured(self, which: Which, indices: range) -> NumberedPart:
        """Return what needs no network; it may be measured ahead, before the network that draws is trained."""
        return self._part(f"{which}-measured", which, indices, measuring(self.recipe.diagnosis))

    def whole(self, which: Which, indices: range, scratch: TiledNetwork, scratch_digest: str) -> NumberedPart:
        """Return all numbers.

        Args:
            which: Of which pictures.
            indices: Their indices.
            scratch: The network that draws.
            scratch_digest: Of its weights.
        """
        drawn = self._part(f"{which}-drawn", which, indices, drawing(scratch, self.recipe.diagnosis), scratch_digest)
        return beside(self.measured(which, indices), drawn)

    def _part(self, name: str, which: Which, indices: range, look: Look, *others: str) -> NumberedPart:
        """Return a part from the folder; if it is not there, or depends on something else, it is made."""
        recipe = self.recipe
        key = repr((self.shard.digest, FEATURES_VERSION, recipe.variety, recipe.diagnosis, recipe.seed, *others))
        path = self.folder / f"{name}-{indices.start:06d}-{indices.stop:06d}.npz"
        part = read_part(path, key)
        if part is None:
            pictures = DamagePictures.of(self.shard, held=which == "held", seed=recipe.seed, variety=recipe.variety)
            part = numbered(pictures, indices, look)
            self.folder.mkdir(parents=True, exist_ok=True)
            write_part(path, part, key)
        return part
