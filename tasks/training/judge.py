"""Held-out numbers of any training."""

from collections.abc import Mapping, Sequence

from oldphoto_core.evaluation.latent_scores import latent_scores
from oldphoto_core.training.evaluate import scores
from oldphoto_core.training.latent_recipes import AnyRecipe, LatentRecipe
from oldphoto_core.training.loop import Trainee
from oldphoto_core.training.pairs import Pair


def held_out_scores(trainee: Trainee, recipe: AnyRecipe, judged: Mapping[str, Sequence[Pair]]) -> dict[str, float]:
    """Return how the averaged weights do on pairs that nothing was learned from.

    Args:
        trainee: Between two steps.
        recipe: What is trained how.
        judged: Pairs by what was done to them.
    """
    if isinstance(recipe, LatentRecipe):
        return latent_scores(trainee.averaged, trainee.given, recipe, judged)
    return scores(trainee.averaged, recipe, judged)
