from collections.abc import Callable

import pytest

from oldphoto_core.dedupe.records import DedupeSettings, Member

MakeMember = Callable[..., Member]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("radius", -1),
        ("radius", 128),
        ("least_inliers", 2),
        ("most_stretch", 0.9),
        ("most_shear", 1.1),
        ("most_displaced", -0.1),
        ("regular_likeness", 1.01),
        ("least_relief", -0.1),
        ("least_overlap", 1.5),
        ("least_spread", float("nan")),
        ("least_likeness", 2.0),
    ],
)
def test_settings_that_compare_everything_or_nothing_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        DedupeSettings(**{field: value})  # type: ignore[arg-type]  # the fields have two types


def test_settings_can_be_a_key() -> None:
    assert len({DedupeSettings(), DedupeSettings(radius=17), DedupeSettings(radius=20)}) == 2


@pytest.mark.parametrize("fields", [{"size_px": (-1, 5)}, {"bit_depth": -8}, {"sharpness": float("nan")}])
def test_members_that_cannot_be_ranked_are_refused(make_member: MakeMember, fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="found"):
        make_member("a", **fields)


def test_pages_of_one_file_are_not_the_same_file(make_member: MakeMember) -> None:
    first, second = make_member("p1", sha256="s", digest="d1"), make_member("p2", sha256="s", digest="d2")
    assert not first.same_file(second)
    assert not first.same_picture(second)
    assert first.same_file(make_member("other key", sha256="s", digest="d1"))
    assert first.same_picture(make_member("other container", sha256="t", digest="d1"))
