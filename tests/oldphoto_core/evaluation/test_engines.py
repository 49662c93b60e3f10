"""Engines for comparisons: a step left out stays out, a step remembered is the step."""

from dataclasses import replace

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS, DamageReport, Finding
from oldphoto_core.evaluation.engines import EngineWithout, RememberingEngine
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import CLASSICAL, ClassicalEngine, Engine
from oldphoto_core.inference.photo import restore
from oldphoto_core.inference.plan import PlannedStep, RestoreSettings

MASK = np.zeros((64, 80), dtype=bool)
MASK[20:23, 10:60] = True
_SMOOTH = np.repeat(np.linspace(0.3, 0.6, 80, dtype=np.float32)[None, :, None], 64, axis=0).repeat(3, axis=2)
_GRAINY = _SMOOTH + np.random.default_rng(0).normal(0.0, 0.06, (64, 80, 3)).astype(np.float32)
PHOTO = np.where(MASK[..., None], np.float32(1.0), np.clip(_GRAINY, np.float32(0.0), np.float32(1.0)))


def report(**found: float) -> DamageReport:
    findings = {kind: Finding(found.get(kind, 0.0), found.get(kind, 0.0)) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=0.0, measures={})


class Counting(ClassicalEngine):
    """The classical engine; it counts what it does."""

    calls: list[str] = []  # noqa: RUF012 - one list for the one engine of a test

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        self.calls.append(step.name)
        return super().apply(step, photo, mask=mask, settings=settings, rng=rng)


def result(engine: Engine, *, seed: int = 3) -> Photo:
    return restore(PHOTO, report=report(noise=0.9, scratch=0.9), mask=MASK, seed=seed, engine=engine).photo


def test_a_step_left_out_does_nothing_and_the_others_do_what_they_did() -> None:
    without = result(EngineWithout(CLASSICAL, "denoise"))
    only = restore(PHOTO, report=report(scratch=0.9), mask=MASK, seed=3, engine=CLASSICAL).photo
    assert np.array_equal(without, only)
    assert not np.array_equal(without, result(CLASSICAL))


def test_what_is_remembered_is_what_would_be_done_and_is_done_once() -> None:
    Counting.calls = []
    engine = RememberingEngine(Counting())
    plain = result(CLASSICAL)
    for _ in range(3):
        assert np.array_equal(result(engine), plain)
    assert Counting.calls.count("inpaint") == 1
    for _ in range(3):
        result(EngineWithout(engine, "inpaint"))
    assert Counting.calls.count("inpaint") == 1
    before = Counting.calls.count("denoise")
    result(EngineWithout(engine, "inpaint"))
    assert Counting.calls.count("denoise") == before


def test_another_seed_or_another_array_is_another_question() -> None:
    Counting.calls = []
    engine = RememberingEngine(Counting())
    result(engine)
    result(engine, seed=4)
    assert Counting.calls.count("inpaint") == 2
    restore(PHOTO.copy(), report=report(scratch=0.9), mask=MASK, seed=3, engine=engine)
    restore(PHOTO, report=report(scratch=0.9), mask=MASK.copy(), seed=3, engine=engine)
    assert Counting.calls.count("inpaint") == 4


def test_weights_of_a_step_left_out_are_not_named() -> None:
    engine = EngineWithout(CLASSICAL, "tone")
    assert (engine.name, dict(engine.weights)) == ("classical", {})
    assert replace(engine, left_out="cast").left_out == "cast"
