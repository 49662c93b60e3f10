from dataclasses import dataclass

import numpy as np
import pytest
from skimage import data
from style_subjects import picture

from oldphoto_core.evaluation.style_method import References, StyleAnswer
from oldphoto_core.evaluation.style_methods import (
    OWN_NAMES,
    STYLE_METHODS,
    UnknownStyleMethodError,
    regions_as_weights,
    style_methods,
)
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.inference.style import StyleSettings, describe_reference, modernize


@dataclass(frozen=True)
class Answered:
    photo: Photo
    weights: np.ndarray


class Stand:
    """A stand-in for our network: the mean colour of the references, all weight on the first."""

    def apply(self, photo: Photo, references: References, *, strength: float = 1.0) -> Answered:
        del strength
        mean = np.mean([one.mean() for one in references])
        weights = np.zeros((len(references) + 1, 2, 2), dtype=np.float32)
        weights[0] = 1.0
        return Answered(np.full_like(photo, mean), weights)


def answer(name: str, photo: Photo, references: References) -> StyleAnswer:
    (method,) = style_methods([name], Stand(), lambda photo, _: StyleAnswer(photo), own_settings="none")
    return method.answer(photo, references)


@pytest.mark.parametrize("name", STYLE_METHODS)
def test_every_method_answers_with_a_picture_of_the_same_size(name: str) -> None:
    photo = picture(0)
    given = photo.copy()
    found = answer(name, photo, [picture(1), picture(2)])
    assert found.photo.shape == photo.shape
    assert 0.0 <= float(found.photo.min()) <= float(found.photo.max()) <= 1.0
    np.testing.assert_array_equal(photo, given)


@pytest.mark.parametrize("name", ["reinhard", "histogram", "monge-kantorovich", "own"])
def test_the_first_alone_is_the_first_alone(name: str) -> None:
    photo, references = picture(0), [picture(1), picture(2)]
    alone = answer(f"{name}-first", photo, references).photo
    np.testing.assert_array_equal(alone, answer(name, photo, references[:1]).photo)
    assert not np.array_equal(alone, answer(name, photo, references).photo)


def test_without_merging_each_answer_counts_alike() -> None:
    references = [picture(1), picture(2), picture(3)]
    found = answer("own-plain", picture(0), references).photo
    np.testing.assert_allclose(found, np.mean([one.mean() for one in references]), rtol=1e-5)


def test_only_methods_that_choose_say_so() -> None:
    chooses = {name: answer(name, picture(0), [picture(1)]).weights is not None for name in STYLE_METHODS}
    assert {name for name, does in chooses.items() if does} == {"classical", "own"}


def test_a_record_of_regions_becomes_shares_of_one() -> None:
    coffee = from_bytes8(np.ascontiguousarray(data.coffee()[::4, ::4]))
    photo = np.clip(0.35 + 0.35 * coffee, 0.0, 1.0)
    settings = StyleSettings(min_similarity=0.0)
    styles = [describe_reference(one, str(place), settings) for place, one in enumerate((coffee, picture(1, 96)))]
    result = modernize(photo, styles, settings)
    assert result.regions, result.reason
    weights = regions_as_weights(result, 2)
    assert weights.shape == (3, *photo.shape[:2])
    np.testing.assert_array_equal(weights.sum(axis=0), 1.0)
    for region in result.regions:
        assert region.reference_id is not None
        assert weights[int(region.reference_id)].mean() >= region.share - 1e-6


def test_a_photograph_left_alone_keeps_its_own() -> None:
    grey = np.full((32, 32, 3), 0.5, dtype=np.float32)
    weights = answer("classical", grey, [picture(0), picture(1)]).weights
    assert weights is not None
    assert weights.shape[0] == 3
    assert bool((weights[-1] == 1.0).all())


@pytest.mark.parametrize(("names", "words"), [(["magic"], "magic"), ([], "none"), (["own"], "weights")])
def test_unknown_methods_are_refused(names: list[str], words: str) -> None:
    with pytest.raises(UnknownStyleMethodError, match=words):
        style_methods(names)


def test_each_method_comes_once_in_the_order_asked_for() -> None:
    asked = ["histogram", "input", "histogram"]
    assert [one.name for one in style_methods(asked)] == ["histogram", "input"]
    assert set(OWN_NAMES) < set(STYLE_METHODS)
