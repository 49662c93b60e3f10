"""Where neighbours agree a network is believed."""

import numpy as np
from film_shots import grey, pan

from oldphoto_core.film.dirt import DirtSettings
from oldphoto_core.film.guarding import motion_trust
from oldphoto_core.film.neighbours import Neighbour

STILL = np.zeros((64, 80, 2), np.float32)


def test_what_moves_is_not_believed_and_the_rest_is() -> None:
    ground = grey(pan("astronaut", 1, size=(64, 80)))[0]
    one, other = ground.copy(), ground.copy()
    one[20:30, 20:30] = 1.0
    other[20:30, 34:44] = 0.0
    trust = motion_trust(Neighbour(one, STILL), Neighbour(other, STILL), DirtSettings())
    assert trust[22:28, 22:42].max() < 0.2
    assert trust[50:, :].min() > 0.99
    assert trust[:, 65:].min() > 0.99


def test_neighbours_that_agree_are_believed_whatever_the_frame_shows() -> None:
    ground = grey(pan("astronaut", 1, size=(64, 80)))[0]
    trust = motion_trust(Neighbour(ground, STILL), Neighbour(ground, STILL), DirtSettings())
    assert trust.min() > 0.999


def test_grain_alone_is_believed() -> None:
    rng = np.random.default_rng(0)
    ground = grey(pan("coffee", 1, size=(64, 80)))[0]
    grainy = [np.clip(ground + rng.normal(0, 0.03, (64, 80, 1)), 0, 1).astype(np.float32) for _ in range(2)]
    trust = motion_trust(*(Neighbour(each, STILL) for each in grainy), settings=DirtSettings())
    assert trust.mean() > 0.95
