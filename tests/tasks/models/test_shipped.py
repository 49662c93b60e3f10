"""What really lies in the package: every shipped file loads, is small, and is the one that its card names."""

from pathlib import Path

import pytest
import torch
from torch import nn

from oldphoto_core.networks.compact.colour import ColourRestorer
from oldphoto_core.networks.compact.damage import DamageHead
from oldphoto_core.networks.compact.load import load_compact, metadata_of
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.style_merge import StyleMerger
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.rtn.film import FilmRestorer
from tasks.models.cards import TOLD
from tasks.models.installed import check_digests, file_digest
from tasks.models.ledger import read_ledger
from tasks.models.own import OWN
from tasks.models.shipped import MOST_BYTES, MOST_BYTES_TOGETHER, SHIPPED, card_path

FILES = sorted(SHIPPED.glob("*.safetensors"))
KINDS: dict[str, type[nn.Module]] = {
    one.__name__: one for one in (ColourRestorer, TextureRestorer, ScratchMask, DamageHead, StyleMerger, FilmRestorer)
}


def test_files_cards_and_ledger_name_the_same_models(tmp_path: Path) -> None:
    names = {path.stem for path in FILES}
    assert names == set(read_ledger(SHIPPED)) == {path.stem for path in SHIPPED.glob("*.md")}
    assert names <= {model.name for model in OWN}
    assert all(check.verdict == "pass" for check in check_digests(tmp_path))
    assert sum(path.stat().st_size for path in FILES) <= MOST_BYTES_TOGETHER


def test_every_own_network_is_one_that_can_be_loaded() -> None:
    assert {model.network for model in OWN} == set(KINDS)
    assert len({model.file for model in OWN}) == len(OWN)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_loads_is_small_and_is_the_one_its_card_names(path: Path) -> None:
    model = next(one for one in OWN if one.name == path.stem)
    network = load_compact(path, KINDS[str(model.network)])
    assert any(bool(torch.any(value != 0)) for value in network.parameters())
    assert path.stat().st_size <= MOST_BYTES
    told, card = metadata_of(path), card_path(path.stem).read_text("utf-8")
    assert set(TOLD) <= set(told)
    for words in (file_digest(path), told["data_digest"], told["code_version"], *model.limits):
        assert words in card
