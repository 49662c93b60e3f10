import numpy as np
import pytest
from skimage import data

from oldphoto_core.dedupe.likeness import overlay
from oldphoto_core.dedupe.movement import MOVED_BLOCKS, moved_blocks
from oldphoto_core.image import LUMA, Grey, Photo, from_bytes8

STILL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def laid(a: np.ndarray, b: np.ndarray) -> int:
    return moved_blocks(overlay(a.astype(np.float32), b.astype(np.float32), STILL))


@pytest.fixture(scope="module")
def street(cup: Photo) -> Grey:
    return np.ascontiguousarray((cup @ LUMA)[:384, :512], dtype=np.float32)


def with_man(ground: Grey, left: int) -> Grey:
    """A textured figure of 24 by 80 pixels before the ground."""
    man = from_bytes8(np.ascontiguousarray(data.astronaut()))[80:160, 200:224] @ LUMA
    scene = ground.copy()
    scene[200:280, left : left + 24] = man
    return scene


@pytest.mark.parametrize("step", [20, 40, 60, -30])
def test_who_took_a_step_is_found(street: Grey, step: int) -> None:
    assert laid(with_man(street, 200), with_man(street, 200 + step)) >= MOVED_BLOCKS


def test_nobody_moved(street: Grey) -> None:
    scene = with_man(street, 200)
    faded = 0.3 + 0.4 * scene**1.6
    noisy = scene + np.random.default_rng(0).normal(0.0, 0.05, scene.shape)
    for other in (scene, faded, noisy, np.roll(scene, 2, axis=1)):
        assert laid(scene, other) < MOVED_BLOCKS


def test_who_came_in_or_left_has_not_moved(street: Grey) -> None:
    assert laid(street, with_man(street, 200)) < MOVED_BLOCKS
    assert laid(with_man(street, 200), street) < MOVED_BLOCKS


def test_both_ways_say_the_same(street: Grey) -> None:
    one, other = with_man(street, 150), with_man(street, 190)
    assert laid(one, other) == laid(other, one)


def test_pictures_that_do_not_meet_and_plain_ones_have_nothing_that_moves(street: Grey) -> None:
    away = np.array([[1.0, 0.0, 9000.0], [0.0, 1.0, 0.0]])
    assert moved_blocks(overlay(street, street, away)) == 0
    plain = np.full_like(street, 0.5)
    assert laid(plain, plain) == 0
    assert laid(street, plain) == 0
