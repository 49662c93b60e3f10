"""How the damage report is trained: which pictures, how many, and how the head is fitted."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.training.damage_fit import FitSettings
from oldphoto_core.training.damage_pictures import Variety

NAME = "own-damage"


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageRecipe:
    """Everything that decides the weights, the pictures and the network that draws the mask apart."""

    name: str = NAME
    """Name of the network, as people say it."""

    pictures: int = 8000
    """Aged pictures that are learned from."""

    held_pictures: int = 1000
    """Aged pictures, of others that are never learned from, that the result is judged on."""

    mask_pictures: int = 160
    """Aged pictures, of the same others, that the thresholds of the mask are chosen on."""

    folds: int = 4
    """Parts of the pictures that are left out in turn for the calibration."""

    variety: Variety = field(default_factory=Variety)
    """How sound photographs differ."""

    fit: FitSettings = field(default_factory=FitSettings)
    """How the head is fitted."""

    diagnosis: DiagnosisSettings = field(default_factory=lambda: DiagnosisSettings(engine="own", least_to_mask=0.5))
    """Sizes at which photographs are looked at."""

    seed: int = 0
    """Seed of all chance."""

    def __post_init__(self) -> None:
        """Refuse too few pictures to learn from."""
        if min(self.pictures, self.held_pictures, self.mask_pictures) < 1 or self.folds < 2 or self.seed < 0:
            raise ValueError(f"expected a picture or more of each sort, two folds or more, a seed from 0, found {self}")

    def plain(self, numbers: int) -> dict[str, Any]:
        """Return the recipe as plain values, with the network that comes of it.

        Args:
            numbers: How many numbers there are for each picture.
        """
        network = {"type": "DamageHeadConfig"} | asdict(self.fit.head_config(numbers))
        return asdict(self) | {"network": network}


RECIPE = DamageRecipe()
"""What is shipped."""


def with_pictures(pictures: int | None, recipe: DamageRecipe = RECIPE) -> DamageRecipe:
    """Return the recipe for so many pictures, those that it is judged on in proportion; None leaves it as it is."""
    if pictures is None:
        return recipe
    share = min(1.0, pictures / recipe.pictures)
    return replace(
        recipe,
        pictures=pictures,
        held_pictures=max(1, round(share * recipe.held_pictures)),
        mask_pictures=max(1, round(share * recipe.mask_pictures)),
    )
