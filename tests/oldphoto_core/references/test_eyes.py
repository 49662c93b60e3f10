"""What is seen of a picture must not depend on its colours, and each eye sees what a slow version sees."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import torch
from skimage import data

from oldphoto_core.image import LUMA, Photo, from_bytes8
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.references.described import Describer, unit_rows
from oldphoto_core.references.encoder_eye import EncoderEye, encoded
from oldphoto_core.references.eyes import SeenBy
from oldphoto_core.references.measured_eye import MeasuredEye
from oldphoto_core.references.token_eye import TokenEye
from oldphoto_core.references.view import View, spread_tones, view_of
from oldphoto_core.synthesis.fading import DyeLoss
from oldphoto_core.synthesis.recipe import Recipe, age

FADED = Recipe("faded", (DyeLoss(cyan=0.6, magenta=0.2, yellow=0.4, stain=0.15, unevenness=0.0),))


def small(photo: np.ndarray, side_px: int = 96) -> Photo:
    height, width = photo.shape[:2]
    scale = side_px / max(height, width)
    return from_bytes8(cv2.resize(photo, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA))


@pytest.fixture(scope="module")
def network() -> TextureRestorer:
    torch.manual_seed(3)
    return TextureRestorer(UNetConfig(width=6, depth=2, told=("noise",))).eval()


@pytest.fixture(scope="module", params=["measured", "own", "together"])
def describer(request: pytest.FixtureRequest, network: TextureRestorer) -> Describer:
    eyes = {"measured": (MeasuredEye(),), "own": (EncoderEye(network, "ab"),)}
    eyes["together"] = (*eyes["measured"], *eyes["own"])  # type: ignore[assignment]
    return SeenBy(request.param, eyes[request.param])


AGEINGS: dict[str, Callable[[Photo], Photo]] = {
    "faded": lambda photo: age(photo, FADED, np.random.default_rng(0)).photo,
    "grey": lambda photo: np.repeat((photo @ LUMA)[..., None], 3, axis=2),
    "toned": lambda photo: ((photo @ LUMA)[..., None] * np.array([0.9, 0.75, 0.55], np.float32) + 0.05).astype("f4"),
    "flat": lambda photo: (0.3 + 0.4 * photo).astype(np.float32),
}


PHOTOS = [small(picture()) for picture in (data.astronaut, data.coffee, data.chelsea, data.rocket)]


@pytest.mark.parametrize("ageing", AGEINGS)
def test_a_picture_that_lost_its_colours_is_still_nearest_to_itself(describer: Describer, ageing: str) -> None:
    kept = np.stack([describer.describe(photo).whole for photo in PHOTOS[:3]])
    cosine = kept @ describer.describe(AGEINGS[ageing](PHOTOS[1])).whole
    assert cosine.argmax() == 1
    assert cosine[1] > 0.9


def test_a_description_says_what_the_picture_is_made_of(describer: Describer) -> None:
    found = describer.describe(PHOTOS[1])
    assert found.labels.max() + 1 == len(found.shares) == len(found.regions) == len(found.lab_mean)
    assert found.shares.sum() == pytest.approx(1.0, abs=1e-5)
    assert found.shares[1] == pytest.approx(np.mean(found.labels == 1), abs=1e-6)
    again = describer.describe(PHOTOS[1])
    assert np.array_equal(found.regions, again.regions)
    assert describer.weights_sha256 == (None if describer.name == "measured" else "ab")


def test_the_encoder_is_averaged_over_each_region_as_a_loop_would(network: TextureRestorer) -> None:
    rng = np.random.default_rng(1)
    grey = rng.random((32, 24)).astype(np.float32)
    labels = np.zeros((32, 24), dtype=np.int32)
    labels[:, 16:] = 1
    view = View(labels=labels, lightness=grey, grey=grey, lab=np.zeros((32, 24, 3), dtype=np.float32))
    found = EncoderEye(network).look(view)
    with torch.inference_mode():
        maps = [one[0].numpy() for one in encoded(network, torch.from_numpy(grey).expand(1, 3, -1, -1))]
    parts = []
    for features in maps:
        columns = features.shape[2] * 2 // 3  # 16 of 24 pixels: a border between cells at every size
        for_region = []
        for piece in (features[:, :, :columns], features[:, :, columns:], features):
            mean = piece.reshape(len(piece), -1).mean(axis=1)
            value = mean / (features.reshape(len(features), -1).std(axis=1) + 1e-6)
            for_region.append(np.sign(value) * np.sqrt(np.abs(value)))
        parts.append(unit_rows(np.stack(for_region).astype(np.float32)))
    assert np.allclose(found, unit_rows(np.concatenate(parts, axis=1)), atol=1e-4)


def test_the_encoder_reads_the_network_as_the_network_reads_itself(network: TextureRestorer) -> None:
    picture = torch.rand(1, 3, 16, 24, generator=torch.Generator().manual_seed(0))
    lowest = encoded(network, picture)[-1]
    heard = []
    hook = network.body.lowest.register_forward_hook(lambda *found: heard.append(found[2]))
    with torch.inference_mode():
        network(picture, torch.zeros(1, 1))
    hook.remove()
    assert torch.allclose(lowest, heard[0], atol=1e-5)


def test_tokens_are_averaged_over_regions() -> None:
    labels = np.zeros((28, 56), dtype=np.int32)
    labels[:, 28:] = 1
    grey = np.where(labels == 0, 0.2, 0.8).astype(np.float32)
    seen: list[torch.Size] = []

    def tokens(picture: torch.Tensor) -> torch.Tensor:
        seen.append(picture.shape)
        level = torch.nn.functional.avg_pool2d(picture[:, :1], 14).flatten(1)  # (1, h w)
        return torch.stack([level, torch.ones_like(level)], dim=2)

    eye = TokenEye(tokens=tokens, patch_px=14, mean=(0.5,) * 3, deviation=(0.5,) * 3, weights_sha256=None)
    rows = eye.look(View(labels=labels, lightness=grey, grey=grey, lab=np.zeros((28, 56, 3), dtype=np.float32)))
    assert seen == [torch.Size([1, 3, 28, 56])]
    assert np.allclose(rows, unit_rows(np.array([[-0.6, 1.0], [0.6, 1.0], [0.0, 1.0]], dtype=np.float32)), atol=0.05)


def test_spreading_tones_keeps_their_order_and_forgets_the_curve() -> None:
    ramp = np.linspace(0.0, 1.0, 400, dtype=np.float32).reshape(20, 20)
    assert np.all(np.diff(spread_tones(ramp).ravel()) >= 0.0)
    photo = PHOTOS[2]
    curved = view_of(np.power(photo, 1.4).astype(np.float32))
    plain = view_of(photo)
    assert np.abs(curved.grey - plain.grey).mean() < 0.6 * np.abs(curved.lightness - plain.lightness).mean()


def test_a_describer_has_an_eye_and_weights_that_one_digest_names(network: TextureRestorer) -> None:
    with pytest.raises(ValueError, match="an eye or more"):
        SeenBy("blind", ())
    with pytest.raises(ValueError, match="at most one"):
        SeenBy("two", (EncoderEye(network, "ab"), EncoderEye(network, "cd")))
