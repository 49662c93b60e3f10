"""Whether a checkpoint is of a recipe, though recipes have gained fields since it was saved."""

import ast
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from oldphoto_core.training.latent_recipes import AnyRecipe


def is_same_recipe(told: str, recipe: AnyRecipe) -> bool:
    """Return whether a recipe is the one that was told, but for fields it has gained since and leaves at their default.

    Args:
        told: ``repr`` of the plain values of a recipe, from a checkpoint.
        recipe: The recipe of today.
    """
    try:
        held = ast.literal_eval(told)
    except (ValueError, SyntaxError):
        return False
    return isinstance(held, dict) and _as_then(recipe.plain(), held, recipe) == held


def _as_then(plain: Mapping[str, Any], held: Mapping[str, Any], config: object) -> dict[str, Any]:
    """Return plain values without those that were not told and are the defaults of their configuration."""
    defaults = _defaults(config)
    kept: dict[str, Any] = {}
    for name, value in plain.items():
        if name not in held and name in defaults and getattr(config, name) == defaults[name]:
            continue
        inner = getattr(config, name, None)
        nested = isinstance(value, dict) and isinstance(held.get(name), dict) and is_dataclass(inner)
        kept[name] = _as_then(value, held[name], inner) if nested else value
    return kept


def _defaults(config: object) -> dict[str, Any]:
    """Return the plain defaults of a configuration's fields."""
    return {one.name: one.default for one in fields(config) if one.default is not MISSING}  # type: ignore[arg-type]
