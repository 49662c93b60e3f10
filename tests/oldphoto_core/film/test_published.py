"""The published procedure's sizes and frames."""

import numpy as np
import pytest
import torch
from film_shots import grey, pan, source
from tiny_film import tiny_film

from oldphoto_core.film.published import prepared, published, working_size


@pytest.mark.parametrize(
    ("given", "expected"),
    [((480, 640), (368, 480)), ((640, 480), (480, 368)), ((340, 579), (368, 624)), ((100, 100), (368, 368))],
)
def test_the_short_side_is_368_and_the_long_one_a_multiple_of_16(
    given: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert working_size(*given) == expected


def test_a_frame_is_prepared_grey_in_minus_one_to_one() -> None:
    frame = prepared(pan("coffee", 1, size=(46, 60))[0])
    assert frame.shape == (3, 368, 480)
    assert torch.equal(frame[0], frame[2])
    levels = (frame + 1.0) * 127.5
    assert torch.allclose(levels, levels.round(), atol=1e-4)


def test_every_frame_comes_once_at_its_size() -> None:
    network = tiny_film()
    shot = source(grey(pan("astronaut", 3, size=(23, 23))))
    whole = list(published(network, shot, length=2))
    assert [frame.shape for frame in whole] == [(23, 23, 3)] * 3
    late = list(published(network, shot, length=2, start=2))
    assert len(late) == 1
    assert np.array_equal(late[0], whole[2])
