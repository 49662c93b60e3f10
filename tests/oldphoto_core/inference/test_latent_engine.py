"""The engine of networks: which networks it asks, what it looks at, what becomes of faces."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from face_layouts import face_at, smooth_photo
from tiny_latent import chooser, detector

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, DamageReport, Finding
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.faces.align import DetectedFace
from oldphoto_core.image import Mask, Photo, from_bytes8, to_bytes8
from oldphoto_core.inference.engine import CLASSICAL, NoDetectorError
from oldphoto_core.inference.latent import Machine, find_scratches, translate
from oldphoto_core.inference.latent_engine import FaceNetworks, LatentEngine
from oldphoto_core.inference.latent_settings import LatentSettings
from oldphoto_core.inference.official import OfficialNetworks, official_mask, official_quality, official_scratch
from oldphoto_core.inference.official_pixels import resized_for_detection
from oldphoto_core.inference.photo import Restoration, restore
from oldphoto_core.inference.plan import PlannedStep, RestoreSettings
from oldphoto_core.networks.bopbtl.translate import Translator

CPU = torch.device("cpu")
GENTLE = 0.03
"""At this strength networks of chance do no harm that counts."""


@dataclass
class Asked:
    """Gives networks as an engine's field does, and remembers for what it was asked."""

    give: Callable[[bool], Translator] = field(default_factory=chooser)
    fills: list[bool] = field(default_factory=list)

    def __call__(self, fills: bool) -> Translator:  # noqa: FBT001 - as the engine calls it
        self.fills.append(fills)
        return self.give(fills)


def report(*kinds: DamageKind) -> DamageReport:
    findings = {kind: Finding(0.95 if kind in kinds else 0.02, 0.4) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=0.0, measures={})


def cat(height: int = 96, width: int = 128) -> Photo:
    return cv2.resize(from_bytes8(skimage.data.chelsea()), (width, height), interpolation=cv2.INTER_AREA)


def scratch(height: int = 96, width: int = 128) -> Mask:
    mask = np.zeros((height, width), dtype=bool)
    mask[height // 2 : height // 2 + 3, 10:-10] = True
    return mask


def no_mask(height: int = 96, width: int = 128) -> Mask:
    return np.zeros((height, width), dtype=bool)


def official(*, strength: float = 1.0, largest: float = 0.25, **latent: Any) -> RestoreSettings:
    return RestoreSettings(
        engine="official", strength=strength, largest_mask_share=largest, latent=LatentSettings(**latent)
    )


def restored(
    engine: LatentEngine,
    *kinds: DamageKind,
    settings: RestoreSettings,
    photo: Photo | None = None,
    mask: Mask | None = None,
) -> Restoration:
    photo = cat() if photo is None else photo
    mask = no_mask(*photo.shape[:2]) if mask is None else mask
    return restore(photo, report=report(*kinds), mask=mask, settings=settings, seed=1, engine=engine)


class TestTranslation:
    @pytest.mark.parametrize(
        ("kind", "mask", "fills"),
        [
            ("noise", no_mask(), False),
            ("noise", scratch(), False),
            ("scratch", scratch(), True),
            ("dust", no_mask(), False),
        ],
    )
    def test_the_damage_chooses_the_networks(self, kind: DamageKind, mask: Mask, *, fills: bool) -> None:
        asked = Asked()
        engine = LatentEngine(translator=asked, detector=None)
        result = restored(engine, kind, settings=official(strength=GENTLE), mask=mask)
        assert asked.fills == [fills]
        assert [(step.name, step.verdict) for step in result.steps] == [("translate", "applied")]
        expected = translate(
            cat(), mask, chooser()(fills), settings=LatentSettings(), machine=Machine(), strength=GENTLE
        )
        assert np.abs(result.photo - expected).max() < 1e-6
        assert result.changed

    def test_nothing_is_asked_when_nothing_is_wrong(self) -> None:
        asked = Asked()
        result = restored(LatentEngine(translator=asked, detector=detector), settings=official())
        assert asked.fills == []
        assert not result.changed

    def test_networks_that_do_harm_are_caught(self) -> None:
        result = restored(LatentEngine(translator=chooser(), detector=None), "noise", settings=official())
        assert [step.verdict for step in result.steps] == ["rejected"]
        assert np.array_equal(result.photo, cat())

    def test_tones_and_casts_stay_with_the_classical_steps(self) -> None:
        engine = LatentEngine(translator=Asked(), detector=None)
        for name in ("tone", "cast"):
            step = PlannedStep(name=name, because="fading", strength=0.9)  # type: ignore[arg-type]
            both = [
                one.apply(step, cat(), mask=scratch(), settings=official(), rng=np.random.default_rng(1))
                for one in (engine, CLASSICAL)
            ]
            assert np.array_equal(*both)

    def test_too_much_mask_is_a_reason(self) -> None:
        asked = Asked()
        engine = LatentEngine(translator=asked, detector=None)
        result = restored(engine, "scratch", settings=official(), mask=~no_mask())
        assert [step.verdict for step in result.steps] == ["rejected"]
        assert "covers 1.000" in result.steps[0].reason
        assert asked.fills == []

    def test_nothing_to_fill_from_is_a_reason(self) -> None:
        engine = LatentEngine(translator=chooser(patches=True), detector=None)
        result = restored(engine, "tear", settings=official(largest=1.0), mask=~no_mask())
        assert [step.verdict for step in result.steps] == ["rejected"]
        assert "nothing to fill from" in result.steps[0].reason
        assert np.array_equal(result.photo, cat())

    @pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 300), (65, 131)])
    def test_any_size(self, size: tuple[int, int]) -> None:
        engine = LatentEngine(translator=chooser(), detector=detector)
        photo = np.random.default_rng(1).random((*size, 3), dtype=np.float32)
        result = restored(engine, "noise", "scratch", settings=official(largest=1.0), photo=photo, mask=no_mask(*size))
        assert result.photo.shape == photo.shape
        assert bool(np.isfinite(result.photo).all())


