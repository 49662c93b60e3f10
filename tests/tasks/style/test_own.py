"""The style network that comes with the package: found, loaded once, and refused where it is missing."""

from pathlib import Path

import numpy as np
import pytest

from tasks.models.errors import ModelError
from tasks.models.installed import file_digest
from tasks.models.shipped import SHIPPED
from tasks.style.own import STYLE, own_style

there = pytest.mark.skipif(
    not (SHIPPED / f"{STYLE}.safetensors").is_file(), reason=f"this copy ships no weights of {STYLE}"
)


@there
def test_it_is_loaded_once_and_names_its_weights() -> None:
    made = own_style()
    assert made is own_style()
    assert made.digest == file_digest(SHIPPED / f"{STYLE}.safetensors")


@there
def test_it_brings_a_faded_print_nearer_to_its_reference_and_leaves_structure() -> None:
    rng = np.random.default_rng(0)
    fresh = np.clip(np.cumsum(np.cumsum(rng.normal(0.0, 0.012, (96, 128, 3)), axis=0), axis=1) / 3 + 0.5, 0.05, 0.95)
    faded = (0.45 * fresh + np.array([0.45, 0.38, 0.28])).astype(np.float32)
    found = own_style().apply(faded, [fresh.astype(np.float32)])
    before, after = (float(np.square(one - fresh).mean()) for one in (faded, found.photo))
    assert after < 0.7 * before


def test_weights_that_are_not_there_are_missed(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        own_style(tmp_path)
