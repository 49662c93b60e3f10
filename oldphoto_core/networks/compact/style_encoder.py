"""What pictures are matched by: features of their content, never of their colours."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.compact.style_statistics import CONTENT


class ContentEncoder(nn.Module):
    """Content of a picture to features at a quarter and at an eighth of its size; no normalisation."""

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(4 * CONTENT, half, 3, padding=1), nn.SiLU(), Block(half)
        )
        self.to_quarter = nn.Sequential(nn.Conv2d(half, quarter, 3, stride=2, padding=1), nn.SiLU(), Block(quarter))
        self.to_eighth = nn.Sequential(
            nn.Conv2d(quarter, eighth, 3, stride=2, padding=1), nn.SiLU(), Block(eighth), Block(eighth), Block(eighth)
        )

    def forward(
        self, content: Float[Tensor, "N 4 H W"]
    ) -> tuple[Float[Tensor, "N A h2 w2"], Float[Tensor, "N B h4 w4"]]:
        """Return features at a quarter and at an eighth of the size; sides are multiples of 8."""
        quarter = self.to_quarter(self.stem(content))
        return quarter, self.to_eighth(quarter)


class Block(nn.Module):
    """Two 3x3 convolutions, added to what came in; nothing is added at first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]  # there is one

    def forward(self, x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N C H W"]:
        """Return the map, same shape."""
        found: Tensor = x + self.second(F.silu(self.first(F.silu(x))))
        return found
