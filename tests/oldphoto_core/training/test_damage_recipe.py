"""The recipe as it is written down, and for fewer pictures."""

import json

import pytest

from oldphoto_core.networks.compact.load import config_of
from oldphoto_core.training.damage_recipe import RECIPE, DamageRecipe, with_pictures


def test_what_is_written_down_says_which_network_to_build() -> None:
    told = {"recipe": json.dumps(RECIPE.plain(431))}
    assert config_of(told, "a file") == RECIPE.fit.head_config(431)


def test_fewer_pictures_are_judged_on_fewer() -> None:
    small = with_pictures(RECIPE.pictures // 10)
    assert small.held_pictures == RECIPE.held_pictures // 10
    assert with_pictures(10 * RECIPE.pictures).held_pictures == RECIPE.held_pictures
    assert with_pictures(None) is RECIPE


def test_recipes_without_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="picture or more"):
        DamageRecipe(pictures=0)
