"""Noise, grain, blur, JPEG blocks and low resolution: a residual U-Net that says what to add to each pixel.

How blurred a picture is, or how noisy, can be told from the whole of it far better than from the surroundings of one
pixel: soft edges may be a soft lens or a soft cloud. So the network may be told the severities that a damage report
states; told that there is no damage, it has learned to do next to nothing.
"""

import torch
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
        self.body = UNet(3 + len(config.told), 3, config)

    def forward(
        self, photo: Float[Tensor, "N 3 H W"], severities: Float[Tensor, "N T"] | None = None
    ) -> Float[Tensor, "N 3 H W"]:
        """Return the photograph, same size.

        Args:
            photo: In [0, 1].
            severities: Of each kind that the configuration says it is told, in [0, 1], in that order; None if none.

        Raises:
            ValueError: It is told too little, or what it has not learned to use.
        """
        told = 0 if severities is None else severities.shape[1]
        if told != len(self.config.told):
            raise ValueError(f"expected the severities of {self.config.told or 'nothing'}, found {told} numbers")
        if severities is None:
            return photo + self.body(photo)
        maps = severities.to(photo.dtype)[:, :, None, None].expand(-1, -1, *photo.shape[-2:])
        return photo + self.body(torch.cat([photo, maps], dim=1))