class TestScratches:
    def test_what_the_network_sees_joins_the_mask(self) -> None:
        network = biased(cat())
        engine = LatentEngine(translator=chooser(), detector=lambda: network)
        result = restored(engine, "scratch", settings=official(largest=1.0), mask=scratch())
        found = find_scratches(cat(), network, probability=0.4, device=CPU)
        assert 0.001 < found.mean() < 0.5
        assert np.array_equal(result.mask, scratch() | found)
        assert not np.array_equal(result.mask, scratch())
        sure = official(largest=1.0, scratch_probability=0.999999)
        assert np.array_equal(restored(engine, "scratch", settings=sure, mask=scratch()).mask, scratch())

    @pytest.mark.parametrize(
        ("kind", "latent"), [("noise", {}), ("scratch", {"find_scratches": False}), ("fading", {})]
    )
    def test_it_does_not_look_where_it_is_not_asked_to(self, kind: DamageKind, latent: dict[str, Any]) -> None:
        def never() -> Any:
            raise AssertionError("the detector was asked for")

        engine = LatentEngine(translator=chooser(), detector=never)
        result = restored(engine, kind, settings=official(strength=GENTLE, **latent), mask=scratch())
        assert np.array_equal(result.mask, scratch())

    def test_without_the_network_the_mask_of_the_report_must_do(self) -> None:
        engine = LatentEngine(translator=chooser(), detector=None)
        assert np.array_equal(restored(engine, "scratch", settings=official(), mask=scratch()).mask, scratch())


def networks(*, fills: bool, patches: bool = False) -> OfficialNetworks:
    made = chooser(patches=patches)(fills)
    return OfficialNetworks(made.old, made.mapping, made.clean)


class TestOfficialCompat:
    @pytest.mark.parametrize("size", [(96, 128), (98, 131)])
    def test_quality_is_the_authors_own_result_good_or_bad(self, size: tuple[int, int]) -> None:
        engine = LatentEngine(translator=chooser(), detector=detector)
        result = restored(engine, "noise", settings=official(official_compat=True), photo=cat(*size))
        assert [(step.verdict, step.reason) for step in result.steps] == [("applied", "")]
        saved = official_quality(to_bytes8(cat(*size)), networks(fills=False)).saved
        if saved.shape[:2] != size:
            saved = cv2.resize(saved, size[::-1], interpolation=cv2.INTER_CUBIC)
        assert np.array_equal(result.photo, from_bytes8(saved))
        assert float(np.abs(result.photo - cat(*size)).mean()) > 0.1  # harm, and nobody stopped it

    @pytest.mark.parametrize("patches", [False, True])
    @pytest.mark.parametrize("size", [(96, 128), (98, 131)])
    def test_scratches_are_found_and_filled_as_the_authors_do(self, size: tuple[int, int], *, patches: bool) -> None:
        engine = LatentEngine(translator=chooser(patches=patches), detector=lambda: biased(cat(*size)))
        settings = official(official_compat=True, patch_attention=patches, largest=1.0)
        result = restored(engine, "scratch", settings=settings, photo=cat(*size))
        image = to_bytes8(cat(*size))
        found = official_mask(image, biased(cat(*size)))
        assert 0.0 < found.mask.mean() / 255.0 < 0.5
        saved = official_scratch(found.resized, found.mask, networks(fills=True, patches=patches), hr=patches).saved
        if saved.shape[:2] != size:
            saved = cv2.resize(saved, size[::-1], interpolation=cv2.INTER_CUBIC)
        assert [(step.verdict, step.reason) for step in result.steps] == [("applied", "")]
        assert np.array_equal(result.photo, from_bytes8(saved))

    def test_a_hand_drawn_mask_is_used_in_its_place(self) -> None:
        engine = LatentEngine(translator=chooser(), detector=detector)
        settings = official(official_compat=True, find_scratches=False)
        result = restored(engine, "scratch", settings=settings, mask=scratch())
        holes = scratch().astype(np.uint8) * 255
        image = resized_for_detection(to_bytes8(cat()), "full_size")
        assert np.array_equal(result.photo, from_bytes8(official_scratch(image, holes, networks(fills=True)).saved))

    def test_what_the_scripts_crash_on_is_refused_by_name(self) -> None:
        engine = LatentEngine(translator=chooser(), detector=detector)
        photo = np.full((1, 1, 3), 0.5, dtype=np.float32)
        for kind in ("noise", "scratch"):
            with pytest.raises(PhotoShapeError, match="a side of 1 pixels"):
                restored(engine, kind, settings=official(official_compat=True), photo=photo)  # type: ignore[arg-type]


