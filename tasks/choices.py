"""What a person says on the command line about restoration, made into settings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

from oldphoto_core.inference.plan import EngineName
from tasks.hand_masks import HandMasks, MaskKeeper
from tasks.settings import NightSettings, SettingsError
from tasks.single import OutputClashError, Picture

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]i?)?b?", re.IGNORECASE)
_LEAST_MEMORY = 2**28
_MOST_MEMORY = 2**60


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreChoices:
    """Options of the restore command that change settings; None or False leaves the setting as it is."""

    engine: str | None = None
    """Who restores."""

    memory: str | None = None
    """Memory to keep within, in words such as ``4GiB``."""

    faces: bool = False
    """Whether faces are repainted."""

    official_compat: bool = False
    """Whether to do exactly what the authors' scripts do."""


def chosen_settings(settings: NightSettings, choices: RestoreChoices) -> NightSettings:
    """Return the settings with the choices made.

    Raises:
        SettingsError: The choices contradict each other or make no sense.
    """
    restore = settings.restore
    if choices.engine is not None:
        if choices.engine not in get_args(EngineName):
            raise SettingsError(f"there is no engine {choices.engine!r}; there are {', '.join(get_args(EngineName))}")
        restore = replace(restore, engine=cast("EngineName", choices.engine))
    if (choices.faces or choices.official_compat) and restore.engine != "official":
        option = "--faces" if choices.faces else "--official-compat"
        raise SettingsError(f"{option} needs the published networks: add --engine official")
    latent = replace(
        restore.latent,
        faces=restore.latent.faces or choices.faces,
        official_compat=restore.latent.official_compat or choices.official_compat,
    )
    changes = {"restore": replace(restore, latent=latent), "workers": 1}
    if choices.memory is not None:
        changes["memory_bytes"] = bytes_in(choices.memory)
    return settings.model_copy(update=changes)


def bytes_in(words: str) -> int:
    """Return a size in bytes.

    Raises:
        SettingsError: It is no size, or too small to work with.

    Examples:
        >>> bytes_in("4GiB"), bytes_in("1500 MB")
        (4294967296, 1500000000)
    """
    found = _SIZE.fullmatch(words.strip())
    if found is None:
        raise SettingsError(f"{words!r} is no amount of memory; write for example 4GiB or 800MiB")
    size = float(found[1]) * _UNITS[(found[2] or "").lower()]
    if size < _LEAST_MEMORY:
        raise SettingsError(f"{words} of memory is too little, at least 256MiB are needed")
    if size > _MOST_MEMORY:
        raise SettingsError(f"{words} is more memory than any machine has; write for example 4GiB")
    return int(size)


def mask_places(
    mask: Path | None, save_mask: Path | None, named: Sequence[Picture], settings: NightSettings, *, output: str
) -> tuple[HandMasks | None, MaskKeeper | None]:
    """Return where masks come from and where they go.

    Raises:
        SettingsError: A mask file is not there, or is given for several photographs, or is to be no PNG.
        OutputClashError: A mask would be written over a photograph, a result or another mask.
    """
    is_one = len(named) == 1 and named[0].is_alone
    if mask is not None and not mask.exists():
        raise SettingsError(f"there is no mask at {mask}")
    if mask is not None and mask.is_file() and not is_one:
        raise SettingsError(f"{mask} is one mask for {len(named)} photographs; give a folder of masks")
    is_folder = not is_one or (save_mask is not None and save_mask.is_dir())
    keeper = None if save_mask is None else MaskKeeper(save_mask, is_folder)
    if keeper is not None:
        if keeper.place.resolve() == Path(output).resolve():
            raise OutputClashError(f"masks and results would both go to {output}; name another place for the masks")
        if not is_folder and keeper.place.suffix.lower() != ".png":
            raise SettingsError(f"masks are written as PNG; write for example {keeper.place.with_suffix('.png')}")
        _check_clash(keeper, mask, named)
    return (None if mask is None else HandMasks(mask, settings.limits)), keeper


def _check_clash(keeper: MaskKeeper, mask: Path | None, named: Sequence[Picture]) -> None:
    masters = {Path(picture.path).resolve() for picture in named if "://" not in picture.path}
    taken = {} if mask is None else {mask.resolve(): "the mask drawn for it"}
    for picture in named:
        place = keeper.path_of(picture.name, None).resolve()
        if place in masters:
            raise OutputClashError(f"the mask of {picture.path} would be written over a photograph; name another place")
        if place in taken or place.parent in taken:
            over = taken.get(place) or taken[place.parent]
            raise OutputClashError(f"the mask of {picture.path} would be written over {over}; name another place")
        taken[place] = f"the mask of {picture.path}"
