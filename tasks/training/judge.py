"""Held-out numbers of any training."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from oldphoto_core.evaluation.latent_scores import latent_scores
from oldphoto_core.networks.compact.style_merge import StyleMerger
from oldphoto_core.training.evaluate import scores
from oldphoto_core.training.film_clips import ClipPair
from oldphoto_core.training.film_recipes import FilmRecipe
from oldphoto_core.training.film_scores import film_scores
from oldphoto_core.training.latent_recipes import AnyRecipe, LatentRecipe
from oldphoto_core.training.loop import Trainee
from oldphoto_core.training.pairs import Pair
from oldphoto_core.training.recipes import Recipe
from oldphoto_core.training.sources import AnyPair
from oldphoto_core.training.style_evaluate import style_scores
from oldphoto_core.training.style_pairs import StylePair

P = TypeVar("P", Pair, ClipPair, StylePair)


def held_out_scores(trainee: Trainee, recipe: AnyRecipe, judged: Mapping[str, Sequence[AnyPair]]) -> dict[str, float]:
    """Return how the averaged weights do on pairs that nothing was learned from.

    Args:
        trainee: Between two steps.
        recipe: What is trained how.
        judged: Pairs by what was done to them.
    """
    if isinstance(recipe, FilmRecipe):
        return film_scores(trainee.averaged, recipe, _only(ClipPair, judged))
    if isinstance(recipe, Recipe) and isinstance(trainee.averaged, StyleMerger):
        return style_scores(trainee.averaged, recipe, _only(StylePair, judged))
    pairs = _only(Pair, judged)
    if isinstance(recipe, LatentRecipe):
        return latent_scores(trainee.averaged, trainee.given, recipe, pairs)
    return scores(trainee.averaged, recipe, pairs)


def _only(kind: type[P], judged: Mapping[str, Sequence[AnyPair]]) -> dict[str, list[P]]:
    """Return the pairs that are of a kind, which all are that a recipe of that kind is judged on."""
    return {name: [pair for pair in pairs if isinstance(pair, kind)] for name, pairs in judged.items()}
