"""A shard holds what was put in, in the size that was allowed, and refuses to be half of itself."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from training_pictures import picture

from oldphoto_core.training.shard import PICTURES, Piece, Shard, ShardError, digest_of, write_shard


def pieces() -> list[Piece]:
    shape = np.arange(35, dtype=np.uint8).reshape(5, 7)
    return [
        Piece("a.png", PICTURES, picture(0, 90, 70)),
        Piece("dust 0", "dust", shape),
        Piece("b.png", PICTURES, picture(1, 64, 128)),
    ]


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    write_shard(tmp_path / "data.npy", pieces(), most_bytes=10**6)
    shard = Shard(tmp_path / "data.npy")
    assert shard.picture_numbers == (0, 2)
    assert shard.numbers("dust") == (1,)
    assert shard.name(2) == "b.png"
    for number, piece in enumerate(pieces()):
        np.testing.assert_array_equal(shard.pixels(number), piece.pixels)
    assert not shard.pixels(0).flags.writeable
    assert shard.digest == digest_of(pieces())
    assert list(tmp_path.iterdir()) == [tmp_path / "data.npy"]


def test_pictures_shrink_to_fit_and_shapes_do_not(tmp_path: Path) -> None:
    most = 40_000
    shard = write_shard(tmp_path / "data.npy", pieces(), most_bytes=most)
    assert 0.85 * most < (tmp_path / "data.npy").stat().st_size <= most
    np.testing.assert_array_equal(shard.pixels(1), pieces()[1].pixels)
    height, width, _ = shard.pixels(0).shape
    assert height < 90
    assert abs(width / height - 70 / 90) < 0.02
    wanted = cv2.resize(picture(0, 90, 70), (width, height), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(shard.pixels(0), wanted)


def test_the_digest_sees_pixels_and_order_but_no_names() -> None:
    first, second, third = pieces()
    renamed = Piece("other", first.group, first.pixels)
    touched = first.pixels.copy()
    touched[0, 0, 0] ^= 1
    assert digest_of([renamed, second, third]) == digest_of(pieces())
    assert digest_of([third, second, first]) != digest_of(pieces())
    assert digest_of([Piece("a.png", PICTURES, touched), second, third]) != digest_of(pieces())


def test_too_little_room_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="do not fit into 20000 bytes"):
        write_shard(tmp_path / "data.npy", pieces(), most_bytes=20_000)
    assert not list(tmp_path.iterdir())


def test_no_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="at least one picture"):
        write_shard(tmp_path / "data.npy", pieces()[1:2], most_bytes=10**6)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_half_a_shard_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "data.npy"
    write_shard(path, pieces(), most_bytes=10**6)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ShardError, match="shard"):
        Shard(path)


def test_another_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.zeros(100, np.uint8))
    with pytest.raises(ShardError, match="expected a shard"):
        Shard(tmp_path / "data.npy")
