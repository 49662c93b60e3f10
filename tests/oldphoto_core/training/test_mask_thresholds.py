"""A map that knows where the damage is gets a threshold, one that points at sound places gets none."""

import numpy as np
from skimage import data

from oldphoto_core.diagnosis.features.maps import Map
from oldphoto_core.image import Photo
from oldphoto_core.training.mask_thresholds import CANDIDATES, REPORTS, MaskCase, chosen_rules, gains_of


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
    case = MaskCase(photo, sound(), {"scratch": where}, {"scratch": 0.99})
    found = chosen_rules([case, case], ["scratch", "dust"], largest_stain=0.005, seed=0)
    assert set(found) == {"scratch"}
    assert 0.65 < found["scratch"].pixel < 0.97
    assert found["scratch"].report == REPORTS[-1]  # of rules that are equally good, the strictest
    gains = gains_of(case, "scratch", largest_stain=0.005, seed=0)
    assert gains[0.9] > 3.0
    assert gains[0.5] < gains[0.9]
    assert set(gains) == set(CANDIDATES)


def spoiled(believed: float) -> MaskCase:
    """Return a sound picture with a patch that a map is wrongly sure of."""
    where = np.zeros((128, 160), dtype=np.float32)
    where[30:60, 60:90] = 0.99
    return MaskCase(sound(), sound(), {"scratch": where}, {"scratch": believed})


def test_a_kind_that_spoils_sound_pictures_is_not_masked() -> None:
    assert chosen_rules([spoiled(0.99)], ["scratch"], largest_stain=0.005, seed=0) == {}


def test_the_report_must_be_surer_than_it_ever_is_of_what_is_not_there() -> None:
    photo, where = scratched()
    damaged = MaskCase(photo, sound(), {"scratch": where}, {"scratch": 0.85})
    found = chosen_rules([damaged, spoiled(0.65), spoiled(0.65)], ["scratch"], largest_stain=0.005, seed=0)
    assert found["scratch"].report in (0.7, 0.8)


def test_what_the_report_does_not_believe_in_is_never_filled() -> None:
    photo, where = scratched()
    cases = [MaskCase(photo, sound(), {"scratch": where}, {"scratch": 0.4})]
    assert chosen_rules(cases, ["scratch"], largest_stain=0.005, seed=0) == {}
