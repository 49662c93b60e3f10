from collections.abc import Callable

import cv2
import numpy as np
import pytest

from oldphoto_core.dedupe.features import extract_features
from oldphoto_core.dedupe.orientation import ORIENTATIONS, Orientation, inverse, orient
from oldphoto_core.dedupe.records import Candidate, DedupeSettings, Match
from oldphoto_core.dedupe.verify import told_apart, verify
from oldphoto_core.image import LUMA, Photo, from_bytes8, luma, to_bytes8

LIMITS = DedupeSettings()
Change = Callable[[Photo], np.ndarray]


def checked(
    a: np.ndarray, b: np.ndarray, transform: Orientation = "identity", limits: DedupeSettings = LIMITS
) -> Match | None:
    pair = Candidate(a="a", b="b", distance=11, transform=transform)
    photos = (np.ascontiguousarray(photo, dtype=np.float32) for photo in (a, b))
    return verify(next(photos), next(photos), pair, limits)


def recompressed(photo: Photo) -> np.ndarray:
    _, file = cv2.imencode(".jpg", to_bytes8(photo), [cv2.IMWRITE_JPEG_QUALITY, 15])
    return from_bytes8(cv2.imdecode(file, cv2.IMREAD_COLOR))


def toned(photo: Photo) -> np.ndarray:
    return (0.3 + 0.5 * (photo @ LUMA)[..., None] ** 1.8 * np.array([1.0, 0.9, 0.7])).astype(np.float32)


def askew(photo: Photo) -> np.ndarray:
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4.0, 0.9)
    return cv2.warpAffine(photo, turn, (width, height), borderValue=(0.9, 0.9, 0.9))


def grainy(photo: Photo) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0.0, 0.08, photo.shape[:2])
    return np.clip(photo + noise[..., None], 0.0, 1.0)


