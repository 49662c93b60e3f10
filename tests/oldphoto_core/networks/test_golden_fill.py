"""The fill rule: against numbers worked out by hand from the rule, and spectral norms of the films' own code."""

from typing import Any

import numpy as np
import pytest
import torch

from oldphoto_core.networks.golden.fill import BINOMIAL, System, filled, gain
from oldphoto_core.networks.registry import build, to_official

# default_rng(first 8 bytes of SHA-256 of the key, little endian).standard_normal(shape), drawn apart from the package.
FIRST_BIAS = [-0.16965313493987402, 2.4876203847570575, 0.3735272593897559]
NORM_WEIGHT = [0.901191256059746, 0.4114673351123668, -2.2730426946208633]
VARIANCE = [-1.9697225485500618, 2.0265555062627896, -0.06599392971286305]
THETA = [-0.4599348418812085, 0.23345867309984986, -0.31952647960908376, -0.7678770628997196]
CONV = [-0.16804444268211202, 0.3664398307778002, -1.121825686379801, 0.49455851812658064]
SWIN_LAST = [0.958863330344363, -0.013110769320790285]
ORIG = [
    [0.35784758194205274, -0.7304099766984997, -0.9303125718356524],
    [-0.549015957933716, -0.6877821431944252, -0.927539789816546],
]
LEFT = [0.23561951764778702, -0.4336765335605321]


def fill_one(key: str, shape: tuple[int, ...], system: System = "bopbtl", net: str = "detection") -> np.ndarray:
    return filled({key: torch.zeros(shape)}, system, net)[key].numpy()


@pytest.mark.parametrize(
    ("key", "shape", "expected"),
    [
        ("first.1.bias", (3,), 0.1 * np.array(FIRST_BIAS)),
        ("down_path.0.block.2.weight", (3,), 1.0 + 0.1 * np.array(NORM_WEIGHT)),
        ("x.running_var", (3,), 1.0 + 0.1 * np.abs(VARIANCE)),
        ("x.conv.weight", (2, 2, 1, 1), np.array(CONV).reshape(2, 2, 1, 1)),  # sqrt(2 / 2) = 1
    ],
)
def test_each_kind_of_tensor_is_drawn_and_scaled_by_the_rule(
    key: str, shape: tuple[int, ...], expected: np.ndarray
) -> None:
    assert np.array_equal(fill_one(key, shape), expected.astype(np.float32))


def test_fan_in_counts_everything_behind_the_first_axis() -> None:
    narrow = fill_one("w.weight", (4, 2))
    assert narrow.std() > 0.5
    assert np.allclose(fill_one("w.weight", (1, 2, 4, 1)).ravel(), narrow.ravel() * np.sqrt(2 / 8), rtol=1e-6)


@pytest.mark.parametrize(
    ("system", "net", "key", "expected"),
    [
        ("bopbtl", "mapping_scratch", "NL.theta.weight", 0.3),
        ("bopbtl", "mapping_scratch", "NL.phi.weight", 0.3),
        ("bopbtl", "mapping_scratch", "NL.phi.bias", 1.0),
        ("bopbtl", "mapping_scratch", "NL.g.weight", 1.0),
        ("mropm", "netS", "correlation_block.theta.weight", 0.35),
        ("mropm", "netMR", "refinement_net.model.model.3.weight", 0.03),
        ("rtn", "rtn", "spynet.update_block.flow_head.conv2.bias", 0.03),
        ("rtn", "raft", "update_block.flow_head.conv2.weight", 0.03),
        ("rtn", "raft", "update_block.flow_head.conv1.weight", 1.0),
        ("rtn", "rtn", "backward_resblocks.conv_last.bias", 0.3),
        ("rtn", "rtn", "conv_last.bias", 1.0),
    ],
)
def test_gains(system: System, net: str, key: str, expected: float) -> None:
    assert gain(key, system, net) == expected


def test_a_gain_is_applied_before_the_cast() -> None:
    expected = (0.3 * np.array(THETA)).astype(np.float32).reshape(2, 2, 1, 1)
    assert np.array_equal(fill_one("NL.theta.weight", (2, 2, 1, 1), net="mapping_scratch"), expected)


def test_a_branch_alone_is_filled_as_inside_the_film_network() -> None:
    alone = fill_one("conv_last.weight", (1, 2, 1, 1), "rtn", "swin")
    inside = fill_one("forward_resblocks.conv_last.weight", (1, 2, 1, 1), "rtn", "rtn")
    assert np.array_equal(alone, inside)
    assert np.array_equal(alone.ravel(), (0.3 * np.array(SWIN_LAST)).astype(np.float32))


