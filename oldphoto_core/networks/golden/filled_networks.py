"""Filled networks on a device, made when asked for; only the last large ones are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import torch
from torch import Tensor, nn

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.golden.fill import System, filled
from oldphoto_core.networks.registry import build, load, to_official

REGISTERED: Final[Mapping[str, str]] = {
    "detection": "bopbtl-detection",
    "disc_mapping": "bopbtl-critic-mapping",
    "disc_mapping_sn": "bopbtl-critic-mapping-sn",
    "disc_vae_feature": "bopbtl-critic-feature",
    "disc_vae_image": "bopbtl-critic-image",
    "face": "bopbtl-face",
    "mapping_patch_attention": "bopbtl-mapping-patch",
    "mapping_quality": "bopbtl-mapping-quality",
    "mapping_scratch": "bopbtl-mapping-scratch",
    "netMR": "mropm-merging",
    "netS": "mropm-stylization",
    "vae": "bopbtl-vae",
    "disc_v1": "rtn-critic-1",
    "disc_v2": "rtn-critic-2",
    "raft": "rtn-flow",
    "rtn": "rtn-film",
    "swin": "rtn-branch",
}
"""The registry's name of each sub-network that golden files name."""

_SMALL: Final = 5_000_000
"""Parameters up to which a network is kept beside others."""

_KEPT_TOGETHER: Final = 2
"""How many large networks are kept: a full modernization takes two."""


@dataclass(slots=True)
class FilledNetworks:
    """Networks with the weights of the fill rule; a run that asks for them in turn fills each once."""

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    """Where they compute."""

    _small: dict[str, nn.Module] = field(default_factory=dict, init=False)
    _large: dict[str, nn.Module] = field(default_factory=dict, init=False)

    def autoencoder(self) -> Autoencoder:
        """Return the filled autoencoder; that of old photographs and that of clean ones are filled alike."""
        return cast("Autoencoder", self.get("vae"))

    def get(self, net: str, *, raised: Mapping[str, float] | None = None, system: System = "bopbtl") -> nn.Module:
        """Return a filled network, in evaluation mode.

        Args:
            net: The sub-network as golden files call it.
            raised: Official keys whose values are raised by so much after the fill.
            system: The published system it belongs to.

        Raises:
            KeyError: No network of the registry goes by that name.
        """
        name = net if not raised else f"{net} {sorted(raised.items())}"
        if name in self._small:
            return self._small[name]
        if name in self._large:
            return self._large[name]
        while len(self._large) >= (_KEPT_TOGETHER if system == "mropm" else 1):
            del self._large[next(iter(self._large))]
        with torch.inference_mode(mode=False):
            network = load(REGISTERED[net], self._state(net, raised or {}, system)).to(self.device)
        if sum(weight.numel() for weight in network.parameters()) < _SMALL:
            self._small[name] = network
        else:
            self._large[name] = network
        return network

    def _state(self, net: str, raised: Mapping[str, float], system: System) -> dict[str, Tensor]:
        state = filled(to_official(build(REGISTERED[net])), system, net)
        return {key: tensor + raised[key] if key in raised else tensor for key, tensor in state.items()}
