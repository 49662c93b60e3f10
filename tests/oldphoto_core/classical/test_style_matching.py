"""Matching: the right one of many, in any order, or none."""

import dataclasses

import numpy as np
import pytest

from oldphoto_core.classical.references import ReferenceRegion, ReferenceStyle
from oldphoto_core.classical.style_features import FEATURES
from oldphoto_core.classical.style_matching import match_regions
from oldphoto_core.classical.style_settings import StyleSettings

OPEN = StyleSettings(min_similarity=0.0)


def reference(name: str, *rows: np.ndarray) -> ReferenceStyle:
    """Return a reference whose regions have the given descriptors."""
    regions = tuple(
        ReferenceRegion(
            share=1.0 / len(rows),
            features=tuple(row.tolist()),
            lab_mean=(50.0, 0.0, float(index)),
            lab_spread=(10.0, 5.0, 5.0),
        )
        for index, row in enumerate(rows)
    )
    return ReferenceStyle(reference_id=name, darkest=(0.0,) * 3, lightest=(1.0,) * 3, regions=regions)


def library(count: int = 30) -> list[ReferenceStyle]:
    rng = np.random.default_rng(0)
    return [reference(f"{index:064x}", *rng.random((4, FEATURES))) for index in range(count)]


def test_a_picture_finds_itself_and_its_own_regions() -> None:
    styles = library()
    wanted = styles[17]
    features = np.array([region.features for region in wanted.regions])
    matches = match_regions(features, np.full(4, 0.25), styles, OPEN)
    for index, match in enumerate(matches):
        assert match is not None
        assert match.reference is wanted
        assert match.region is wanted.regions[index]
        assert match.similarity > 0.99


def test_order_and_repetition_of_references_do_not_matter() -> None:
    styles = library()
    features = np.random.default_rng(1).random((5, FEATURES))
    shares = np.full(5, 0.2)
    first = match_regions(features, shares, styles, OPEN)
    assert match_regions(features, shares, [*styles[::-1], *styles[3:9]], OPEN) == first


def test_nearer_is_more_alike_and_far_is_refused() -> None:
    base = np.full((1, FEATURES), 0.5)
    found = []
    for shift in (0.0, 0.05, 0.1, 0.3):
        match = match_regions(base, np.ones(1), [reference("a" * 64, base[0] + shift)], OPEN)[0]
        assert match is not None
        found.append(match.similarity)
    assert found == sorted(found, reverse=True)
    strict = dataclasses.replace(OPEN, min_similarity=found[1])
    assert match_regions(base, np.ones(1), [reference("a" * 64, base[0] + 0.1)], strict) == (None,)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_pictures_are_used_than_allowed_and_the_best_set_is_grown(limit: int) -> None:
    rng = np.random.default_rng(2)
    features = rng.random((4, FEATURES))
    styles = [reference(f"{index:064x}", features[index] + 0.01, *rng.random((1, FEATURES))) for index in range(4)]
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    matches = match_regions(features, shares, styles, dataclasses.replace(OPEN, max_references=limit))
    used = {match.reference.reference_id for match in matches if match is not None}
    assert 1 <= len(used) <= limit


def test_no_references_match_nothing() -> None:
    assert match_regions(np.zeros((2, FEATURES)), np.full(2, 0.5), [], OPEN) == (None, None)
