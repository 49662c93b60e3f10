"""The eyes give the features they say, from tensors alone, and refuse others."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.networks.errors import CheckpointError
from oldphoto_core.training.perceptual import TextureEye, VggEye, eye_of, features_differ

LAYERS = ((0, 2), (5, 7), (10, 12, 14, 16), (19, 21, 23, 25), (28,))
"""Numbers of torchvision's convolutions between two poolings, up to relu5_1."""


def picture(seed: int, side: int = 32) -> Tensor:
    return 2.0 * torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed)) - 1.0


def vgg_tensors() -> dict[str, Tensor]:
    chance = torch.Generator().manual_seed(0)
    tensors = {}
    for name, value in VggEye().state_dict().items():
        spread = (2.0 / max(1, value[0].numel())) ** 0.5 if value.dim() == 4 else 0.01
        tensors[name] = spread * torch.randn(value.shape, generator=chance)
    beyond = {"features.34.weight": torch.zeros(512, 512, 3, 3), "classifier.0.bias": torch.zeros(4096)}
    return tensors | beyond


def slow_vgg(tensors: dict[str, Tensor], x: Tensor) -> list[Tensor]:
    found = []
    for number, block in enumerate(LAYERS):
        if number:
            x = F.max_pool2d(x, 2)
        for place, layer in enumerate(block):
            x = F.relu(F.conv2d(x, tensors[f"features.{layer}.weight"], tensors[f"features.{layer}.bias"], padding=1))
            if place == 0:
                found.append(x)
    return found


@torch.no_grad()
def test_vgg_is_that_of_torchvisions_file() -> None:
    tensors = vgg_tensors()
    eye = eye_of(tensors)
    wanted = slow_vgg(tensors, picture(0))
    for one, aim in zip(eye(picture(0)), wanted, strict=True):
        torch.testing.assert_close(one, aim)
    assert [one.shape[1] for one in wanted] == [64, 128, 256, 512, 512]
    others = slow_vgg(tensors, picture(1))
    weights = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
    slow = sum(w * float((a - b).abs().mean()) for w, a, b in zip(weights, wanted, others, strict=True))
    assert float(features_differ(eye, picture(0), picture(1))) == pytest.approx(slow, rel=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("config", [UNetConfig(width=4, depth=1), UNetConfig(width=6, depth=3, blocks=2)])
def test_the_own_eye_sees_what_the_texture_networks_encoder_does(config: UNetConfig) -> None:
    restorer = TextureRestorer(config)
    seen: list[Tensor] = []
    for block in (*restorer.body.down, restorer.body.lowest):
        block.register_forward_hook(lambda _module, _given, found: seen.append(found))
    restorer(0.5 * (picture(0) + 1.0))
    eye = eye_of(restorer.state_dict())
    found = eye(picture(0))
    assert len(found) == len(seen) == config.depth + 1
    for one, aim in zip(found, seen, strict=True):
        torch.testing.assert_close(one, aim)


def test_an_eye_does_not_learn_and_hands_gradients_on() -> None:
    eye = eye_of(TextureRestorer(UNetConfig(width=4, depth=1)).state_dict())
    found = picture(0).requires_grad_()
    torch.autograd.backward(features_differ(eye, found, picture(1)))
    assert found.grad is not None
    assert bool(found.grad.any())
    assert not any(weight.requires_grad for weight in eye.parameters())
    assert float(features_differ(eye, picture(1), picture(1))) == 0.0


@torch.no_grad()
def test_distances_of_the_own_eye_do_not_depend_on_how_large_its_features_are() -> None:
    eye = TextureEye(UNetConfig(width=4, depth=1))
    for layer in eye.modules():
        if isinstance(layer, torch.nn.Conv2d) and layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)
    plain = float(features_differ(eye, picture(0), picture(1)))
    eye.restorer.body.first.weight.mul_(50.0)
    assert float(features_differ(eye, picture(0), picture(1))) == pytest.approx(plain, rel=0.02)
    assert plain > 0.0


@torch.no_grad()
def test_the_own_eye_is_not_overwhelmed() -> None:
    eye = eye_of(TextureRestorer(UNetConfig(width=4, depth=3)).state_dict())
    loud = features_differ(eye, 100.0 * picture(0), picture(1))
    assert float(loud) <= 4.0 * (1.0 + 0.5 + 0.25 + 0.125)


def test_other_weights_are_refused() -> None:
    with pytest.raises(CheckpointError, match=r"own-texture or of torchvision's vgg19 to judge likeness, found weight"):
        eye_of({"weight": torch.zeros(1)})
    tensors = vgg_tensors()
    del tensors["features.28.weight"]
    with pytest.raises(CheckpointError, match=r"features\.28\.weight"):
        eye_of(tensors)
