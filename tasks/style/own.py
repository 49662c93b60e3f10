"""The project's own style network with the weights that come with the package: loaded once, when first used."""

from functools import cache
from pathlib import Path

from oldphoto_core.inference.own_style import OwnStyle
from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.style_merge import StyleMerger
from tasks.models.installed import digest_of, path_of
from tasks.models.shipped import SHIPPED

STYLE = "mropm-compact"
"""Name of the weights, as ``oldphoto models list`` has them."""


@cache
def own_style(shipped: Path = SHIPPED) -> OwnStyle:
    """Return the style network, which computes on the CPU: it is small.

    Args:
        shipped: Where shipped weights lie.

    Raises:
        ModelError: The weights are missing or were changed.
    """
    digest = digest_of(STYLE, shipped=shipped)
    return OwnStyle(load_compact(path_of(STYLE, shipped=shipped), StyleMerger), digest)
