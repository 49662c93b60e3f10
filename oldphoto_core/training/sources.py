"""Where the pairs of any recipe come from."""

from oldphoto_core.training.latent_pairs import LatentSource, judging_latent_pairs, learning_latent_pairs
from oldphoto_core.training.latent_recipes import AnyRecipe, LatentRecipe
from oldphoto_core.training.pairs import PairSource, judging_pairs, learning_pairs
from oldphoto_core.training.shard import Shard

Source = PairSource | LatentSource
"""Gives pairs by their index, always the same one for the same index."""


def learning_source(shard: Shard, recipe: AnyRecipe) -> Source:
    """Return the endless pairs that a recipe learns from.

    Raises:
        ShardError: The shard does not hold what the recipe learns from.
    """
    if isinstance(recipe, LatentRecipe):
        return learning_latent_pairs(shard, recipe)
    return learning_pairs(shard, recipe)


def judging_source(shard: Shard, recipe: AnyRecipe) -> Source:
    """Return the pairs that a recipe is judged on.

    Raises:
        ShardError: The shard does not hold what the recipe is judged on.
    """
    if isinstance(recipe, LatentRecipe):
        return judging_latent_pairs(shard, recipe)
    return judging_pairs(shard, recipe)