def test_constants_counters_and_index_buffers_are_left_to_the_constructor() -> None:
    index = torch.arange(6).reshape(2, 3)
    mask = torch.full((1, 2, 2), -100.0)
    state = filled(
        {
            "a.filt": torch.zeros(2, 1, 3, 3),
            "a.num_batches_tracked": torch.tensor(7),
            "a.relative_position_index": index,
            "a.attn_mask": mask,
        },
        "rtn",
        "rtn",
    )
    assert list(state) == ["a.filt", "a.num_batches_tracked", "a.relative_position_index", "a.attn_mask"]
    assert np.array_equal(state["a.filt"].numpy(), np.stack([BINOMIAL[None]] * 2).astype(np.float32))
    assert BINOMIAL[1].tolist() == [0.125, 0.25, 0.125]
    assert state["a.num_batches_tracked"].dtype == torch.int64
    assert int(state["a.num_batches_tracked"]) == 0
    assert torch.equal(state["a.relative_position_index"], index)
    assert torch.equal(state["a.attn_mask"], mask)


def test_spectral_vectors_are_the_leading_singular_vectors() -> None:
    shapes = {"w.weight_orig": torch.zeros(2, 3), "w.weight_u": torch.zeros(2), "w.weight_v": torch.zeros(3)}
    state = filled(shapes, "bopbtl", "face")
    matrix = (np.array(ORIG) * np.sqrt(2 / 3)).astype(np.float32).astype(np.float64)
    left, _, right = np.linalg.svd(matrix)
    sign = np.sign(np.dot(left[:, 0], LEFT))  # iterations keep the side they start on
    assert np.array_equal(state["w.weight_orig"].numpy(), matrix.astype(np.float32))
    assert np.allclose(state["w.weight_u"].numpy(), sign * left[:, 0], atol=1e-4)
    assert np.allclose(state["w.weight_v"].numpy(), sign * right[0], atol=1e-4)


def test_twenty_rounds_and_no_more() -> None:
    """Where the two largest singular values are close, the vectors still depend on the number of rounds."""
    shapes = {"c.weight_orig": torch.zeros(40, 40), "c.weight_u": torch.zeros(40), "c.weight_v": torch.zeros(40)}
    state = filled(shapes, "bopbtl", "face")
    matrix = state["c.weight_orig"].numpy().astype(np.float64)
    u = fill_one("c.weight_u", (40,)).astype(np.float64)
    by_rounds = {}
    for rounds in range(1, 23):
        v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
        u = matrix @ v / np.linalg.norm(matrix @ v)
        by_rounds[rounds] = (u, v)
    errors = {n: np.abs(u - state["c.weight_u"].numpy()).max() for n, (u, _) in by_rounds.items()}
    assert errors[20] < 1e-6
    assert min(errors[19], errors[21]) > 1e-5
    assert np.allclose(state["c.weight_v"].numpy(), by_rounds[20][1], atol=1e-6)


def test_spectral_norms_of_the_film_critic() -> None:
    """The largest singular values as stored, with 30 rounds, by the films' own code (``disc_v2``, first two layers)."""
    shapes: dict[str, Any] = {}
    for key, shape in {"conv.0": (64, 3, 3, 5, 5), "conv.2": (128, 64, 3, 5, 5)}.items():
        shapes[f"{key}.weight_orig"] = torch.zeros(shape)
        shapes[f"{key}.weight_u"] = torch.zeros(shape[0])
        shapes[f"{key}.weight_v"] = torch.zeros(int(np.prod(shape[1:])))
    state = {key: tensor.double() for key, tensor in filled(shapes, "rtn", "disc_v2").items()}
    norms = [
        float(state[f"{key}.weight_u"] @ state[f"{key}.weight_orig"].flatten(1) @ state[f"{key}.weight_v"])
        for key in ("conv.0", "conv.2")
    ]
    assert norms == pytest.approx([2.189875464696659, 1.612642289910699], abs=1e-9)


def test_a_norm_with_two_names_has_the_values_of_the_second() -> None:
    shapes = {"cnet.layer2.0.norm3.weight": torch.zeros(3), "cnet.layer2.0.downsample.1.weight": torch.zeros(3)}
    state = filled(shapes, "rtn", "raft")
    second = fill_one("cnet.layer2.0.downsample.1.weight", (3,), "rtn", "raft")
    assert np.array_equal(state["cnet.layer2.0.norm3.weight"].numpy(), second)
    assert np.array_equal(state["cnet.layer2.0.downsample.1.weight"].numpy(), second)


def test_a_network_is_not_changed_by_being_filled() -> None:
    network = build("bopbtl-vae")
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    state = filled(network, "bopbtl", "vae")
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())
    assert list(state) == list(to_official(network))
    assert all(tensor.dtype == torch.float32 for tensor in state.values())
