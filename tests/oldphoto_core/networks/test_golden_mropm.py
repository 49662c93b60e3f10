"""The modernization networks compute what the authors' code computes, and what follows from how they are built."""

import numpy as np
import pytest
import torch
from golden_files import GOLDEN, one_weight_off

from oldphoto_core.networks.golden.cases import run_case
from oldphoto_core.networks.golden.files import GoldenCase
from oldphoto_core.networks.golden.filled_networks import FilledNetworks
from oldphoto_core.networks.mropm.merge import Merging
from oldphoto_core.networks.mropm.stylise import Stylization

FOLDER = GOLDEN.parent / "mropm"


def case(net: str, name: str) -> GoldenCase:
    with np.load(FOLDER / f"{net}_{name}.npz") as stored:
        return GoldenCase(net, name, dict(stored))


@pytest.fixture(scope="module")
def networks() -> FilledNetworks:
    return FilledNetworks()


@pytest.mark.parametrize(("net", "name"), [("netS", "1ref_64x64"), ("netS", "1ref_72x104"), ("full", "2ref_128x128")])
def test_a_golden_case_holds_and_misses_with_one_weight_off(net: str, name: str, networks: FilledNetworks) -> None:
    checks = run_case(case(net, name), networks)
    assert checks
    assert all(check.holds for check in checks), [check.told for check in checks]
    with one_weight_off(networks.get("netS", system="mropm"), "correlation_block"):
        assert not all(check.holds for check in run_case(case(net, name), networks))


def pictures(count: int, height: int, width: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.rand((1, 3, height, width), generator=generator) for _ in range(count)]


@torch.inference_mode()
def test_the_order_of_references_and_their_repetition_mean_nothing(networks: FilledNetworks) -> None:
    styling, merging = networks.get("netS", system="mropm"), networks.get("netMR", system="mropm")
    assert isinstance(styling, Stylization)
    assert isinstance(merging, Merging)
    photograph, one, other = pictures(3, 128, 128)
    content = styling.read(photograph)
    first, second = styling.styled(content, one), styling.styled(content, other)
    merged = merging([first, second]).image
    assert torch.allclose(merging([second, first]).image, merged, atol=1e-6)
    assert torch.allclose(merging([first, first]).image, merging([first]).image, atol=1e-6)
    assert not torch.allclose(merging([first]).image, merged, atol=1e-3)


@torch.inference_mode()
def test_attention_in_small_pieces_gives_the_same(networks: FilledNetworks, monkeypatch: pytest.MonkeyPatch) -> None:
    styling = networks.get("netS", system="mropm")
    photograph, reference = pictures(2, 64, 96)
    whole = styling(photograph, reference)
    monkeypatch.setattr("oldphoto_core.networks.mropm.correlation.LOGITS_AT_ONCE", 5 * 96)
    pieces = styling(photograph, reference)
    assert torch.allclose(pieces.image, whole.image, atol=2e-4)
    assert torch.allclose(pieces.similarity, whole.similarity, atol=1e-4)


@torch.inference_mode()
def test_a_reference_may_have_another_size(networks: FilledNetworks) -> None:
    styling = networks.get("netS", system="mropm")
    (photograph,), (reference,) = pictures(1, 64, 96), pictures(1, 80, 72)
    styled = styling(photograph, reference)
    assert styled.image.shape == (1, 3, 64, 96)
    assert styled.similarity.shape == (1, 2, 8, 12)
    assert bool(styled.image.isfinite().all())
