"""Aged pictures as the damage head sees them: rows of numbers with the truth beside them, in parts that can be kept."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float32, Int64

from oldphoto_core.damage import DAMAGE_KINDS
from oldphoto_core.diagnosis.features.maps import map_numbers
from oldphoto_core.diagnosis.learned import measures_of, numbers_of, probability_maps
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.diagnosis.views import shrink
from oldphoto_core.image import Photo
from oldphoto_core.networks.compact.tiles import TiledNetwork
from oldphoto_core.training.damage_fit import DamageTable
from oldphoto_core.training.damage_pictures import DamagePictures


@dataclass(frozen=True, slots=True, eq=False)
class NumberedPart:
    """Some pictures in a row."""

    table: DamageTable
    """Their numbers and severities."""

    photographs: Int64[np.ndarray, " N"]
    """Which photograph of the shard each is an ageing of."""

    titles: tuple[str, ...]
    """What was done to each."""

    names: tuple[str, ...]
    """What each number is."""


Look = Callable[[Photo], Mapping[str, float]]
"""What is read off a photograph, by name."""


def measuring(settings: DiagnosisSettings) -> Look:
    """Return what reads off a photograph all that needs no network."""

    def look(photo: Photo) -> Mapping[str, float]:
        return numbers_of(photo, measures_of(photo, shrink(photo, settings.report_long_side_px), settings))

    return look


def drawing(scratch: TiledNetwork, settings: DiagnosisSettings) -> Look:
    """Return what reads off a photograph the numbers of the maps that a network draws."""

    def look(photo: Photo) -> Mapping[str, float]:
        return map_numbers(probability_maps(scratch, shrink(photo, settings.report_long_side_px)))

    return look


def numbered(pictures: DamagePictures, indices: Iterable[int], look: Look) -> NumberedPart:
    """Return the pictures of some indices, at least one, as numbers."""
    rows, severities, photographs, titles = [], [], [], []
    names: tuple[str, ...] = ()
    for index in indices:
        picture = pictures.picture(index)
        numbers = look(picture.photo)
        names = tuple(numbers)
        rows.append(list(numbers.values()))
        severities.append(picture.severities)
        photographs.append(picture.number)
        titles.append(picture.name)
    table = DamageTable(np.array(rows, dtype=np.float32), np.stack(severities))
    return NumberedPart(table, np.array(photographs, dtype=np.int64), tuple(titles), names)


def beside(one: NumberedPart, other: NumberedPart) -> NumberedPart:
    """Return the numbers of two parts about the same pictures side by side.

    Raises:
        ValueError: They are about other pictures.
    """
    same = np.array_equal(one.photographs, other.photographs) and one.titles == other.titles
    if not same or not np.array_equal(one.table.severities, other.table.severities):
        raise ValueError("expected two parts about the same pictures")
    numbers = np.concatenate([one.table.numbers, other.table.numbers], axis=1)
    return replace(one, table=replace(one.table, numbers=numbers), names=one.names + other.names)


def joined(parts: Sequence[NumberedPart]) -> NumberedPart:
    """Return parts, at least one, as one."""
    return NumberedPart(
        DamageTable(
            np.concatenate([part.table.numbers for part in parts]),
            np.concatenate([part.table.severities for part in parts]),
        ),
        np.concatenate([part.photographs for part in parts]),
        tuple(title for part in parts for title in part.titles),
        parts[0].names,
    )


def write_part(path: Path, part: NumberedPart, key: str) -> None:
    """Write a part in one go, with what it depends on."""
    unfinished = path.with_name(f"{path.name}.new.npz")
    np.savez(
        unfinished,
        numbers=part.table.numbers,
        severities=part.table.severities,
        photographs=part.photographs,
        titles=np.array(part.titles),
        names=np.array(part.names),
        key=np.array(key),
    )
    unfinished.replace(path)


def read_part(path: Path, key: str) -> NumberedPart | None:
    """Return a part that was written; None if there is none, or it depends on something else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["key"]) != key:
                return None
            table = DamageTable(file["numbers"], _severities(file["severities"]))
            return NumberedPart(
                table, file["photographs"], tuple(file["titles"].tolist()), tuple(file["names"].tolist())
            )
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None


def _severities(found: np.ndarray) -> Float32[np.ndarray, "N 12"]:
    if found.ndim != 2 or found.shape[1] != len(DAMAGE_KINDS):
        raise ValueError(f"expected a severity for each of {len(DAMAGE_KINDS)} kinds, found {found.shape}")
    return found
