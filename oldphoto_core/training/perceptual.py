"""How far apart two pictures look to a network that was trained for something else, and does not learn here.

Two eyes are known. The own one is the encoder of the texture network (own-texture): it ships with the project, was
trained on the same photographs for telling texture from damage, has no normalisation that would hide contrast, and
sees a batch in a fraction of the time of VGG; the encoder of VAE_B would be at hand for the mapping only. The other is
VGG-19 as torchvision lays it out, for whoever has its file.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import CONTRAST, MIDDLE, UNetConfig
from oldphoto_core.networks.errors import CheckpointError
from oldphoto_core.networks.registry import fill
from oldphoto_core.synthesis.mixture import KINDS_OF_GROUP

_VGG19 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512)
"""Channels of each convolution up to relu5_1; 0 halves the map."""

_HEARD = (1, 6, 11, 20, 29)
"""Where relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1 stand in torchvision's ``features``."""

_VGG_WEIGHTS = (1.0 / 32.0, 1.0 / 16.0, 1.0 / 8.0, 1.0 / 4.0, 1.0)
_LEAST = 1e-8


class TextureEye(nn.Module):
    """Features of the own texture network's encoder, one map for each size."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.restorer = TextureRestorer(config)

    def forward(self, picture: Float[Tensor, "N 3 H W"]) -> list[Tensor]:
        """Return the map of each size on the way down, and the lowest."""
        body = self.restorer.body
        seen = 0.5 * (picture + 1.0)
        no_damage = seen.new_zeros(seen.shape[0], len(body.config.told), *seen.shape[2:])
        x = body.first(F.pixel_unshuffle(CONTRAST * (torch.cat([seen, no_damage], dim=1) - MIDDLE), 2))
        found = []
        for block, halve in zip(body.down, body.halving, strict=True):
            x = block(x)
            found.append(x)
            x = halve(x)
        return [*found, body.lowest(x)]


class VggEye(nn.Module):
    """Features of VGG-19 (Simonyan and Zisserman 2015) at relu1_1 to relu5_1, fed without ImageNet's normalisation.

    As the release does. Names of tensors are those of torchvision's ``vgg19().features``.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in _VGG19:
            if width:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            else:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)

    def forward(self, picture: Float[Tensor, "N 3 H W"]) -> list[Tensor]:
        """Return the five maps."""
        found = []
        x = picture
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _HEARD:
                found.append(x)
        return found


def eye_of(tensors: Mapping[str, Tensor]) -> nn.Module:
    """Return the eye that these weights are of, in evaluation mode, not to be trained.

    Args:
        tensors: Of a texture network, or of torchvision's VGG-19 (whole, or what stands before relu5_2).

    Raises:
        CheckpointError: They are of neither, or do not fit.
    """
    eye: nn.Module
    if "features.0.weight" in tensors:
        eye = VggEye()
        wanted = eye.state_dict()
        fill(eye, {name: value for name, value in tensors.items() if name in wanted}, "vgg19")
    elif "body.first.weight" in tensors:
        eye = TextureEye(_texture_config(tensors))
        fill(eye.restorer, tensors, "own-texture")
    else:
        found = ", ".join(list(tensors)[:4])
        raise CheckpointError(
            f"expected weights of own-texture or of torchvision's vgg19 to judge likeness, found {found}"
        )
    return eye.eval().requires_grad_(requires_grad=False)


def features_differ(eye: nn.Module, found: Float[Tensor, "N 3 H W"], wanted: Float[Tensor, "N 3 H W"]) -> Tensor:
    """Return how far apart the features of two batches of pictures are, 0 or more.

    For VGG the release's sum of L1 distances, with weights 1/32, 1/16, 1/8, 1/4 and 1. Features of the own eye have no
    common size, and on the noise that an untrained network gives they are twenty times as large as on photographs: as
    they are, they drown all other losses. So each place's features are first drawn into the unit ball,
    ``f / sqrt(|f| ** 2 + mean |wanted| ** 2)``, and compared by squared distance, with weights that halve from the
    coarsest map on.

    Args:
        eye: ``TextureEye`` or ``VggEye``.
        found: What the network made, in [-1, 1].
        wanted: What it should have made, in [-1, 1]; nothing flows back through it.
    """
    with torch.no_grad():
        aims = [aim.float() for aim in eye(wanted)]
    maps = [one.float() for one in eye(found)]
    if isinstance(eye, VggEye):
        terms = [weight * (one - aim).abs().mean() for weight, one, aim in zip(_VGG_WEIGHTS, maps, aims, strict=True)]
    else:
        weights = [0.5 ** (len(maps) - 1 - level) for level in range(len(maps))]
        terms = [weight * _within_ball(one, aim) for weight, one, aim in zip(weights, maps, aims, strict=True)]
    return torch.stack(terms).sum()


def _within_ball(one: Tensor, aim: Tensor) -> Tensor:
    """Return the mean squared distance of features in the unit ball."""
    size = aim.square().sum(dim=1, keepdim=True)
    usual = size.mean() + _LEAST
    drawn = one / (one.square().sum(dim=1, keepdim=True) + usual).sqrt()
    return (drawn - aim / (size + usual).sqrt()).square().sum(dim=1).mean()


def _texture_config(tensors: Mapping[str, Tensor]) -> UNetConfig:
    """Return the size of the network that these are the weights of."""
    depth = sum(name.startswith("body.halving.") and name.endswith(".weight") for name in tensors)
    blocks = sum(name.startswith("body.lowest.") and name.endswith(".first.weight") for name in tensors)
    width, channels = tensors["body.first.weight"].shape[:2]
    told = KINDS_OF_GROUP["texture"][: max(0, channels // 4 - 3)]
    return UNetConfig(width=int(width), depth=max(1, depth), blocks=max(1, blocks), told=told)
