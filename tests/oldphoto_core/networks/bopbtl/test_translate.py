import copy
import math

import pytest
import torch
from torch import nn

from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.bopbtl.mapping import MappingConfig, NonLocalMapping, PatchMapping, PlainMapping
from oldphoto_core.networks.bopbtl.translate import Mapping, Translator, prepared, translated
from oldphoto_core.networks.streaming.buffers import Workspace
from oldphoto_core.networks.streaming.rows import Held

LATENT, WIDE = 16, 32
AMPLE, SCARCE = 2**28, 2**20
SIZES = [(212, 148), (64, 100), (132, 68)]
"""Not all multiples of the patches of 32, 16 and 8 pixels."""


def made(module: nn.Module) -> nn.Module:
    draws = torch.Generator().manual_seed(len(list(module.parameters())))
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data.normal_(0.0, math.sqrt(2.0 / layer.weight[0].numel()), generator=draws)
            assert layer.bias is not None
            layer.bias.data.normal_(0.0, 0.1, generator=draws)
    return module.eval().requires_grad_(requires_grad=False)


def translator_of(mapping: type[Mapping], *, latent: int = LATENT, width: int = WIDE) -> Translator:
    parts = [made(Autoencoder(AutoencoderConfig(width=latent))) for _ in range(2)]
    middle = made(mapping(MappingConfig(latent=latent, width=width)))
    if isinstance(middle, NonLocalMapping):
        for conv in (middle.attention.query, middle.attention.key):
            conv.weight.data.mul_(0.5)
    return Translator(parts[0], middle, parts[1])  # type: ignore[arg-type]  # made gives what it is given


def picture(size: tuple[int, int]) -> torch.Tensor:
    return torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2)) * 2.0 - 1.0


def holes(size: tuple[int, int]) -> torch.Tensor:
    mask = torch.zeros(1, 1, *size)
    mask[:, :, 10:44, 8:60] = 1.0
    mask[:, :, :, -9:] = (torch.rand(size[0], 9, generator=torch.Generator().manual_seed(3)) > 0.5).float()
    return mask


def run_at(translator: Translator, x: torch.Tensor, mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    for network in (translator.old, translator.mapping, translator.clean):
        network.to(dtype)
    return translator(x.to(dtype), mask.to(dtype) if translator.fills_holes else None)


def rms(values: torch.Tensor) -> float:
    return float(values.double().square().mean().sqrt())


def in_strips(
    translator: Translator, x: torch.Tensor, mask: torch.Tensor, space: Workspace, **bound: int
) -> torch.Tensor:
    for network in (translator.old, translator.mapping, translator.clean):
        prepared(network, space)
    clean = translated(translator, Held(x), Held(mask), space, **bound)
    return torch.cat([clean.rows(start, stop) for start, stop in space.strips(clean)], dim=2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mapping", [PlainMapping, NonLocalMapping, PatchMapping])
@pytest.mark.parametrize(("memory_bytes", "strip_bytes"), [(AMPLE, 2**24), (AMPLE, 40001), (SCARCE, 2**16)])
def test_row_by_row_it_is_the_network_in_one_go(
    mapping: type[Mapping], size: tuple[int, int], memory_bytes: int, strip_bytes: int
) -> None:
    translator, x, mask = translator_of(mapping), picture(size), holes(size)
    space = Workspace(memory_bytes=memory_bytes)
    space.strip_bytes = strip_bytes
    with torch.inference_mode():
        expected = translator(x, mask if translator.fills_holes else None)
        result = in_strips(translator, x, mask, space)
    assert (space.spilled_bytes > 0) is (memory_bytes == SCARCE)
    assert expected.std() > 0.1
    tolerance = 3e-4 if mapping is NonLocalMapping else 1e-4  # attention by chance weights blows rounding errors up
    torch.testing.assert_close(result, expected, atol=tolerance, rtol=0.0)


@pytest.mark.parametrize("mapping", [PlainMapping, NonLocalMapping, PatchMapping])
def test_where_convolutions_are_faster_errors_are_about_those_of_the_network_in_one_go(mapping: type[Mapping]) -> None:
    translator, x, mask = translator_of(mapping, latent=64, width=64), picture((260, 268)), holes((260, 268))
    with torch.inference_mode():
        plain = run_at(translator, x, mask, torch.float32)
        exact = run_at(copy.deepcopy(translator), x, mask, torch.float64)
        result = in_strips(translator, x, mask, Workspace(memory_bytes=AMPLE))
    assert rms(result - exact) <= 4.0 * rms(plain - exact)


def test_a_mask_without_holes_is_taken() -> None:
    translator, x, mask = translator_of(PatchMapping), picture((64, 96)), torch.zeros(1, 1, 64, 96)
    with torch.inference_mode():
        result = in_strips(translator, x, mask, Workspace(memory_bytes=AMPLE))
        torch.testing.assert_close(result, translator(x, mask), atol=1e-4, rtol=0.0)


def test_a_mapping_that_fills_holes_needs_a_mask() -> None:
    space = Workspace(memory_bytes=AMPLE)
    with pytest.raises(TypeError, match="NonLocalMapping needs a mask"):
        translated(translator_of(NonLocalMapping), Held(picture((64, 64))), None, space)


def test_patches_without_a_whole_one_among_them_are_refused() -> None:
    translator, x = translator_of(PatchMapping), picture((64, 64))
    with torch.inference_mode(), pytest.raises(ValueError, match="nothing to fill from"):
        in_strips(translator, x, torch.ones(1, 1, 64, 64), Workspace(memory_bytes=AMPLE))


def test_halves_give_nearly_the_same_picture() -> None:
    translator, x, mask = translator_of(PlainMapping), picture((64, 96)), holes((64, 96))
    with torch.inference_mode():
        expected = translator(x)
        result = in_strips(translator, x, mask, Workspace(memory_bytes=AMPLE, kept=torch.float16))
    assert 0.0 < float((result - expected).abs().mean()) <= 2.0 / 255.0
