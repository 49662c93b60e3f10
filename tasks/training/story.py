"""What a file of weights says of itself."""

import json
from collections.abc import Mapping

from oldphoto_core.training.latent_recipes import AnyRecipe
from oldphoto_core.training.loop import Trainee
from oldphoto_core.training.shard import Shard
from tasks.training.latent import Given
from tasks.version import library_versions


def story_of(
    trainee: Trainee, recipe: AnyRecipe, shard: Shard, found: Mapping[str, float], given: Given
) -> dict[str, str]:
    """Return the metadata of trained weights.

    Args:
        trainee: Whose weights they are.
        recipe: How they were trained.
        shard: What they learned from.
        found: Their held-out numbers.
        given: The networks they build on; nothing is said if there are none.
    """
    told = {
        "name": recipe.name,
        "recipe": json.dumps(recipe.plain()),
        "steps": str(trainee.step),
        "data_digest": shard.digest,
        "pictures": str(len(shard.picture_numbers)),
        "held_out": json.dumps(dict(found)),
        "libraries": library_versions(),
    }
    return told | {"given": json.dumps(dict(given.digests))} if given.digests else told
