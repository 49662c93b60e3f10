"""Old checkpoints stay those of their recipe when recipes gain fields; any other difference tells."""

from dataclasses import replace

import pytest
from latent_training import small_stage
from training_pictures import TINY, small_recipe

from oldphoto_core.training.latent_recipes import AnyRecipe
from oldphoto_core.training.same_recipe import is_same_recipe


@pytest.mark.parametrize(
    "recipe", [small_recipe("own-texture"), small_recipe("own-scratch"), small_stage("own-latent-old")]
)
def test_a_recipe_is_itself(recipe: AnyRecipe) -> None:
    assert is_same_recipe(repr(recipe.plain()), recipe)
    assert not is_same_recipe(repr(recipe.plain()), replace(recipe, seed=1))


def test_fields_that_came_later_count_only_where_they_are_not_the_default() -> None:
    recipe = small_recipe("own-texture")
    told = recipe.plain()
    del told["along_share"]
    assert not is_same_recipe(repr(told), recipe)  # 0.35, and the default is 0
    assert is_same_recipe(repr(told), replace(recipe, along_share=0.0))
    del told["network"]["depth"]
    assert not is_same_recipe(repr(told), replace(recipe, along_share=0.0))
    default = replace(recipe, along_share=0.0, network=replace(TINY, depth=3))
    assert is_same_recipe(repr(told), default)


def test_nested_configurations_count_too() -> None:
    recipe = small_recipe("own-scratch")
    told = recipe.plain()
    del told["network"]["body"]["blocks"]
    assert is_same_recipe(repr(told), recipe)
    told["network"]["body"]["width"] = 5
    assert not is_same_recipe(repr(told), recipe)


@pytest.mark.parametrize("told", ["", "1 +", "[]", "nothing()", "{}"])
def test_what_is_no_recipe_is_none(told: str) -> None:
    assert not is_same_recipe(told, small_recipe("own-texture"))


def test_what_was_told_and_is_no_more_counts() -> None:
    recipe = small_recipe("own-texture")
    assert not is_same_recipe(repr(recipe.plain() | {"gone": 1}), recipe)
