"""Every network has the tensors of the published checkpoint: names, order, shapes."""

import json

import pytest
from golden_files import GOLDEN

from oldphoto_core.networks.golden.filled_networks import REGISTERED
from oldphoto_core.networks.registry import build, to_official


def test_every_list_of_keys_has_a_network() -> None:
    lists = [path.name.removesuffix("_keys.json") for path in GOLDEN.parent.glob("*/*_keys.json")]
    assert sorted(lists) == sorted(REGISTERED)


@pytest.mark.parametrize("net", sorted(REGISTERED))
def test_keys_order_and_shapes_are_the_releases(net: str) -> None:
    (path,) = GOLDEN.parent.glob(f"*/{net}_keys.json")
    published = json.loads(path.read_text("utf-8"))
    ours = {key: list(tensor.shape) for key, tensor in to_official(build(REGISTERED[net])).items()}
    assert list(ours.items()) == list(published.items())
