"""References: refused for the right reason, described the same every time, kept as JSON."""

import json

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from oldphoto_core.classical.references import ReferenceStyle, describe_reference, reference_verdict
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import LUMA, Photo, from_bytes8


@pytest.fixture
def portrait() -> Photo:
    return from_bytes8(astronaut())


def test_a_good_picture_is_accepted(portrait: Photo) -> None:
    assert reference_verdict(portrait) is None


def test_each_fault_has_its_reason(portrait: Photo) -> None:
    grey = np.repeat((portrait @ LUMA)[..., None], 3, axis=2)
    assert reference_verdict(portrait[:200]) == "too-small"
    assert reference_verdict(grey) == "monochrome"
    assert reference_verdict((0.4 + 0.3 * portrait).astype(np.float32)) == "badly-exposed"
    assert reference_verdict(np.clip(portrait * 4.0, 0.0, 1.0)) == "badly-exposed"
    assert reference_verdict(np.asarray(cv2.GaussianBlur(portrait, (0, 0), 3.0))) == "blurred"


def test_description_survives_json_and_comes_again(portrait: Photo) -> None:
    style = describe_reference(portrait, "a" * 64, StyleSettings())
    text = json.dumps(style.to_dict())
    assert ReferenceStyle.from_dict(json.loads(text)) == style
    assert describe_reference(portrait, "a" * 64, StyleSettings()) == style
    assert len(text) < 8000
    assert sum(region.share for region in style.regions) == pytest.approx(1.0, abs=0.002)


def test_shares_and_means_add_up_to_the_picture() -> None:
    photo = np.zeros((64, 64, 3), dtype=np.float32)
    photo[:32] = (0.2, 0.3, 0.6)
    photo[32:] = (0.7, 0.6, 0.2)
    style = describe_reference(photo, "b" * 64, StyleSettings(regions=2))
    assert [region.share for region in style.regions] == [0.5, 0.5]
    assert style.regions[0].lab_mean[2] < -10.0 < 10.0 < style.regions[1].lab_mean[2]


def test_a_description_of_another_kind_is_refused(portrait: Photo) -> None:
    values = describe_reference(portrait[::4, ::4].copy(), "c" * 64, StyleSettings()).to_dict()
    with pytest.raises(ValueError, match="no regions"):
        ReferenceStyle.from_dict({**values, "regions": []})
    values["regions"][0]["features"] = [0.0]
    with pytest.raises(ValueError, match="expected 43 features"):
        ReferenceStyle.from_dict(values)
