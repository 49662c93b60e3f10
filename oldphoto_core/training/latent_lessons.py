"""What each stage of the triplet domain computes from a batch: one forward pass, the network's losses and its critics'.

As in the released code: everything comes from the weights before the step, then the network learns, then the critics.
Pictures are in [-1, 1]; latents lie at a quarter of their size.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import initialise
from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.bopbtl.critics import PatchCritic
from oldphoto_core.networks.bopbtl.mapping import NonLocalMapping
from oldphoto_core.networks.compact.tone_frame import framed, tone_of, unframed
from oldphoto_core.training.latent_losses import Maps, features_apart, prior, taken_for_real, told_apart
from oldphoto_core.training.latent_recipes import LatentRecipe
from oldphoto_core.training.losses import l1
from oldphoto_core.training.pairs import MASK_KINDS, Batch
from oldphoto_core.training.perceptual import features_differ

Networks = Mapping[str, nn.Module]
"""``network`` learns, ``image`` and ``latent`` are its critics, ``old``, ``clean`` and ``perceptual`` are given."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a step has to go back from."""

    loss: Tensor
    """The weighted sum, for the network."""

    losses: dict[str, Tensor]
    """Each of its terms without its weight."""

    critics: dict[str, Tensor] = field(default_factory=dict)
    """The loss of each critic, by its name."""


def learners_of(recipe: LatentRecipe) -> dict[str, nn.Module]:
    """Return the network and its critics, with first weights of the recipe's seed, drawn as the papers do."""
    chance = torch.Generator().manual_seed(recipe.seed)
    found: dict[str, nn.Module] = {"network": network_of_stage(recipe), "image": PatchCritic(recipe.image_critic)}
    if recipe.latent_critic is not None:
        found["latent"] = PatchCritic(recipe.latent_critic)
    for network in found.values():
        initialise(network, chance)
    return found


def network_of_stage(recipe: LatentRecipe) -> nn.Module:
    """Return what a stage learns, with weights of chance."""
    return Autoencoder(recipe.autoencoder) if recipe.mapping is None else NonLocalMapping(recipe.mapping)


