"""The gate: no licence, no reference; of pictures that show the same only the best."""

import numpy as np
import pytest
from skimage.data import astronaut, coffee

from oldphoto_core.dedupe.digest import pixel_digest
from oldphoto_core.dedupe.fingerprint import fingerprint
from oldphoto_core.dedupe.records import DedupeSettings, Match, Member
from oldphoto_core.image import LUMA, from_bytes8
from oldphoto_core.references.gate import REFUSALS, copies_refused, licence_verdict, quality_verdict


@pytest.mark.parametrize("licence", [None, "", "  \t"])
def test_without_a_licence_no_picture_passes(licence: str | None) -> None:
    assert licence_verdict(licence) == "no-licence"
    assert licence_verdict("CC BY 4.0") is None


def test_looks_are_judged_and_every_reason_has_its_words() -> None:
    photo = from_bytes8(astronaut())
    assert quality_verdict(photo) is None
    assert quality_verdict(np.repeat((photo @ LUMA)[..., None], 3, axis=2)) == "monochrome"
    assert all(words for words in REFUSALS.values())


def member(name: str, pixels: np.ndarray, *, width: int) -> Member:
    small = from_bytes8(np.ascontiguousarray(pixels))
    return Member(
        id=name, sha256=name, pixel_digest=pixel_digest(small), fingerprint=fingerprint(small),
        width_px=width, height_px=width, bit_depth=0, sharpness=1.0, known=False,
    )  # fmt: skip


def test_the_largest_of_several_copies_stays() -> None:
    cup = coffee()[:256, :256]
    members = [
        member("large", astronaut()[:256, :256], width=900),
        member("small", astronaut()[:250, :250], width=300),
        member("cup", cup, width=500),
        member("again", cup, width=400),
    ]
    proven = Match(a="large", b="small", relation="near", distance=3, transform="identity", inliers=60, overlap=0.98)
    assert copies_refused(members, [proven], DedupeSettings()) == {
        "small": ("near-duplicate", "large"),
        "again": ("same-picture", "cup"),
    }
