import numpy as np
import pytest
from skimage import data
from style_subjects import picture

from oldphoto_core.classical.references import describe_reference
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.style_alike import least_alike, most_alike, sought_by
from oldphoto_core.evaluation.style_baselines import reinhard
from oldphoto_core.evaluation.style_real import real_score, style_distance
from oldphoto_core.image import Photo, from_bytes8


def test_the_distance_to_itself_is_nothing_and_to_another_is_not() -> None:
    photo, other = picture(0, 96), picture(1, 96)
    assert style_distance(photo, [photo]) == pytest.approx(0.0, abs=1e-6)
    assert style_distance(photo, [other]) > 5.0


def test_a_grey_step_of_lightness_is_the_distance_of_its_means() -> None:
    dark, light = (np.full((16, 16, 3), value, dtype=np.float32) for value in (0.2, 0.8))
    # L* of grey 0.2 and 0.8 is 21.25 and 82.05; a* and b* are 0 and there is no spread.
    assert style_distance(dark, [light]) == pytest.approx(60.8, abs=0.1)


def test_style_taken_shows_as_less_distance_and_as_edges_changed() -> None:
    photo, reference = picture(0, 96), picture(1, 96)
    moved = np.clip(reinhard(photo, reference.reshape(1, -1, 3)), 0.0, 1.0)
    kept = real_score("ab", "input", photo, photo, [reference])
    taken = real_score("ab", "reinhard", photo, moved, [reference])
    assert kept.edge_ssim == pytest.approx(1.0)
    assert taken.style_distance < kept.style_distance
    assert taken.edge_ssim < kept.edge_ssim


def test_a_result_of_another_size_is_refused() -> None:
    with pytest.raises(PhotoShapeError):
        real_score("ab", "own", picture(0, 48), picture(0, 64), [picture(1)])


def photos() -> dict[str, Photo]:
    names = ("astronaut", "coffee", "chelsea", "rocket")
    return {name: from_bytes8(np.ascontiguousarray(getattr(data, name)())) for name in names}


def test_the_other_half_of_a_picture_is_most_alike_and_never_the_least() -> None:
    everyone = photos()
    styles = [
        describe_reference(np.ascontiguousarray(one[:, : one.shape[1] // 2]), name, StyleSettings())
        for name, one in everyone.items()
    ]
    half = np.ascontiguousarray(everyone["coffee"][:, everyone["coffee"].shape[1] // 2 :])
    sought = sought_by(half)
    assert "coffee" in most_alike(sought, styles)
    assert "coffee" not in least_alike(sought, styles, 2)
    assert len(least_alike(sought, styles, 3)) == 3
