"""Numbers of aged pictures: the same for the same index, kept in files that know what they depend on."""

from pathlib import Path

import numpy as np
import pytest
from own_weights import woken
from training_pictures import TINY, small_shard

from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.networks.compact.scratch_mask import ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.tiles import TiledNetwork
from oldphoto_core.training.damage_numbers import (
    Look,
    NumberedPart,
    beside,
    drawing,
    joined,
    measuring,
    numbered,
    read_part,
    write_part,
)
from oldphoto_core.training.damage_pictures import DamagePictures, Variety


@pytest.fixture
def part(tmp_path: Path) -> NumberedPart:
    return made(tmp_path, range(3))


def made(folder: Path, indices: range, look: Look | None = None) -> NumberedPart:
    pictures = DamagePictures.of(small_shard(folder), held=False, seed=0, variety=Variety(long_side_px=(48, 64)))
    return numbered(pictures, indices, look or measuring(DiagnosisSettings()))


def drawn() -> Look:
    network = woken(ScratchMask(ScratchMaskConfig(kinds=("scratch", "dust"), body=TINY)))
    return drawing(TiledNetwork(network), DiagnosisSettings())  # type: ignore[arg-type]


def test_two_looks_at_the_same_pictures_stand_beside_each_other(part: NumberedPart, tmp_path: Path) -> None:
    other = made(tmp_path, range(3), drawn())
    both = beside(part, other)
    assert both.names == part.names + other.names
    np.testing.assert_array_equal(both.table.numbers[:, len(part.names) :], other.table.numbers)
    with pytest.raises(ValueError, match="same pictures"):
        beside(part, made(tmp_path, range(1, 4), drawn()))


def test_every_picture_has_a_row_and_every_column_a_name(part: NumberedPart) -> None:
    assert part.table.numbers.shape == (3, len(part.names))
    assert part.table.severities.shape == (3, 12)
    assert np.isfinite(part.table.numbers).all()
    assert len(set(part.names)) == len(part.names)


def test_parts_made_apart_are_the_whole(part: NumberedPart, tmp_path: Path) -> None:
    whole = joined([made(tmp_path, range(1)), made(tmp_path, range(1, 3))])
    np.testing.assert_array_equal(whole.table.numbers, part.table.numbers)
    np.testing.assert_array_equal(whole.photographs, part.photographs)
    assert whole.titles == part.titles


def test_a_part_is_read_as_it_was_written_and_only_for_the_same_key(part: NumberedPart, tmp_path: Path) -> None:
    path = tmp_path / "part.npz"
    write_part(path, part, "weights 1")
    read = read_part(path, "weights 1")
    assert read is not None
    np.testing.assert_array_equal(read.table.numbers, part.table.numbers)
    np.testing.assert_array_equal(read.table.severities, part.table.severities)
    assert (read.titles, read.names) == (part.titles, part.names)
    assert read_part(path, "weights 2") is None
    assert [one.name for one in tmp_path.glob("part*")] == ["part.npz"]


def test_what_is_no_whole_part_is_made_again(part: NumberedPart, tmp_path: Path) -> None:
    path = tmp_path / "part.npz"
    write_part(path, part, "key")
    path.write_bytes(path.read_bytes()[:-200])
    assert read_part(path, "key") is None
    assert read_part(tmp_path / "none.npz", "key") is None
