"""Small versions of the networks: they are what their configuration says, and they run."""

import pytest
import torch
from torch import nn

from oldphoto_core.errors import NothingToFillFromError
from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder, AutoencoderConfig
from oldphoto_core.networks.bopbtl.critics import CriticConfig, PatchCritic
from oldphoto_core.networks.bopbtl.faces import FaceConfig, FaceGenerator
from oldphoto_core.networks.bopbtl.mapping import MappingConfig, NonLocalMapping, PatchMapping, PlainMapping
from oldphoto_core.networks.bopbtl.scratches import ScratchConfig, ScratchDetector
from oldphoto_core.networks.registry import from_official, to_official


def drawn(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


def convolutions(network: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]


def mask_of(height: int, width: int) -> torch.Tensor:
    mask = torch.zeros(1, 1, height, width)
    mask[:, :, 8:24, 16:40] = 1.0
    return mask


class TestAutoencoder:
    @pytest.mark.parametrize(("width", "blocks"), [(2, 0), (3, 1), (4, 6)])
    def test_width_and_depth(self, width: int, blocks: int) -> None:
        network = Autoencoder(AutoencoderConfig(width=width, blocks=blocks)).eval()
        with torch.inference_mode():
            latent = network.encode(drawn(2, 3, 32, 48))
            picture = network(drawn(2, 3, 32, 48))
        assert latent.shape == (2, width, 8, 12)
        assert picture.shape == (2, 3, 32, 48)
        assert -1.0 <= float(picture.min()) < float(picture.max()) <= 1.0
        assert len(convolutions(network)) == 4 + 4 * blocks  # two of each half, two in each block; the rest transposed


class TestScratchDetector:
    @pytest.mark.parametrize(("width", "depth", "size"), [(2, 1, (6, 10)), (2, 3, (24, 32)), (4, 4, (32, 48))])
    def test_width_and_depth(self, width: int, depth: int, size: tuple[int, int]) -> None:
        network = ScratchDetector(ScratchConfig(width=width, depth=depth)).eval()
        with torch.inference_mode():
            assert network(drawn(1, 1, *size)).shape == (1, 1, *size)
        assert max(layer.out_channels for layer in convolutions(network)) == width * 2**depth

    def test_blurring_takes_every_second_place_of_a_binomial_mean(self) -> None:
        network = ScratchDetector(ScratchConfig(width=2, depth=1))
        blur = network.down_sample[0][-1]  # type: ignore[index]
        x = drawn(1, 2, 6, 8)
        padded = x[:, :, [1, *range(6), 4]][:, :, :, [1, *range(8), 6]]
        weights = torch.tensor([0.25, 0.5, 0.25])
        expected = sum(
            float(weights[i] * weights[j]) * padded[:, :, i : i + 6 : 2, j : j + 8 : 2]
            for i in range(3)
            for j in range(3)
        )
        assert torch.allclose(blur(x), torch.as_tensor(expected), atol=1e-6)


class TestMapping:
    @pytest.mark.parametrize("config", [MappingConfig(latent=2, width=4, blocks=1), MappingConfig(latent=3, width=30)])
    @pytest.mark.parametrize("kind", [PlainMapping, NonLocalMapping, PatchMapping])
    def test_width_and_depth(self, kind: type[nn.Module], config: MappingConfig) -> None:
        network = kind(config).eval()
        holes = () if kind is PlainMapping else (mask_of(96, 128),)
        z = drawn(1, config.latent, 24, 32)
        with torch.inference_mode():
            result = network(z, *holes)
        assert result.shape == z.shape
        assert torch.isfinite(result).all()
        assert max(layer.out_channels for layer in convolutions(network)) == config.width
        blocks = {
            PlainMapping: config.blocks,
            NonLocalMapping: config.blocks + 3,
            PatchMapping: 4 * max(1, config.blocks // 3) + 3,
        }[kind]
        inner = [layer for layer in convolutions(network) if layer.in_channels == layer.out_channels == config.width]
        residual = [layer for layer in inner if layer.kernel_size == (3, 3) and layer.padding == (0, 0)]
        assert len(residual) == 2 * blocks

    def test_patches_refuse_an_all_hole_mask_and_the_others_do_not(self) -> None:
        config = MappingConfig(latent=2, width=4, blocks=1)
        z, holes = drawn(1, 2, 24, 32), torch.ones(1, 1, 96, 128)
        with torch.inference_mode():
            with pytest.raises(NothingToFillFromError, match="8x8"):
                PatchMapping(config).eval()(z, holes)
            assert torch.isfinite(NonLocalMapping(config).eval()(z, holes)).all()

    def test_holes_change_what_lies_around_them_too(self) -> None:
        torch.manual_seed(2)
        network = NonLocalMapping(MappingConfig(latent=2, width=4, blocks=1)).eval()
        z = drawn(1, 2, 24, 32)
        with torch.inference_mode():
            change = (network(z, mask_of(96, 128)) - network(z, torch.zeros(1, 1, 96, 128))).abs()[0].amax(dim=0)
        assert float(change[2:6, 4:10].mean()) > 1e-3


class TestFaceGenerator:
    @pytest.mark.parametrize(("width", "hidden", "size"), [(1, 2, (32, 32)), (2, 4, (64, 96))])
    def test_width(self, width: int, hidden: int, size: tuple[int, int]) -> None:
        network = FaceGenerator(FaceConfig(width=width, hidden=hidden)).eval()
        with torch.inference_mode():
            face = network(drawn(1, 3, *size))
        assert face.shape == (1, 3, *size)
        assert -1.0 <= float(face.min()) < float(face.max()) <= 1.0
        assert network.stem.out_channels == 16 * width


class TestPatchCritic:
    @pytest.mark.parametrize("spectral", [False, True])
    @pytest.mark.parametrize("scales", [1, 2, 4])
    def test_every_scale_gives_five_maps_the_full_size_first(self, scales: int, *, spectral: bool) -> None:
        network = PatchCritic(CriticConfig(channels=2, scales=scales, width=2, spectral=spectral)).eval()
        with torch.inference_mode():
            results = network(drawn(1, 2, 64, 80))
        assert [len(maps) for maps in results] == [5] * scales
        side = [64, 80]
        for maps in results:
            expected = side
            for level, found in enumerate(maps):
                stride = 2 if level < 3 else 1
                expected = [(length + 4 - 4) // stride + 1 for length in expected]
                assert list(found.shape[2:]) == expected
            assert maps[-1].shape[1] == 1
            side = [(length + 1) // 2 for length in side]

    def test_the_last_scale_of_the_release_looks_at_the_full_size(self) -> None:
        torch.manual_seed(1)
        network = PatchCritic(CriticConfig(channels=1, scales=2, width=1)).eval()
        x = drawn(1, 1, 32, 32)
        with torch.inference_mode():
            full, half = network(x)
            assert torch.equal(full[0], network.scales[1][0](x))  # type: ignore[index]
            assert half[0].shape[2] < full[0].shape[2]


class TestDepth:
    """The face generator and the critics at other depths than the release's keep their official names."""

    def test_a_shallow_face_generator(self) -> None:
        network = FaceGenerator(FaceConfig(width=4, hidden=8, doublings=2)).eval()
        with torch.inference_mode():
            assert network(drawn(1, 3, 16, 24)).shape == (1, 3, 16, 24)
        assert list(from_official(to_official(network))) == list(network.state_dict())

    @pytest.mark.parametrize("layers", [1, 2, 5])
    def test_critics(self, layers: int) -> None:
        network = PatchCritic(CriticConfig(width=2, layers=layers, scales=3)).eval()
        assert [len(maps) for maps in network(drawn(1, 3, 64, 64))] == [layers + 2] * 3
        assert list(from_official(to_official(network))) == list(network.state_dict())

    def test_what_has_no_official_name_is_refused(self) -> None:
        with pytest.raises(ValueError, match="found 9 and 2"):
            CriticConfig(layers=9)
