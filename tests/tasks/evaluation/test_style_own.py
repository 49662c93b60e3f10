import json
from pathlib import Path

import numpy as np
import pytest
from own_weights import woken
from safetensors.torch import save_file
from skimage import data
from style_subjects import picture

from oldphoto_core.image import from_bytes8
from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger
from oldphoto_core.training.recipes import network_plain
from tasks.evaluation.style import style_methods_named
from tasks.evaluation.style_own import own_restyler
from tasks.models.errors import ModelMissingError

SMALL = StyleConfig(half=4, quarter=4, eighth=8, key=4, overall=4)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder as a training leaves it, the weights drawn by chance."""
    place = tmp_path / "mropm-compact"
    place.mkdir()
    recipe = json.dumps({"name": "mropm-compact", "network": network_plain(SMALL)})
    network = woken(StyleMerger(SMALL), spread=0.1)
    save_file(dict(network.state_dict()), place / "weights.safetensors", metadata={"recipe": recipe})
    return tmp_path


def test_a_training_can_be_measured(weights: Path) -> None:
    restyler, settings = own_restyler(weights)
    assert settings.startswith("mropm-compact ")
    photo, references = picture(0), [picture(1), picture(2)]
    found = {one.name: one.answer(photo, references) for one in style_methods_named(["own", "own-plain"], weights)}
    np.testing.assert_array_equal(found["own"].photo, restyler.apply(photo, references).photo)
    assert not np.array_equal(found["own"].photo, photo)
    maps = found["own"].weights
    assert maps is not None
    assert len(maps) == 3
    np.testing.assert_allclose(maps.sum(axis=0), 1.0, atol=1e-5)
    each = [restyler.apply(photo, [one]).photo for one in references]
    np.testing.assert_allclose(found["own-plain"].photo, (each[0] + each[1]) / 2, atol=1e-6)


def test_a_folder_without_the_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="mropm-compact"):
        own_restyler(tmp_path)


def test_as_in_a_night_references_that_fit_nowhere_do_nothing(weights: Path) -> None:
    photo = from_bytes8(np.ascontiguousarray(data.coffee()[:256, :256]))
    aged = (0.25 + 0.5 * photo * np.array([1.0, 0.95, 0.8], dtype=np.float32)).astype(np.float32)
    noise = np.random.default_rng(0).random((256, 256, 3), dtype=np.float32)
    (night,) = style_methods_named(["own-night"], weights)
    unrelated, related = night.answer(aged, [noise]), night.answer(aged, [photo, noise])
    np.testing.assert_array_equal(unrelated.photo, aged)
    assert related.photo.shape == aged.shape
    for found, layers in ((unrelated, 2), (related, 3)):
        assert found.weights is not None
        assert len(found.weights) == layers
    assert unrelated.weights is not None
    np.testing.assert_array_equal(unrelated.weights[-1], 1.0)
