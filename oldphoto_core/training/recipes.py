"""What is trained how: one frozen recipe for each network that is shipped."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from torch import nn

from oldphoto_core.damage import DamageKind
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.networks.compact.colour import ColourConfig, ColourRestorer
from oldphoto_core.networks.compact.scratch_mask import ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.synthesis.mixture import KINDS_OF_GROUP, Group
from oldphoto_core.training.losses import MASK_LOSSES, PICTURE_LOSSES
from oldphoto_core.training.style_losses import STYLE_LOSSES

NetworkConfig = UNetConfig | ScratchMaskConfig | ColourConfig | StyleConfig
LEAST_CLEAN = 0.15


class UnknownRecipeError(OldPhotoError, ValueError):
    """No recipe goes by that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What part of a picture a network is shown, and at which size."""

    crop_px: int
    """Side of the square that is shown, a multiple of 2."""

    shrink: tuple[float, float] = (1.0, 1.0)
    """Least and greatest factor by which a part is shrunk to the square that is aged; limited by the picture's size."""

    aged_px: int = 0
    """Side of the square that is aged, of which the crop is cut: scratches are as wide as on whole pictures. 0 ages
    the crop alone."""

    def __post_init__(self) -> None:
        """Refuse squares that cannot be cut."""
        if self.crop_px < 16 or self.crop_px % 2 or not 1.0 <= self.shrink[0] <= self.shrink[1]:
            raise ValueError(f"expected an even crop of 16 px or more and 1 <= least <= greatest, found {self}")
        if 0 != self.aged_px < self.crop_px:
            raise ValueError(f"expected aged_px to be 0, or crop_px and more, found {self}")

    @property
    def whole_px(self) -> int:
        """Side of the square that is aged."""
        return self.aged_px or self.crop_px


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the weights, the pictures apart."""

    name: str
    """Name of the network, as people say it."""

    network: NetworkConfig
    """The network: texture (a plain U-Net), scratch mask, colour or style."""

    losses: Mapping[str, float]
    """Weight of each loss by name; see ``losses.py``."""

    framing: Framing
    """What it is shown."""

    group: Group
    """Which damages are laid on."""

    clean_share: float = 0.18
    """Share of pictures without damage, in [0.15, 1]: a network that never saw a sound picture spoils it."""

    single_share: float = 0.5
    """Share of pictures with one damage of the group among the damaged ones, in [0, 1]."""

    along_share: float = 0.0
    """Share of pictures with damage of other groups as well, which is to be left alone, in [0, 1]."""

    battered_share: float = 0.0
    """Share of scratches and losses as on prints that went through much, in [0, 1]."""

    batch: int
    """Pictures in a step."""

    steps: int
    """Steps over which the learning rate goes up and comes down again."""

    learning_rate: float
    """The greatest rate."""

    warm_up: int = 200
    """Steps over which the rate rises to it, from near zero."""

    final_rate: float = 0.02
    """The last rate as a share of the greatest, in [0, 1]."""

    weight_decay: float = 1e-4
    """Share of each weight, times the rate, taken off at each step."""

    clip: float = 1.0
    """Greatest norm of a step's gradient."""

    average: float = 0.999
    """Share of the old average in the new one at each step: the averaged weights are the result."""

    bf16: bool = True
    """Whether convolutions compute in bfloat16; weights and losses are float32 all the same."""

    seed: int = 0
    """Seed of first weights and of everything about the pictures."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        unknown = [name for name in self.losses if name not in self.known_losses]
        if unknown or not self.losses:
            raise ValueError(f"losses of {self.name} must be among {sorted(self.known_losses)}, found {unknown}")
        if not LEAST_CLEAN <= self.clean_share <= 1.0:
            raise ValueError(f"clean_share must lie in [{LEAST_CLEAN}, 1], found {self.clean_share}")
        if not all(0.0 <= share <= 1.0 for share in (self.single_share, self.along_share, self.battered_share)):
            raise ValueError("single_share, along_share and battered_share must lie in [0, 1]")
        if min(self.batch, self.steps, self.warm_up) < 1 or self.learning_rate <= 0.0 or self.clip <= 0.0:
            raise ValueError("batch, steps and warm_up must be 1 or more, learning_rate and clip above 0")
        if not (0.0 <= self.average < 1.0 and 0.0 <= self.final_rate <= 1.0 and self.seed >= 0):
            raise ValueError("average must lie in [0, 1), final_rate in [0, 1], seed from 0 on")

    @property
    def aim(self) -> Literal["picture", "masks", "style"]:
        """What the network gives: the sound picture, logits of masks, or the picture in the look of references."""
        if isinstance(self.network, StyleConfig):
            return "style"
        return "masks" if isinstance(self.network, ScratchMaskConfig) else "picture"

    @property
    def looks_at_references(self) -> bool:
        """Whether the network can be shown a reference beside the photograph."""
        return isinstance(self.network, ColourConfig) and self.network.with_reference

    @property
    def told(self) -> tuple[DamageKind, ...]:
        """The kinds whose severity the network is told."""
        return self.network.told if isinstance(self.network, UNetConfig) else ()

    @property
    def known_losses(self) -> Mapping[str, Any]:
        """The losses that fit what the network gives, by name."""
        if self.aim == "style":
            return STYLE_LOSSES
        return MASK_LOSSES if self.aim == "masks" else PICTURE_LOSSES

    def plain(self) -> dict[str, Any]:
        """Return the recipe as plain values, for records and comparisons."""
        return asdict(self) | {"losses": dict(self.losses), "network": network_plain(self.network)}


def network_plain(config: NetworkConfig) -> dict[str, Any]:
    """Return a network's configuration as plain values that name its type."""
    return {"type": type(config).__name__} | asdict(config)


