"""What a person may ask of a redo, kept as canonical JSON, and the settings that follow from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from oldphoto_core.inference.plan import STEP_NAMES, EngineName
from tasks.settings import NightSettings, canonical_json

COLOURS = "modernize"
"""The stage that may be left out like a step."""

LEAVABLE = (*STEP_NAMES, COLOURS)
"""What may be left out."""

EXAMPLE = '{"engine": "classical", "without": ["inpaint", "modernize"], "strength": 0.5, "threshold": 0.3}'


class WishError(ValueError):
    """What a redo asks for is nothing that can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be other than in the settings of the night; None and () leave things as they are.

    Examples:
        >>> Wish(engine="classical", strength=0.5).to_json()
        '{"engine":"classical","strength":0.5}'
    """

    engine: EngineName | None = None
    """Who restores."""

    without: tuple[str, ...] = ()
    """Steps to leave out; ``modernize`` leaves colours as they are."""

    strength: float | None = None
    """How far every step goes, in (0, 1]."""

    threshold: float | None = None
    """Damage is treated from this probability on, in (0, 1]: lower treats more."""

    def __post_init__(self) -> None:
        """Refuse what no setting allows."""
        if self.engine is not None and self.engine not in get_args(EngineName):
            raise WishError(f"there is no engine {self.engine!r}; there are {', '.join(get_args(EngineName))}")
        unknown = [name for name in self.without if name not in LEAVABLE]
        if unknown:
            raise WishError(f"nothing called {unknown[0]!r} can be left out; there are {', '.join(LEAVABLE)}")
        for name in ("strength", "threshold"):
            value = getattr(self, name)
            is_number = isinstance(value, float | int) and not isinstance(value, bool)
            if value is not None and not (is_number and 0.0 < value <= 1.0):
                raise WishError(f"{name} must be a number in (0, 1], found {value!r}")

    def to_json(self) -> str | None:
        """Return the wish as canonical JSON; None if there is none."""
        values: dict[str, Any] = {
            "engine": self.engine,
            "without": sorted(set(self.without)) or None,
            "strength": None if self.strength is None else float(self.strength),
            "threshold": None if self.threshold is None else float(self.threshold),
        }
        asked = {name: value for name, value in values.items() if value is not None}
        return canonical_json(asked) if asked else None


def parse_wish(text: str | None) -> Wish:
    """Return the wish that JSON text holds; of no text, the wish for nothing but another try.

    Raises:
        WishError: It is no JSON object, or asks for something else than engine, without, strength and threshold.

    Examples:
        >>> parse_wish('{"without": ["inpaint"]}').without
        ('inpaint',)
    """
    if text is None or not text.strip():
        return Wish()
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WishError(f"what a redo asks for is JSON such as {EXAMPLE}; this is none: {error}") from None
    if not isinstance(values, dict):
        raise WishError(f"what a redo asks for is a JSON object such as {EXAMPLE}, found {text[:80]}")
    return wish_of(values)


def wish_of(values: Mapping[str, Any]) -> Wish:
    """Return the wish that JSON values hold.

    Raises:
        WishError: They ask for something that cannot be asked for.
    """
    unknown = sorted(values.keys() - {"engine", "without", "strength", "threshold"})
    if unknown:
        raise WishError(f"a redo cannot ask for {unknown[0]!r}; it may ask for engine, without, strength, threshold")
    without = values.get("without") or []
    if not isinstance(without, list) or not all(isinstance(name, str) for name in without):
        raise WishError(f'without must be a list of names such as ["inpaint"], found {without!r}')
    return Wish(
        engine=values.get("engine"),
        without=tuple(sorted(set(without))),
        strength=values.get("strength"),
        threshold=values.get("threshold"),
    )


def wished_settings(settings: NightSettings, wish: Wish) -> NightSettings:
    """Return the settings with what the wish changes about them."""
    restore = settings.restore
    restore = replace(
        restore,
        engine=wish.engine or restore.engine,
        steps=tuple(step for step in restore.steps if step not in wish.without),
        strength=restore.strength if wish.strength is None else float(wish.strength),
        threshold=restore.threshold if wish.threshold is None else float(wish.threshold),
    )
    return settings.model_copy(update={"restore": restore})