def biased(photo: Photo) -> Any:
    """Return the detector with its last bias so that it finds about a twentieth of this picture."""
    network = detector()
    logits = official_mask(to_bytes8(photo), network).logits
    with torch.no_grad():
        network.last[1].bias += float(np.log(0.4 / 0.6)) - float(np.quantile(logits, 0.95))  # type: ignore[operator]
    return network


@dataclass(frozen=True)
class Finds:
    faces: tuple[DetectedFace, ...]

    def __call__(self, photo: Photo) -> tuple[DetectedFace, ...]:
        del photo
        return self.faces


class TestFaces:
    FACES = (face_at(0.5, 10.0, (160.0, 150.0)), face_at(0.1, 0.0, (60.0, 60.0)))

    def engine(self, faces: tuple[DetectedFace, ...] = FACES) -> LatentEngine:
        found = FaceNetworks(detector=Finds(faces), generator=lambda batch: batch * 0.5, side_px=256)
        return LatentEngine(translator=chooser(), detector=None, faces=lambda: found)

    def test_one_outcome_each_with_its_box(self) -> None:
        photo = smooth_photo(300, 320)
        result = restored(self.engine(), "blur", settings=official(strength=GENTLE, faces=True), photo=photo)
        outcomes = [step for step in result.steps if step.name == "face"]
        assert [step.name for step in result.steps] == ["translate", "face", "face"]
        assert [(step.verdict, step.reason) for step in outcomes] == [("applied", ""), ("rejected", "too-small")]
        for step, face in zip(outcomes, self.FACES, strict=True):
            box = face.box
            expected = {
                "left_px": box.left_px,
                "top_px": box.top_px,
                "width_px": box.width_px,
                "height_px": box.height_px,
                "score": 0.9,
            }
            assert {name: step.measures[name] for name in expected} == expected
        assert outcomes[0].measures["mean_change"] > 0.0
        assert outcomes[1].measures["mean_change"] == 0.0

    def test_only_faces_on_request(self) -> None:
        photo = smooth_photo(300, 320)
        result = restored(self.engine(), "blur", settings=official(strength=GENTLE), photo=photo)
        assert [step.name for step in result.steps] == ["translate"]

    def test_no_face_no_outcome(self) -> None:
        result = restored(self.engine(()), "blur", settings=official(strength=GENTLE, faces=True))
        assert [step.name for step in result.steps] == ["translate"]

    def test_without_the_weights_it_is_recorded_as_skipped(self) -> None:
        engine = LatentEngine(translator=chooser(), detector=None)
        result = restored(engine, "blur", settings=official(strength=GENTLE, faces=True))
        assert (result.steps[1].name, result.steps[1].verdict) == ("face", "rejected")
        assert result.steps[1].reason.startswith("no detector")
        assert "oldphoto models fetch" in result.steps[1].reason
        assert result.steps[1].measures == {}
        assert result.changed  # the translation counts all the same

    def test_the_advice_names_the_generator_of_the_size_asked_for(self) -> None:
        engine = LatentEngine(translator=chooser(), detector=None)
        for side in (256, 512):
            with pytest.raises(NoDetectorError, match=f"fetch yunet bopbtl-face-{side}"):
                engine.mend_faces(cat(), official(faces=True, face_side_px=side))
