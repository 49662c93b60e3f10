"""The layers of a network, one after the other, over a map that need not fit in memory."""

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import nn

from oldphoto_core.networks.blocks import ResidualBlock
from oldphoto_core.networks.streaming.affine import Affine
from oldphoto_core.networks.streaming.buffers import InMemory, OnDisk, Stored, Workspace
from oldphoto_core.networks.streaming.convolution import Convolved, Doubled, convolved
from oldphoto_core.networks.streaming.rows import Changed, Rows
from oldphoto_core.networks.streaming.statistics import Moments

_GROWTH_NOT_KEPT = 4
"""A convolution whose output has this many times the values of its input is computed twice rather than kept."""


def run(layers: Iterable[nn.Module], x: Rows, space: Workspace) -> Rows:
    """Return the map after the layers; what is left to do is done when it is read.

    Args:
        layers: Convolutions, padding, instance normalisation, activations, residual blocks, or sequences of those.
        x: The map.
        space: Where maps lie.

    Raises:
        TypeError: There is a layer of another kind.
    """
    mirrored = 0
    for layer in layers:
        if isinstance(layer, nn.ReflectionPad2d):
            mirrored = int(layer.padding[0])
        elif isinstance(layer, nn.Conv2d):
            x, mirrored = convolved(x, layer, space.scratch, mirrored), 0
        else:
            x = _after(layer, x, space)
    return x


def _after(layer: nn.Module, x: Rows, space: Workspace) -> Rows:
    if isinstance(layer, nn.Sequential):
        return run(layer, x, space)
    if isinstance(layer, ResidualBlock):
        return _residual(layer, x, space)
    if isinstance(layer, nn.ConvTranspose2d):
        return Doubled(x, layer)
    if isinstance(layer, nn.InstanceNorm2d):
        return normalised(x, layer.eps, space)
    if isinstance(layer, nn.ReLU):
        return _rectified(x)
    if isinstance(layer, nn.Tanh):
        return Changed(x, torch.tanh)
    raise TypeError(f"a {type(layer).__name__} cannot be run row by row")


def normalised(x: Rows, eps: float, space: Workspace) -> Rows:
    """Return the map with mean 0 and variance 1 in each channel, over all of it."""
    kept, moments = measured(x, space)
    return Changed(kept, Affine.of(moments, eps, space.device))


def measured(x: Rows, space: Workspace) -> tuple[Rows, Moments]:
    """Return the map, laid down if reading it again would cost more, and its statistics."""
    moments = Moments(x.channels)
    if x.at_hand or _is_better_computed_twice(x):
        for start, stop in space.strips(x):
            moments.add(x.rows(start, stop))
        return x, moments
    return space.store(x, watch=moments.add), moments


def _is_better_computed_twice(x: Rows) -> bool:
    """Return whether a convolution reads from what is at hand and makes much more of it than there was."""
    if not isinstance(x, Convolved | Doubled) or not x.source.at_hand:
        return False
    values_in = x.source.channels * x.source.height * x.source.width
    return x.channels * x.height * x.width >= _GROWTH_NOT_KEPT * values_in


def _residual(block: ResidualBlock, x: Rows, space: Workspace) -> Stored:
    """Return the sum of the map and the block's view of it, laid down in the place of the latter."""
    if not x.at_hand:
        x = space.store(x)
    *layers, norm = block.conv_block
    result, moments = measured(run(layers, x, space), space)
    change = Affine.of(moments, float(norm.eps), space.device)  # type: ignore[arg-type]  # an InstanceNorm2d
    total = result if isinstance(result, InMemory | OnDisk) else space.new((x.channels, x.height, x.width))
    for start, stop in space.strips(x):
        values = result.rows(start, stop)
        ours = total is result and values.dtype == torch.float32
        if ours:
            change.put(values, values)  # in its place: nobody else reads what the convolution gave
        else:
            values = change(values)
        values.add_(x.rows(start, stop))
        if not (ours and total.direct):
            total.write(start, values)
    return total


def _rectified(x: Rows) -> Rows:
    if isinstance(x, Changed) and isinstance(x.change, Affine):
        return Changed(x.source, replace(x.change, rectified=True))
    return Changed(x, torch.relu)
