"""Where the pairs of any recipe come from, and batches of them."""

from collections.abc import Sequence

from oldphoto_core.training.film_clips import (
    ClipPair,
    ClipSource,
    FilmBatch,
    film_batch_of,
    judging_clips,
    learning_clips,
)
from oldphoto_core.training.film_recipes import FilmRecipe
from oldphoto_core.training.latent_pairs import LatentSource, judging_latent_pairs, learning_latent_pairs
from oldphoto_core.training.latent_recipes import AnyRecipe, LatentRecipe
from oldphoto_core.training.pairs import Batch, Pair, PairSource, batch_of, judging_pairs, learning_pairs
from oldphoto_core.training.shard import Shard
from oldphoto_core.training.style_pairs import StyleBatch, StylePair, style_batch_of
from oldphoto_core.training.style_source import StyleSource, judging_styles, learning_styles

Source = PairSource | LatentSource | ClipSource | StyleSource
"""Gives pairs by their index, always the same one for the same index."""

AnyPair = Pair | ClipPair | StylePair
"""A picture, a clip, or a photograph with references, before and after."""


def together(pairs: Sequence[AnyPair]) -> Batch | FilmBatch | StyleBatch:
    """Return pairs of one kind as a batch."""
    styles = [pair for pair in pairs if isinstance(pair, StylePair)]
    if styles:
        return style_batch_of(styles)
    clips = [pair for pair in pairs if isinstance(pair, ClipPair)]
    return film_batch_of(clips) if clips else batch_of([pair for pair in pairs if isinstance(pair, Pair)])


def learning_source(shard: Shard, recipe: AnyRecipe) -> Source:
    """Return the endless pairs that a recipe learns from.

    Raises:
        ShardError: The shard does not hold what the recipe learns from.
    """
    if isinstance(recipe, LatentRecipe):
        return learning_latent_pairs(shard, recipe)
    if isinstance(recipe, FilmRecipe):
        return learning_clips(shard, recipe)
    if recipe.aim == "style":
        return learning_styles(shard, recipe)
    return learning_pairs(shard, recipe)


def judging_source(shard: Shard, recipe: AnyRecipe) -> Source:
    """Return the pairs that a recipe is judged on.

    Raises:
        ShardError: The shard does not hold what the recipe is judged on.
    """
    if isinstance(recipe, LatentRecipe):
        return judging_latent_pairs(shard, recipe)
    if isinstance(recipe, FilmRecipe):
        return judging_clips(shard, recipe)
    if recipe.aim == "style":
        return judging_styles(shard, recipe)
    return judging_pairs(shard, recipe)
