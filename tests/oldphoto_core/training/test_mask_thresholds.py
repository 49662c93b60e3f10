"""A map that knows where the damage is gets a threshold, one that points at sound places gets none."""

import numpy as np
from skimage import data

from oldphoto_core.diagnosis.features.maps import Map
from oldphoto_core.image import Photo
from oldphoto_core.training.mask_thresholds import CANDIDATES, MaskCase, chosen_thresholds, gains_of


def sound() -> Photo:
    return np.ascontiguousarray(data.astronaut()[20:148, 160:320].astype(np.float32) / 255)


def scratched() -> tuple[Photo, Map]:
    """Return a photograph with white scratches, and a map that is sure of them and half sure of sound stripes."""
    photo, where = sound(), np.zeros((128, 160), dtype=np.float32)
    for row in (20, 60, 100):
        photo[row : row + 2, 10:150] = 1.0
        where[row : row + 2, 10:150] = 0.97
    for row in range(26, 58, 6):
        where[row : row + 3, 40:120] = 0.65
    return photo, where


def test_the_threshold_keeps_what_is_sure_and_leaves_what_is_not() -> None:
    photo, where = scratched()
    case = MaskCase(photo, sound(), {"scratch": where})
    found = chosen_thresholds([case, case], ["scratch", "dust"], largest_stain=0.005, seed=0)
    assert set(found) == {"scratch"}
    assert 0.65 < found["scratch"] < 0.97
    gains = gains_of(case, "scratch", largest_stain=0.005, seed=0)
    assert gains[0.9] > 3.0
    assert gains[0.5] < gains[0.9]
    assert set(gains) == set(CANDIDATES)


def test_a_kind_that_spoils_sound_pictures_is_not_masked() -> None:
    where = np.zeros((128, 160), dtype=np.float32)
    where[30:60, 60:90] = 0.99
    found = chosen_thresholds(
        [MaskCase(sound(), sound(), {"scratch": where})], ["scratch"], largest_stain=0.005, seed=0
    )
    assert found == {}


def test_what_the_report_does_not_believe_in_costs_and_gains_nothing() -> None:
    photo, _ = scratched()
    gains = gains_of(MaskCase(photo, sound(), {}), "scratch", largest_stain=0.005, seed=0)
    assert set(gains.values()) == {0.0}
