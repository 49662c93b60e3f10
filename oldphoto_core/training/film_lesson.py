"""The loss of restored clips: how far each frame is off, how far its edges are, and whether what is wrong trembles."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.training.film_clips import FilmBatch
from oldphoto_core.training.film_recipes import FilmRecipe
from oldphoto_core.training.losses import charbonnier, edge

Clips = Float[Tensor, "N T 3 H W"]


_LEAK = 0.1
_BRANCH_SHARE = 0.03
_GATE_SHARE = 0.3
_SELDOM = -1.5  # logit of the share that is taken from memory


def first_film_network(recipe: FilmRecipe) -> FilmRestorer:
    """Return the network with first weights of chance: it averages frames along their motion, mildly.

    Kernels are drawn so that signals keep their size (He et al. 2015); what branches add is small, what the decoder
    adds is nothing, and the first three channels of the states begin as frames.
    """
    network = FilmRestorer(recipe.network)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, a=_LEAK)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    with torch.no_grad():
        for gate, branch in (
            (network.forward_gate, network.forward_branch),
            (network.backward_gate, network.backward_branch),
        ):
            branch.conv_last.weight.mul_(_BRANCH_SHARE)
            gate.weigh.weight.mul_(_GATE_SHARE)
            gate.project.weight[:3] = nn.init.dirac_(torch.empty(3, 3, 3, 3))
        network.conv_last.weight.zero_()
        if network.share is not None:
            network.share.weight.mul_(_GATE_SHARE)
            network.share.bias.fill_(_SELDOM)  # type: ignore[union-attr]  # it has one
    return network


def loss_of_clips(network: nn.Module, recipe: FilmRecipe, batch: FilmBatch) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the recipe's loss of a batch, to go back from, and its terms without their weights."""
    with torch.autocast(batch.old.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
        found = network(batch.old, batch.motion).frames
    half = found.float() / 2.0, batch.clean / 2.0  # values of [-1, 1] as wide as those of pictures in [0, 1]
    terms = {name: _term(name, *half) for name in recipe.losses}
    total = torch.stack([weight * terms[name] for name, weight in recipe.losses.items()]).sum()
    return total, {name: value.detach() for name, value in terms.items()}


def steady(found: Clips, wanted: Clips) -> Tensor:
    """Return the mean Charbonnier change, from each frame to the next, of what is wrong with it; 0 for one frame.

    An error that stays is seen less than one that comes and goes. Where nothing moves this is the warping error.
    """
    wrong = found - wanted
    if wrong.shape[1] < 2:
        return wrong.sum() * 0.0
    return charbonnier(wrong[:, 1:].flatten(0, 1), wrong[:, :-1].flatten(0, 1))


def _term(name: str, found: Clips, wanted: Clips) -> Tensor:
    if name == "steady":
        return steady(found, wanted)
    frames, sound = found.flatten(0, 1), wanted.flatten(0, 1)
    return edge(frames, sound) if name == "edge" else charbonnier(frames, sound)