def lesson_of(networks: Networks, recipe: LatentRecipe, batch: Batch, *, step: int) -> Lesson:
    """Return what the stage computes from a batch.

    Args:
        networks: By name.
        recipe: The stage.
        batch: Pictures in [0, 1]; in the stage ``old`` every second one, from the first on, is a real old photograph.
        step: Steps done; the noise in the latent is drawn from it.
    """
    with torch.autocast(batch.damaged.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
        if recipe.stage == "mapping":
            return _translation(networks, recipe, batch)
        return _reconstruction(networks, recipe, batch, step)


def _reconstruction(networks: Networks, recipe: LatentRecipe, batch: Batch, step: int) -> Lesson:
    """Return the lesson of an autoencoder: its picture again, out of a noisy latent near N(0, 1)."""
    picture = batch.damaged if recipe.stage == "old" else batch.sound
    seen = shown(picture, torch.zeros_like(picture[:, :1]), recipe)
    autoencoder = networks["network"]
    latent = autoencoder.encode(seen)  # type: ignore[operator]  # an Autoencoder, which the mapping of modules hides
    found = autoencoder.decode(latent + noise_like(latent, recipe.seed, step))  # type: ignore[operator]
    losses, critics = _judged(networks, recipe, found, seen, beside=None)
    if "prior" in recipe.losses:
        losses["prior"] = prior(latent)
    if "latent_gan" in recipe.losses:
        real, synthetic = latent[0::2], latent[1::2]
        critic = networks["latent"]
        losses["latent_gan"] = taken_for_real(critic(real))
        critics["latent"] = told_apart(critic(real.detach()), critic(synthetic.detach()))
    return _summed(recipe, losses, critics)


def _translation(networks: Networks, recipe: LatentRecipe, batch: Batch) -> Lesson:
    """Return the lesson of the mapping: the latent of the sound picture out of that of the damaged one."""
    holes = holes_of(batch, recipe)
    seen, wanted = whitened(shown(batch.damaged, holes, recipe), holes), shown(batch.sound, holes, recipe)
    old, clean = networks["old"], networks["clean"]
    with torch.no_grad():
        before, aim = old.encode(seen), clean.encode(wanted)  # type: ignore[operator]
    after = networks["network"](before, holes)
    found = clean.decode(after)  # type: ignore[operator]
    losses, critics = _judged(networks, recipe, found, wanted, beside=seen)
    if "latent_l1" in recipe.losses:
        losses["latent_l1"] = l1(after.float(), aim.float())
    return _summed(recipe, losses, critics)


def _judged(
    networks: Networks, recipe: LatentRecipe, found: Tensor, wanted: Tensor, *, beside: Tensor | None
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the losses of a picture against the wanted one, and the image critic's own."""
    critic = networks["image"]

    def maps(picture: Tensor) -> Maps:
        shown: Maps = critic(picture if beside is None else torch.cat([beside, picture.to(beside.dtype)], dim=1))
        return shown

    losses: dict[str, Tensor] = {}
    critics: dict[str, Tensor] = {}
    if "l1" in recipe.losses:
        losses["l1"] = l1(found.float(), wanted)
    if "perceptual" in recipe.losses:
        losses["perceptual"] = features_differ(networks["perceptual"], found, wanted)
    if {"gan", "features"} & set(recipe.losses):
        fake, real = maps(found), maps(wanted)
        losses["gan"], losses["features"] = taken_for_real(fake), features_apart(fake, real)
        critics["image"] = told_apart(maps(found.detach()), real)
    return losses, critics


def _summed(recipe: LatentRecipe, losses: dict[str, Tensor], critics: dict[str, Tensor]) -> Lesson:
    terms = {name: losses[name] for name in recipe.losses}
    total = torch.stack([weight * terms[name] for name, weight in recipe.losses.items()]).sum()
    return Lesson(total, {name: value.detach() for name, value in terms.items()}, critics)


def shown(
    picture: Float[Tensor, "N 3 H W"], holes: Float[Tensor, "N 1 H W"], recipe: LatentRecipe
) -> Float[Tensor, "N 3 H W"]:
    """Return a picture of [0, 1] as networks see it, in [-1, 1]; holes do not count for its tone.

    Its values lie next to each other, which is faster here than channels last.
    """
    if recipe.keeps_tone:
        return framed(picture, tone_of(picture, 1.0 - holes)).contiguous()
    return (2.0 * picture - 1.0).contiguous()


def pictured(
    answer: Float[Tensor, "N 3 H W"],
    given: Float[Tensor, "N 3 H W"],
    holes: Float[Tensor, "N 1 H W"],
    recipe: LatentRecipe,
) -> Float[Tensor, "N 3 H W"]:
    """Return a network's answer as a picture, about [0, 1], with the tone of what was given if the recipe keeps it."""
    if recipe.keeps_tone:
        return unframed(answer, tone_of(given, 1.0 - holes))
    return 0.5 * (answer.float() + 1.0)


def holes_of(batch: Batch, recipe: LatentRecipe) -> Float[Tensor, "N 1 H W"]:
    """Return 1 where damage hides the picture, out of the masks of the kinds that the recipe names, else 0."""
    numbers = [MASK_KINDS.index(kind) for kind in recipe.hole_kinds]
    if not numbers:
        return torch.zeros_like(batch.masks[:, :1])
    return batch.masks[:, numbers].amax(dim=1, keepdim=True)


def whitened(picture: Float[Tensor, "N 3 H W"], holes: Float[Tensor, "N 1 H W"]) -> Float[Tensor, "N 3 H W"]:
    """Return a picture of [-1, 1] with its holes painted white, as the release paints them."""
    return picture * (1.0 - holes) + holes


def noise_like(latent: Tensor, seed: int, step: int) -> Tensor:
    """Return standard normal noise of a latent's shape, the same for the same seed and step on every device."""
    number = int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
    chance = torch.Generator().manual_seed(number)
    return torch.randn(latent.shape, generator=chance).to(latent.device, latent.dtype)