def network_of(config: NetworkConfig) -> nn.Module:
    """Return the network of a configuration, with weights of chance."""
    if isinstance(config, UNetConfig):
        return TextureRestorer(config)
    if isinstance(config, ScratchMaskConfig):
        return ScratchMask(config)
    return StyleMerger(config) if isinstance(config, StyleConfig) else ColourRestorer(config)


def recipe_named(name: str) -> Recipe:
    """Return a recipe.

    Raises:
        UnknownRecipeError: There is none of that name.
    """
    if name not in RECIPES:
        raise UnknownRecipeError(f"no recipe is called {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]


_COLOUR = Recipe(
    name="own-colour",
    network=ColourConfig(width=256, with_reference=True),
    losses={"charbonnier": 1.0},
    framing=Framing(crop_px=64, shrink=(3.0, 9.0)),
    group="colour",
    clean_share=0.2,
    along_share=0.5,
    batch=32,
    steps=12_000,
    learning_rate=1e-3,
    bf16=False,
)

_TEXTURE = Recipe(
    name="own-texture",
    network=UNetConfig(told=KINDS_OF_GROUP["texture"]),
    losses={"charbonnier": 1.0, "edge": 0.05},
    framing=Framing(crop_px=128, shrink=(1.0, 2.0)),
    group="texture",
    along_share=0.35,
    batch=8,
    steps=12_000,
    learning_rate=1e-3,
)

_SCRATCH = Recipe(
    name="own-scratch",
    network=ScratchMaskConfig(),
    losses={"balanced_bce": 1.0},
    framing=Framing(crop_px=192, shrink=(1.0, 1.5), aged_px=448),
    group="structured",
    clean_share=0.2,
    along_share=0.4,
    battered_share=0.3,
    batch=4,
    steps=12_000,
    learning_rate=2e-3,
)

_DIRECT = Recipe(
    # What the papers compare with: one network for everything at once, of the body, the losses and the time of texture.
    name="own-direct",
    network=UNetConfig(),
    losses={"charbonnier": 1.0, "edge": 0.05},
    framing=Framing(crop_px=128, shrink=(1.0, 2.0)),
    group="everything",
    clean_share=0.18,
    batch=8,
    steps=12_000,
    learning_rate=1e-3,
)

_STYLE = Recipe(
    # Its photographs and references are drawn by ``style_pairs.py``, which has shares of its own.
    name="mropm-compact",
    network=StyleConfig(),
    losses={"charbonnier": 1.0, "owner": 0.1, "match": 0.1, "rough": 0.02},
    framing=Framing(crop_px=96),
    group="colour",
    batch=8,
    steps=3_800,
    learning_rate=1.5e-3,
)

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {one.name: one for one in (_COLOUR, _TEXTURE, _SCRATCH, _DIRECT, _STYLE)}
)
"""Every recipe by its name."""
