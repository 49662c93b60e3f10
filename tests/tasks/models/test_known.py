"""The catalogue of weights holds together, and says of the networks what is so."""

import torch

from oldphoto_core.networks import registry
from tasks.models.fetch import apart, by_home, companions
from tasks.models.known import MODELS, PUBLISHED


def test_members_of_one_archive_cannot_be_taken_for_one_another() -> None:
    places = [(model.home, f"/{model.member or ''}") for model in PUBLISHED]
    for home, member in places:
        assert sum(other_home == home and other.endswith(member) for other_home, other in places) == 1


def test_each_has_a_file_and_each_home_is_one_download() -> None:
    assert len({model.file for model in MODELS.values()}) == len(MODELS)
    assert len(PUBLISHED) == 11
    assert [len(group) for group in by_home(PUBLISHED)] == [7, 2, 1, 1]
    face = next(model for model in PUBLISHED if model.name == "bopbtl-face-256")
    assert {model.name for model in companions([face])} == {"bopbtl-face-512"}


def test_what_is_fetched_is_by_others_and_what_is_shipped_is_ours() -> None:
    fetched, shipped = apart(MODELS.values())
    assert {model.family for model in fetched} == {"official"}
    assert {model.family for model in shipped} == {"own"}
    assert len(fetched) + len(shipped) == len(MODELS)
    assert all(model.name.startswith(("own-", "mropm-compact", "rtn-compact")) and model.limits for model in shipped)


def test_networks_are_in_the_registry_and_have_as_many_parameters_as_said() -> None:
    with torch.device("meta"):
        counts = {
            model.name: sum(
                one.numel() for name in model.network.split(" + ") for one in registry.build(name).parameters()
            )
            for model in PUBLISHED
            if model.network
        }
    assert counts == {model.name: model.parameters for model in PUBLISHED if model.network}
    assert len(counts) == 10
