"""What is trained how for film: a compact recurrent restorer (after Wan et al., CVPR 2022) on made reels."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from oldphoto_core.networks.rtn.branch import BranchConfig
from oldphoto_core.networks.rtn.film import FilmConfig
from oldphoto_core.synthesis.reel import ReelSettings
from oldphoto_core.synthesis.reel_moves import Moves
from oldphoto_core.synthesis.reel_wear import Wear
from oldphoto_core.training.recipes import LEAST_CLEAN

FILM_LOSSES = ("charbonnier", "edge", "steady")
"""``steady``: how much what is still wrong changes from one frame to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRecipe:
    """Everything that decides the weights, the pictures apart."""

    name: str
    """Name of the network, as people say it."""

    network: FilmConfig
    """The network; its motion is estimated by OpenCV, so that it needs no other weights."""

    losses: Mapping[str, float]
    """Weight of each loss by name."""

    reel: ReelSettings
    """The clips that are made; a crop of each is shown."""

    crop_px: int
    """Side of the square that is shown, a multiple of twice the network's window."""

    clean_share: float = 0.16
    """Share of clips without damage, in [0.15, 1]: a network that never saw sound film spoils it."""

    marked_share: float = 0.14
    """Share of clips that are dirty and nothing else, in [0, 1]."""

    evened_share: float = 0.9
    """Share of the others whose light was evened out before, but for a remainder, in [0, 1]."""

    things_share: float = 0.65
    """Share of clips in which something moves before the ground, in [0, 1]."""

    batch: int = 1
    """Clips in a step."""

    steps: int
    """Steps over which the learning rate goes up and comes down again."""

    learning_rate: float
    """The greatest rate."""

    warm_up: int = 100
    """Steps over which the rate rises to it, from near zero."""

    final_rate: float = 0.02
    """The last rate as a share of the greatest, in [0, 1]."""

    weight_decay: float = 1e-4
    """Share of each weight, times the rate, taken off at each step."""

    clip: float = 1.0
    """Greatest norm of a step's gradient."""

    average: float = 0.995
    """Share of the old average in the new one at each step: the averaged weights are the result."""

    bf16: bool = False
    """Whether convolutions compute in bfloat16; with so few channels that is slower on a CPU."""

    judged: int = 20
    """Clips that it is judged on."""

    seed: int = 0
    """Seed of first weights and of everything about the clips."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        unknown = [name for name in self.losses if name not in FILM_LOSSES]
        if unknown or not self.losses:
            raise ValueError(f"losses of {self.name} must be among {', '.join(FILM_LOSSES)}, found {unknown}")
        side = 2 * self.network.branch.window
        sides = (self.crop_px, *self.reel.size)
        if self.network.flow is not None or any(one % side for one in sides) or self.crop_px > min(self.reel.size):
            raise ValueError(
                f"expected a network without a flow network, and a crop within frames, sides multiples of {side};"
                f" found {self.network.flow}, {self.crop_px} of {self.reel.size}"
            )
        if self.reel.frames < 2 or self.reel.wear is None or self.reel.marks is None:
            raise ValueError("expected clips of two frames or more, with marks and wear")
        if not LEAST_CLEAN <= self.clean_share <= 1.0 - self.marked_share:
            raise ValueError(f"clean_share must lie in [{LEAST_CLEAN}, 1 - marked_share], found {self.clean_share}")
        if not all(0.0 <= share <= 1.0 for share in (self.marked_share, self.evened_share, self.things_share)):
            raise ValueError("marked_share, evened_share and things_share must lie in [0, 1]")
        self._check_numbers()

    def _check_numbers(self) -> None:
        if min(self.batch, self.steps, self.warm_up, self.judged) < 1 or self.learning_rate <= 0.0 or self.clip <= 0.0:
            raise ValueError("batch, steps, warm_up and judged must be 1 or more, learning_rate and clip above 0")
        if not (0.0 <= self.average < 1.0 and 0.0 <= self.final_rate <= 1.0 and self.seed >= 0):
            raise ValueError("average must lie in [0, 1), final_rate in [0, 1], seed from 0 on")

    def reel_of(self, kind: str) -> ReelSettings:
        """Return how a clip of a kind is made.

        Args:
            kind: ``clean``, ``marked``, ``evened`` (its flicker was mostly taken out before), or ``worn``.
        """
        wear = self.reel.wear
        if kind == "clean":
            return replace(self.reel, marks=None, wear=None)
        if kind == "marked" or wear is None:
            return replace(self.reel, wear=None)
        return self.reel if kind == "worn" else replace(self.reel, wear=evened(wear))

    def plain(self) -> dict[str, Any]:
        """Return the recipe as plain values, for records and comparisons."""
        network = {"type": type(self.network).__name__} | asdict(self.network)
        return asdict(self) | {"losses": dict(self.losses), "network": network}


def evened(wear: Wear) -> Wear:
    """Return wear whose flicker was taken out, but for the little that such a step leaves."""
    return replace(wear, brightness=0.15 * wear.brightness, contrast=0.3 * wear.contrast)


_COMPACT = FilmRecipe(
    name="rtn-compact",
    network=FilmConfig(
        branch=BranchConfig(state=12, width=24, depths=(2,), heads=3, stored_masks=0, passes=True),
        gate_width=8,
        flow=None,
        bounded=False,
        blends=True,
    ),
    losses={"charbonnier": 1.0, "edge": 0.1, "steady": 0.5},
    reel=ReelSettings(size=(80, 80), frames=5, moves=Moves(weave_px=0.25)),
    crop_px=48,
    batch=4,
    steps=2400,
    learning_rate=1.5e-3,
)

FILM_RECIPES: Mapping[str, FilmRecipe] = MappingProxyType({_COMPACT.name: _COMPACT})
"""Every recipe of film by its name."""
