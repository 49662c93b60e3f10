"""Made-up photographs: seeded, and as unlike each other as strangers are."""

import imagehash
import numpy as np
import pytest
from PIL import Image

from oldphoto_core.image import check_photo, is_monochrome, to_bytes8
from oldphoto_core.synthesis.scenes import SCENES, scene

SCENE_COUNT = 100


def hashes(picture: Image.Image) -> list[np.ndarray]:
    """Return the 256-bit perceptual hash of a picture in its eight orientations."""
    turns = (None, *Image.Transpose)
    return [imagehash.phash(picture.transpose(t) if t is not None else picture, 16).hash.ravel() for t in turns]


def test_no_two_of_a_hundred_scenes_look_alike_in_any_orientation() -> None:
    # 64-bit hashes of unrelated photographs lie about 32 +- 4 bits apart, and some of 40,000 comparisons under 20 by
    # chance alone; 256 bits have the room: strangers lie at 128 +- 8, and 80 is the same share as 20 of 64.
    kinds = tuple(SCENES)
    all_hashes = []
    for number in range(SCENE_COUNT):
        photo = scene(kinds[number % len(kinds)], (90, 120), np.random.default_rng([0, number]))
        all_hashes.append(hashes(Image.fromarray(to_bytes8(photo)).convert("L").resize((64, 64))))
    table = np.array(all_hashes)  # (N, 8, 256)
    nearest = min(int((table[k, 0] != table[k + 1 :]).sum(axis=-1).min(initial=256)) for k in range(SCENE_COUNT - 1))
    assert nearest > 80


@pytest.mark.parametrize("kind", SCENES)
def test_a_scene_is_a_colour_photograph_with_tones_and_the_same_for_its_seed(kind: str) -> None:
    for seed in range(3):
        photo, again = (scene(kind, (60, 90), np.random.default_rng(seed)) for _ in range(2))
        check_photo(photo)
        assert photo.tobytes() == again.tobytes()
        assert photo.shape == (60, 90, 3)
        assert 0.0 <= float(photo.min()) < 0.2
        assert 0.6 < float(photo.max()) <= 1.0
        assert float(photo.std()) > 0.06
    assert not all(is_monochrome(scene(kind, (60, 90), np.random.default_rng(seed))) for seed in range(6))


@pytest.mark.parametrize("kind", SCENES)
@pytest.mark.parametrize("shape", [(16, 16), (17, 90), (90, 17)])
def test_odd_shapes_are_no_trouble(kind: str, shape: tuple[int, int]) -> None:
    assert scene(kind, shape, np.random.default_rng(0)).shape == (*shape, 3)


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="found 'portrait'"):
        scene("portrait", (60, 60), np.random.default_rng(0))
