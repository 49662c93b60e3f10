"""What a person says on the command line about modernizing, made into settings, references and places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from oldphoto_core.classical.style_settings import StyleEngineName, StyleSettings
from tasks.modernizing.explain import ExplanationKeeper
from tasks.modernizing.offered import named_references
from tasks.references.sets import BuiltSet, ReferenceLibrary, open_set
from tasks.settings import NightSettings, SettingsError
from tasks.single import OutputClashError, Picture, Refused, pictures
from tasks.style.engines import style_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleChoices:
    """Options of the modernize command; None leaves a setting as it is."""

    engine: str | None = None
    """What restyles."""

    strength: float | None = None
    """Share of the way to go, in [0, 1]."""

    even_modern: bool = False
    """Whether a learned engine works on photographs too whose tones look modern already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedByName:
    """The references of a command."""

    library: ReferenceLibrary
    """What may be chosen from."""

    names: Mapping[str, str]
    """What a person knows each as, by digest."""

    unusable: tuple[Refused, ...] = ()
    """Pictures that are no references, with the reason."""


def chosen_style(settings: NightSettings, choices: StyleChoices) -> NightSettings:
    """Return the settings with the choices made; that the engine's weights are there is known then.

    Raises:
        ModelError: The engine's weights are not installed.
        SettingsError: There is no such engine, or the strength is no share.
    """
    style: StyleSettings = settings.modernize
    if choices.engine is not None:
        if choices.engine not in get_args(StyleEngineName):
            names = ", ".join(get_args(StyleEngineName))
            raise SettingsError(f"there is no engine {choices.engine!r}; there are {names}")
        style = replace(style, engine=cast("StyleEngineName", choices.engine))
    if choices.strength is not None:
        if not 0.0 <= choices.strength <= 1.0:
            raise SettingsError(f"the strength must lie in [0, 1], found {choices.strength}")
        if style.engine == "classical":
            style = replace(style, strength=choices.strength)
        else:
            style = replace(style, learned_strength=choices.strength)
    if choices.even_modern:
        if style.engine == "classical":
            raise SettingsError("--even-modern needs a network: add --engine own; the classical engine goes by fading")
        style = replace(style, spare_modern=False)
    chosen = settings.model_copy(update={"modernize": style})
    style_weights(chosen)
    return chosen


def offered_references(named: Sequence[str], reference_set: str | None, settings: NightSettings) -> OfferedByName:
    """Return the references that a command offers: those named, or those of a curated set.

    Raises:
        SettingsError: Both or none are given.
        StoreError: One of them does not exist, or there is no such set.
        BadSetError: The set cannot be used.
    """
    if bool(named) == (reference_set is not None):
        raise SettingsError("name reference photographs with --reference, or a curated set with --reference-set")
    if reference_set is not None:
        library = open_set(reference_set, settings=settings.modernize)
        return OfferedByName(library=library, names=_keys(library))
    found, unusable = named_references(pictures(list(named)), settings)
    return OfferedByName(library=found, names=found.names, unusable=tuple(unusable))


def explanation_keeper(place: Path | None, named: Sequence[Picture], *, output: str) -> ExplanationKeeper | None:
    """Return where explanations go; None: nowhere.

    Raises:
        OutputClashError: An explanation would be written over a photograph, a result or another explanation.
        SettingsError: The file is to be no PNG.
    """
    if place is None:
        return None
    is_folder = not (len(named) == 1 and named[0].is_alone) or place.is_dir()
    if not is_folder and place.suffix.lower() != ".png":
        raise SettingsError(f"explanations are PNG files; write for example {place.with_suffix('.png')}")
    if place.resolve() == Path(output).resolve():
        raise OutputClashError(f"explanations and results would both go to {place}; name another place for one of them")
    keeper = ExplanationKeeper(place, is_folder)
    masters = {Path(picture.path).resolve() for picture in named if "://" not in picture.path}
    taken: dict[Path, str] = {}
    for picture in named:
        path = keeper.path_of(picture.name, None).resolve()
        if path in masters:
            raise OutputClashError(f"the explanation of {picture.path} would be written over a photograph")
        if path in taken:
            raise OutputClashError(f"{taken[path]} and {picture.path} would have one explanation, {path}")
        taken[path] = picture.path
    return keeper


def _keys(library: BuiltSet) -> dict[str, str]:
    return {entry.reference_id: entry.key for entry in library.entries}