COPIES: dict[str, Change] = {
    "crop": lambda photo: photo[: photo.shape[0] * 4 // 5, photo.shape[1] // 10 :],
    "border": lambda photo: np.pad(photo, ((70, 40), (50, 90), (0, 0)), constant_values=0.95),
    "smaller": lambda photo: cv2.resize(photo, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA),
    "squeezed": lambda photo: cv2.resize(photo, (420, 420), interpolation=cv2.INTER_AREA),
    "jpeg": recompressed,
    "tone": toned,
    "askew": askew,
    "grain": grainy,
}


@pytest.mark.parametrize("change", COPIES)
def test_another_scan_of_the_print_is_a_copy(cup: Photo, change: str) -> None:
    match = checked(cup, COPIES[change](cup))
    assert match is not None
    assert (match.a, match.b, match.relation, match.distance) == ("a", "b", "near", 11)
    assert match.transform == "identity"
    assert match.inliers is not None
    assert match.inliers >= 50
    assert match.overlap == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_transform_is_measured_whatever_the_candidate_says(cat: Photo, orientation: Orientation) -> None:
    match = checked(cat, orient(cat, orientation))
    assert match is not None
    assert match.transform == orientation
    other_way = checked(orient(cat, orientation), cat, transform="mirror")
    assert other_way is not None
    assert other_way.transform == inverse(orientation)


def test_several_changes_at_once(woman: Photo) -> None:
    scan = orient(grainy(toned(COPIES["border"](COPIES["crop"](woman)))), "mirror-rotate-90")
    match = checked(woman, scan)
    assert match is not None
    assert match.transform == "mirror-rotate-90"


def test_different_pictures_are_no_copies(cup: Photo, cat: Photo, woman: Photo) -> None:
    assert checked(cup, cat) is None
    assert checked(cat, woman) is None


def test_two_crops_that_share_little_are_no_copies(cup: Photo) -> None:
    assert checked(cup[:, :390], cup[:, 210:]) is None
    assert checked(cup[:, :500], cup[:, 100:]) is not None


def test_a_detail_of_another_picture_in_the_corner_is_no_copy(cup: Photo, cat: Photo) -> None:
    stamped = [photo.copy() for photo in (cup, cat)]
    stamp = np.random.default_rng(0).random((12, 20, 1)).astype(np.float32).repeat(6, axis=0).repeat(6, axis=1)
    for photo in stamped:
        photo[:72, :120] = stamp
    assert checked(*stamped) is None


def test_two_pictures_in_one_album_frame_are_no_copies(cup: Photo, woman: Photo) -> None:
    rng = np.random.default_rng(0)
    ornament = rng.random((50, 70, 1)).astype(np.float32).repeat(12, axis=0).repeat(12, axis=1)
    pages = [np.repeat(ornament, 3, axis=2) for _ in range(2)]
    for page, photo in zip(pages, (cup, woman[:400, :500]), strict=True):
        page[80:-80, 80:-80] = cv2.resize(photo, (680, 440), interpolation=cv2.INTER_AREA)
    assert checked(*pages) is None


def test_two_viewpoints_of_one_room_are_no_copies(stereo: tuple[Photo, Photo]) -> None:
    assert checked(*stereo) is None
    assert checked(stereo[0], toned(stereo[0])) is not None


def test_displaced_features_are_excused_where_nearly_all_blocks_agree(cup: Photo, stereo: tuple[Photo, Photo]) -> None:
    scan = grainy(cup)
    assert checked(cup, scan, limits=DedupeSettings(most_displaced=0.0)) is not None
    assert checked(cup, scan, limits=DedupeSettings(most_displaced=0.0, regular_likeness=1.0)) is None
    # Another viewpoint is refused for what moved together, too, however many displaced features are excused.
    assert checked(*stereo, limits=DedupeSettings(most_displaced=1.0)) is None


def test_a_sheared_picture_is_no_scan(cat: Photo) -> None:
    height, width = cat.shape[:2]
    tilt = np.array([[1.0, 0.35, 0.0], [0.0, 1.0, 0.0]])
    assert checked(cat, cv2.warpAffine(cat, tilt, (width + height // 3, height))) is None


def test_a_negative_is_no_copy(cup: Photo) -> None:
    assert checked(cup, 1.0 - cup) is None


@pytest.mark.parametrize("shape", [(16, 16), (1, 1), (1, 300), (900, 2)])
def test_degenerate_pictures_neither_crash_nor_match(shape: tuple[int, int]) -> None:
    black = np.zeros((*shape, 3), dtype=np.float32)
    assert checked(black, black) is None
    assert checked(black, black + 0.5) is None


def test_noise_of_the_smallest_size_does_not_crash() -> None:
    noise = np.random.default_rng(0).random((2, 16, 16, 3)).astype(np.float32)
    assert checked(noise[0], noise[1]) is None


def test_the_second_verdict_is_the_first(cup: Photo) -> None:
    assert checked(cup, askew(cup)) == checked(cup, askew(cup))


def test_settings_decide(cup: Photo) -> None:
    scan = np.ascontiguousarray(cup[:, 200:])
    pair = Candidate(a="a", b="b", distance=0, transform="identity")
    for strict in (
        DedupeSettings(least_inliers=100_000),
        DedupeSettings(least_likeness=1.0),
        DedupeSettings(least_spread=1.0),
    ):
        assert verify(cup, scan, pair, strict) is None
    assert luma(scan).shape == (400, 400)
    assert verify(cup, scan, pair, DedupeSettings()) is not None


def test_inliers_are_counted_exactly(cup: Photo) -> None:
    scan = grainy(askew(cup)).astype(np.float32)
    pair = Candidate(a="a", b="b", distance=0, transform="identity")
    match = verify(cup, scan, pair, DedupeSettings())
    assert match is not None
    assert match.inliers is not None
    assert verify(cup, scan, pair, DedupeSettings(least_inliers=match.inliers)) == match
    assert verify(cup, scan, pair, DedupeSettings(least_inliers=match.inliers + 1)) is None


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_crop_is_recovered(cup: Photo, orientation: Orientation) -> None:
    height, width = cup.shape[:2]
    part = cup[height // 10 : height * 9 // 10, width // 5 :]
    match = checked(cup, orient(part, orientation))
    assert match is not None
    assert match.b_on_a == pytest.approx((0.2, 0.1, 0.8, 0.8), abs=0.01)
    # On the part the whole covers everything.
    assert match.a_on_b == pytest.approx((0.0, 0.0, 1.0, 1.0), abs=0.01)
    back = checked(orient(part, orientation), cup)
    assert back is not None
    assert back.a_on_b == pytest.approx(match.b_on_a, abs=0.01)


@pytest.mark.parametrize("orientation", ["identity", "mirror", "mirror-rotate-90", "rotate-180"])
def test_a_border_shows_in_the_frame_on_the_scan(cup: Photo, orientation: Orientation) -> None:
    scan = orient(np.pad(cup, ((40, 0), (60, 0), (0, 0)), constant_values=0.95), orientation)
    match = checked(cup, scan)
    assert match is not None
    assert match.a_on_b is not None
    mask = np.zeros((cup.shape[0] + 40, cup.shape[1] + 60), dtype=bool)
    mask[40:, 60:] = True
    rows, columns = np.nonzero(orient(mask, orientation))
    height, width = orient(mask, orientation).shape
    frame = (columns.min() / width, rows.min() / height, np.ptp(columns) / width, np.ptp(rows) / height)
    assert match.a_on_b == pytest.approx(frame, abs=0.01)


def test_what_moved_tells_the_next_frame_a_stamp_does_not(cup: Photo) -> None:
    later = cup.copy()
    later[100:300, 330:530] = cup[100:300, 250:450]
    assert checked(cup, later) is None
    covered = cup.copy()
    covered[100:300, 330:530] = np.random.default_rng(0).random((20, 20, 1)).repeat(10, axis=0).repeat(10, axis=1)
    assert checked(cup, covered) is not None


def test_frames_are_told_apart_copies_and_strangers_are_not(cup: Photo, cat: Photo) -> None:
    later = cup.copy()
    later[100:300, 330:530] = cup[100:300, 250:450]
    seen, small = extract_features(cup), extract_features(cv2.resize(cup, None, fx=0.5, fy=0.5))
    assert told_apart(seen, extract_features(later), LIMITS)
    assert told_apart(extract_features(later[:, ::-1]), seen, LIMITS)
    for other in (seen, small, extract_features(toned(cup)), extract_features(cat), extract_features(cup[:, :90])):
        assert not told_apart(seen, other, LIMITS)


def test_one_mark_on_a_plain_and_on_a_busy_picture_makes_no_copy(cup: Photo) -> None:
    plain = np.linspace(0.2, 0.8, cup.shape[0], dtype=np.float32)[:, None, None].repeat(cup.shape[1], 1).repeat(3, 2)
    pages = [np.array(plain), cup.copy()]
    mark = np.random.default_rng(0).random((8, 40, 1)).astype(np.float32).repeat(10, axis=0).repeat(10, axis=1)
    for page in pages:
        page[200:280, 100:500] = mark
        page[:60, :60] = mark[:60, 60:120]
    assert checked(*pages) is None
    assert checked(pages[0], toned(pages[0])) is not None
