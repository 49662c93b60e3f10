"""Noise, grain, blur, JPEG blocks and low resolution: a residual U-Net that says what to add to each pixel."""

from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.compact.unet import UNet, UNetConfig

DEFAULT = UNetConfig()
"""The body that is shipped."""


class TextureRestorer(nn.Module):
    """Photograph in [0, 1] to one with a sound texture; untrained, it changes nothing.

    What comes out may leave [0, 1] a little: clip it. Colour and structured damage are other networks' business.

    Examples:
        >>> import torch
        >>> photo = torch.rand(1, 3, 20, 30)
        >>> torch.equal(TextureRestorer(UNetConfig(width=4, depth=1))(photo), photo)
        True
    """

    def __init__(self, config: UNetConfig = DEFAULT) -> None:
        super().__init__()
        self.config = config
        self.body = UNet(3, 3, config)

    def forward(self, photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 3 H W"]:
        """Return the photograph, same size."""
        return photo + self.body(photo)
