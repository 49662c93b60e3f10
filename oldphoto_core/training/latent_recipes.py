"""What is trained how for the triplet domain: two autoencoders and the mapping between (Wan et al., CVPR 2020)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from oldphoto_core.damage import STRUCTURED_KINDS, DamageKind
from oldphoto_core.networks.bopbtl.autoencoder import AutoencoderConfig
from oldphoto_core.networks.bopbtl.critics import CriticConfig
from oldphoto_core.networks.bopbtl.mapping import MappingConfig
from oldphoto_core.synthesis.mixture import Group
from oldphoto_core.training.film_recipes import FilmRecipe
from oldphoto_core.training.recipes import Framing, Recipe

Stage = Literal["old", "clean", "mapping"]
"""Autoencoder of old photographs (VAE_A), autoencoder of clean ones (VAE_B), mapping of latents."""

LOSSES_OF_STAGE: Mapping[Stage, tuple[str, ...]] = MappingProxyType(
    {
        "old": ("l1", "gan", "features", "perceptual", "prior", "latent_gan"),
        "clean": ("l1", "gan", "features", "perceptual", "prior"),
        "mapping": ("latent_l1", "l1", "gan", "features", "perceptual"),
    }
)
"""The losses each stage knows; see ``latent_lessons.py``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentRecipe:
    """Everything that decides the weights of one stage, the pictures and the networks it is given apart."""

    name: str
    """Name of the network, as people say it."""

    stage: Stage
    """Which of the three it is."""

    autoencoder: AutoencoderConfig
    """The autoencoders: the one that learns, or the two that the mapping stands between."""

    mapping: MappingConfig | None = None
    """The mapping, where it is what learns."""

    image_critic: CriticConfig
    """Judges pictures; beside the photograph they were made from (6 channels) in the mapping's stage."""

    latent_critic: CriticConfig | None = None
    """Tells latents of real old photographs from those of synthetic ones, in the stage ``old``."""

    losses: Mapping[str, float]
    """Weight of each loss by name."""

    framing: Framing
    """What it is shown."""

    group: Group = "everything"
    """Which damages are laid on."""

    clean_share: float = 0.1
    """Share of synthetic photographs without damage, in [0, 1]."""

    single_share: float = 0.25
    """Share with one damage among the damaged ones, in [0, 1]."""

    grey_share: float = 0.1
    """Share of pictures that are made grey, in [0, 1]."""

    hole_kinds: tuple[DamageKind, ...] = ("scratch", "crease", "tear", "dust")
    """The damage that is painted white and filled. Stains are not: they let the picture through."""

    keeps_tone: bool = False
    """Whether networks are shown pictures without their tone, which is put on the answer again.

    The paper's are not, and can only guess it: instance normalisation hides it from them (``tone_frame.py``). A mapping
    that keeps the tone of what it was given mends no fading and no cast."""

    batch: int
    """Pictures in a step; every second one is a real old photograph in the stage ``old``."""

    steps: int
    """Steps over which the rate is planned."""

    learning_rate: float = 2e-4
    """The greatest rate, of the network and of its critics."""

    betas: tuple[float, float] = (0.5, 0.999)
    """How long Adam remembers gradients and their squares."""

    constant_share: float = 0.5
    """Share of the steps at the greatest rate, before it falls straight to zero."""

    warm_up: int = 100
    """Steps over which the rate rises from near zero; the paper has none, bfloat16 wants some."""

    clip: float = 1000.0
    """Greatest norm of a step's gradient; the paper has no limit, and this is far beyond what is usual."""

    average: float = 0.999
    """Share of the old average in the new one at each step: the averaged weights are the result."""

    bf16: bool = True
    """Whether convolutions compute in bfloat16; weights and losses are float32 all the same."""

    seed: int = 0
    """Seed of first weights, of everything about the pictures, and of the noise in the latent."""

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        known = LOSSES_OF_STAGE[self.stage]
        unknown = [name for name in self.losses if name not in known]
        if unknown or not self.losses:
            raise ValueError(f"losses of {self.name} must be among {', '.join(known)}, found {unknown}")
        if (self.mapping is None) == (self.stage == "mapping"):
            raise ValueError(f"a mapping is what the stage mapping learns, and no other; found {self.stage}")
        if self.image_critic.channels != (6 if self.stage == "mapping" else 3):
            raise ValueError(f"the critic of stage {self.stage} cannot judge {self.image_critic.channels} channels")
        self._check_latents()
        if not set(self.hole_kinds) <= STRUCTURED_KINDS:
            raise ValueError(f"hole_kinds must be among {sorted(STRUCTURED_KINDS)}, found {self.hole_kinds}")
        shares = (self.clean_share, self.single_share, self.grey_share, self.constant_share)
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ValueError("clean_share, single_share, grey_share and constant_share must lie in [0, 1]")
        if min(self.batch, self.steps, self.warm_up) < 1 or self.learning_rate <= 0.0 or self.clip <= 0.0:
            raise ValueError("batch, steps and warm_up must be 1 or more, learning_rate and clip above 0")
        if not 0.0 <= self.average < 1.0 or self.seed < 0:
            raise ValueError("average must lie in [0, 1), seed from 0 on")

    def _check_latents(self) -> None:
        if ("latent_gan" in self.losses) != (self.latent_critic is not None):
            raise ValueError("latent_gan and latent_critic belong together: give both or neither")
        if self.latent_critic is not None and self.latent_critic.channels != self.autoencoder.width:
            raise ValueError(f"latent_critic must judge the latent's {self.autoencoder.width} channels")
        if self.mapping is not None and self.mapping.latent != self.autoencoder.width:
            raise ValueError(f"the mapping's latent must have the autoencoders' {self.autoencoder.width} channels")
        if self.stage == "old" and self.batch % 2:
            raise ValueError(f"half of a batch is real old photographs: expected an even number, found {self.batch}")
        if self.framing.crop_px % 4:
            raise ValueError(f"autoencoders need sides that are multiples of 4, found {self.framing.crop_px}")

    @property
    def network(self) -> AutoencoderConfig | MappingConfig:
        """The configuration of what learns."""
        return self.autoencoder if self.mapping is None else self.mapping

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the networks it must be given, which do not learn."""
        needed = ("old", "clean") if self.stage == "mapping" else ()
        return (*needed, "perceptual") if "perceptual" in self.losses else needed

    def plain(self) -> dict[str, Any]:
        """Return the recipe as plain values, for records and comparisons."""
        network = {"type": type(self.network).__name__} | asdict(self.network)
        return asdict(self) | {"losses": dict(self.losses), "network": network}


AnyRecipe = Recipe | LatentRecipe | FilmRecipe
"""What can be trained."""


def rate_at(step: int, recipe: LatentRecipe) -> float:
    """Return the rate of a step from 0 on: a short rise, constant, then straight to zero after the last step.

    Examples:
        >>> recipe = LATENT_RECIPES["own-latent-clean"]
        >>> rate_at(recipe.steps // 2, recipe) == recipe.learning_rate, rate_at(recipe.steps, recipe)
        (True, 0.0)
    """
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / (recipe.warm_up + 1)
    begin = recipe.constant_share * recipe.steps
    left = (recipe.steps - step) / max(1e-9, recipe.steps - begin)
    return recipe.learning_rate * min(1.0, max(0.0, left))


_AUTOENCODER = AutoencoderConfig(width=48, blocks=3)

_CLEAN = LatentRecipe(
    name="own-latent-clean",
    stage="clean",
    autoencoder=_AUTOENCODER,
    image_critic=CriticConfig(width=16),
    # The release's weights, and the L1 reconstruction of the paper's equation, whose weight alpha is 10.
    losses={"l1": 10.0, "gan": 1.0, "features": 10.0, "perceptual": 10.0, "prior": 1.0},
    framing=Framing(crop_px=128, shrink=(1.0, 2.0), aged_px=256),
    keeps_tone=True,
    batch=4,
    steps=20_000,
)

_OLD = LatentRecipe(
    name="own-latent-old",
    stage="old",
    autoencoder=_AUTOENCODER,
    image_critic=CriticConfig(width=16),
    latent_critic=CriticConfig(channels=_AUTOENCODER.width, scales=1, width=32),
    losses={**_CLEAN.losses, "latent_gan": 1.0},
    framing=_CLEAN.framing,
    keeps_tone=True,
    batch=4,
    steps=20_000,
)

_MAPPING = LatentRecipe(
    name="own-latent-mapping",
    stage="mapping",
    autoencoder=_AUTOENCODER,
    mapping=MappingConfig(latent=_AUTOENCODER.width, width=112, blocks=3),
    image_critic=CriticConfig(channels=6, width=16, spectral=True),
    losses={"latent_l1": 60.0, "gan": 1.0, "features": 10.0, "perceptual": 10.0},
    framing=_CLEAN.framing,
    keeps_tone=True,
    constant_share=0.6,
    batch=2,
    steps=30_000,
)

LATENT_RECIPES: Mapping[str, LatentRecipe] = MappingProxyType({one.name: one for one in (_OLD, _CLEAN, _MAPPING)})
"""Every recipe of the triplet by its name, in the order they are trained in."""
