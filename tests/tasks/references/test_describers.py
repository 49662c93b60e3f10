"""Describers by name: ours are at hand, others say what is missing."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from oldphoto_core.references.errors import DescriberError
from oldphoto_core.references.similarity import FITTED_FOR
from tasks.models.installed import digest_of
from tasks.references.describers import DEFAULT_DESCRIBER, DESCRIBERS, describer_named
from tasks.references.transformers import transformer_eye


def test_the_default_is_loaded_once_and_names_its_weights() -> None:
    describer = describer_named(DEFAULT_DESCRIBER)
    assert describer is describer_named(DEFAULT_DESCRIBER)
    assert (describer.name, describer.weights_sha256) == (DEFAULT_DESCRIBER, None)
    assert describer_named("together").weights_sha256 == digest_of("own-texture")
    photo = np.random.default_rng(0).random((48, 64, 3)).astype(np.float32)
    vector = describer.describe(photo).whole
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-3)


def test_the_curves_of_similarity_are_those_of_the_shipped_weights() -> None:
    # Fails when own-texture is trained anew: its cosines have another mean then, and the curves must be fitted again.
    assert digest_of("own-texture") == FITTED_FOR


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(DescriberError, match=", ".join(DESCRIBERS)):
        describer_named("sift")


def test_weights_that_are_not_those_of_the_set_are_refused() -> None:
    with pytest.raises(DescriberError, match="cannot be compared"):
        describer_named("own", weights_sha256="0" * 64)


@pytest.mark.parametrize("name", ["dinov2", "clip"])
def test_without_timm_the_message_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(DescriberError, match=r"pip install 'oldphoto\[references\]'"):
        transformer_eye(name)


class Stand(torch.nn.Module):
    """Has what of a transformer of timm is used."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))
        self.pretrained_cfg = {"mean": (0.5, 0.5, 0.5), "std": (0.25, 0.25, 0.25)}
        self.num_prefix_tokens = 1
        self.patch_embed = SimpleNamespace(patch_size=(8, 8))

    def forward_features(self, picture: torch.Tensor) -> torch.Tensor:
        count = picture.shape[2] // 8 * (picture.shape[3] // 8)
        return torch.ones(1, 1 + count, 3)


def test_what_timm_gives_is_wrapped_with_its_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def create_model(name: str, **options: Any) -> Stand:
        asked.append((name, options["pretrained"]))
        return Stand()

    monkeypatch.setitem(sys.modules, "timm", SimpleNamespace(create_model=create_model))
    eye = transformer_eye("dinov2")
    assert asked == [("vit_small_patch14_dinov2.lvd142m", True)]
    assert (eye.patch_px, eye.mean, eye.deviation) == (8, (0.5,) * 3, (0.25,) * 3)
    assert eye.tokens(torch.zeros(1, 3, 16, 24)).shape == (1, 6, 3)
    assert len(eye.weights_sha256 or "") == 64


def test_weights_that_cannot_be_had_are_an_error_one_can_act_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def create_model(*_: object, **__: object) -> None:
        raise RuntimeError("no such tag")

    monkeypatch.setitem(sys.modules, "timm", SimpleNamespace(create_model=create_model))
    with pytest.raises(DescriberError, match="no such tag"):
        transformer_eye("clip")
