import cv2
import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from oldphoto_core.dedupe.fingerprint import Fingerprint, fingerprint, hash_distance
from oldphoto_core.dedupe.orientation import ORIENTATIONS, Orientation, orient
from oldphoto_core.image import Photo, luma, to_bytes8

HASHES = st.integers(0, 2**64 - 1)


def library_hash(photo: Photo, kind: str) -> int:
    grey = Image.fromarray(np.rint(luma(photo) * 255).astype(np.uint8))
    return int(str(getattr(imagehash, kind)(grey)), 16)


def test_hashes_of_a_tiny_picture_are_those_of_imagehash() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (32, 32), dtype=np.uint8)
    photo = np.repeat(grey[..., None], 3, axis=2).astype(np.float32) / np.float32(255)
    # Enlarged by a whole factor without smoothing, so that averaging areas gives the tiny picture back.
    large = np.ascontiguousarray(photo.repeat(8, axis=0).repeat(8, axis=1))
    found = fingerprint(large)
    for number, orientation in enumerate(ORIENTATIONS):
        turned = np.ascontiguousarray(orient(photo, orientation))
        assert found.phash[number] == library_hash(turned, "phash")
        assert found.dhash[number] == library_hash(turned, "dhash")


@pytest.mark.parametrize("name", ["woman", "cup", "cat"])
def test_hashes_are_near_those_of_imagehash_on_the_full_picture(name: str, request: pytest.FixtureRequest) -> None:
    photo = request.getfixturevalue(name)
    found = fingerprint(photo)
    # The library scales with another filter.
    assert hash_distance(found.phash[0], library_hash(photo, "phash")) <= 2
    assert hash_distance(found.dhash[0], library_hash(photo, "dhash")) <= 4


@pytest.mark.parametrize("name", ["woman", "cup"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_turning_the_picture_turns_the_hashes(
    name: str, orientation: Orientation, request: pytest.FixtureRequest
) -> None:
    photo = request.getfixturevalue(name)
    turned = fingerprint(np.ascontiguousarray(orient(photo, orientation)))
    number = ORIENTATIONS.index(orientation)
    still = fingerprint(photo)
    # A value that lies on the edge of two grey levels may fall to the other side.
    assert hash_distance(turned.phash[0], still.phash[number]) <= 1
    assert hash_distance(turned.dhash[0], still.dhash[number]) <= 1


@pytest.mark.parametrize("name", ["woman", "cup", "cat"])
def test_size_hardly_counts(name: str, request: pytest.FixtureRequest) -> None:
    photo = request.getfixturevalue(name)
    large = cv2.resize(photo, None, fx=2.3, fy=2.3, interpolation=cv2.INTER_CUBIC)
    first, second = fingerprint(photo), fingerprint(np.clip(large, 0.0, 1.0))
    distances = [hash_distance(a, b) for a, b in zip(first.to_words()[:42], second.to_words()[:42], strict=True)]
    assert max(distances) <= 6
    assert np.mean(distances) <= 1.5
    assert second.relief == pytest.approx(first.relief, abs=0.01)


def test_a_border_changes_the_whole_but_not_the_inner_hashes(cup: Photo) -> None:
    card = np.pad(cup, ((60, 60), (90, 90), (0, 0)), constant_values=0.95)
    plain, framed = fingerprint(cup), fingerprint(card)
    assert hash_distance(plain.inner_phash[0], framed.inner_phash[0]) <= 4
    assert hash_distance(plain.phash[0], framed.phash[0]) > 10


def test_a_corner_crop_meets_the_window_of_its_original(cat: Photo) -> None:
    height, width = cat.shape[:2]
    crop = np.ascontiguousarray(cat[: round(height * 0.9), : round(width * 0.9)])
    top_left = fingerprint(cat).window_phash[1]
    assert hash_distance(fingerprint(crop).phash[0], top_left) <= 4


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (1, 300), (900, 2)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_constant_picture_has_hashes_but_no_relief(shape: tuple[int, int], value: float) -> None:
    assert fingerprint(np.full((*shape, 3), value, dtype=np.float32)).relief == pytest.approx(0.0, abs=1e-9)


def test_light_that_falls_off_to_one_side_is_no_relief(cup: Photo) -> None:
    ramp = np.linspace(0.3, 0.8, 200, dtype=np.float32)
    slope = np.repeat((0.7 * ramp[:, None] + 0.3 * ramp)[..., None], 3, axis=2)
    assert fingerprint(slope).relief < 0.002
    assert fingerprint(cup).relief > 0.1


def test_a_blank_back_with_grain_has_less_relief_than_a_faded_picture(woman: Photo) -> None:
    grain = np.random.default_rng(0).normal(0.8, 0.05, (400, 600, 1)).astype(np.float32)
    back = np.clip(np.repeat(grain, 3, axis=2), 0.0, 1.0)
    assert fingerprint(back).relief < 0.015 < fingerprint(0.6 + 0.1 * woman).relief


@given(st.lists(HASHES, min_size=42, max_size=42), st.floats(0, 1))
def test_words_round_trip(words: list[int], relief: float) -> None:
    assert Fingerprint.from_words(words, relief=relief).to_words() == words


def test_words_stand_field_after_field(cat: Photo) -> None:
    found = fingerprint(cat)
    assert found.to_words() == [
        *found.phash, *found.dhash, *found.inner_phash, *found.inner_dhash, *found.window_phash, *found.window_dhash,
        *found.landmarks,
    ]  # fmt: skip


@pytest.mark.parametrize("words", [[0] * 41, [0] * 42 + [2**64], [2**64] + [0] * 41, [0] * 41 + [-1]])
def test_words_that_are_no_fingerprint_are_refused(words: list[int]) -> None:
    with pytest.raises(ValueError, match="found"):
        Fingerprint.from_words(words, relief=0.1)


@given(HASHES, HASHES, HASHES)
def test_the_distance_is_a_metric(a: int, b: int, c: int) -> None:
    assert hash_distance(a, b) == hash_distance(b, a)
    assert (hash_distance(a, b) == 0) == (a == b)
    assert hash_distance(a, c) <= hash_distance(a, b) + hash_distance(b, c)


@given(HASHES, HASHES)
def test_the_distance_is_that_of_imagehash(a: int, b: int) -> None:
    assert hash_distance(a, b) == imagehash.hex_to_hash(f"{a:016x}") - imagehash.hex_to_hash(f"{b:016x}")


def test_eight_bits_are_enough(woman: Photo) -> None:
    rounded = to_bytes8(woman).astype(np.float32) / np.float32(255)
    assert fingerprint(rounded).to_words() == fingerprint(woman).to_words()
