"""Members and pictures that the tests of this folder share."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from skimage import data

from oldphoto_core.dedupe.fingerprint import Fingerprint
from oldphoto_core.dedupe.records import Member
from oldphoto_core.image import Photo, from_bytes8

MakeMember = Callable[..., Member]


@pytest.fixture(scope="session")
def make_member() -> MakeMember:
    def make(
        name: str,
        words: Sequence[int] = (0,) * 42,
        *,
        relief: float = 0.2,
        digest: str | None = None,
        sha256: str | None = None,
        size_px: tuple[int, int] = (10, 10),
        bit_depth: int = 8,
        sharpness: float = 1.0,
        known: bool = False,
    ) -> Member:
        return Member(
            id=name,
            sha256=name if sha256 is None else sha256,
            pixel_digest=name if digest is None else digest,
            fingerprint=Fingerprint.from_words(words, relief=relief),
            width_px=size_px[0],
            height_px=size_px[1],
            bit_depth=bit_depth,
            sharpness=sharpness,
            known=known,
        )

    return make


@pytest.fixture(scope="session")
def woman() -> Photo:
    return from_bytes8(np.ascontiguousarray(data.astronaut()))


@pytest.fixture(scope="session")
def cup() -> Photo:
    return from_bytes8(np.ascontiguousarray(data.coffee()))


@pytest.fixture(scope="session")
def cat() -> Photo:
    return from_bytes8(np.ascontiguousarray(data.chelsea()))


@pytest.fixture(scope="session")
def stereo() -> tuple[Photo, Photo]:
    """One room from two viewpoints."""
    left, right, _ = data.stereo_motorcycle()
    return from_bytes8(np.ascontiguousarray(left)), from_bytes8(np.ascontiguousarray(right))
