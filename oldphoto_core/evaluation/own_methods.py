"""Our own engine in the tables: whole, told the truth, and without each of its parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS, DamageReport, Finding
from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.evaluation.engines import EngineWithout
from oldphoto_core.evaluation.filling import filling
from oldphoto_core.evaluation.method import Answer, Method, restorer
from oldphoto_core.evaluation.methods import told_report
from oldphoto_core.evaluation.sight import Seer
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import Engine
from oldphoto_core.inference.photo import restore
from oldphoto_core.inference.plan import STEP_NAMES, RestoreSettings, StepName, plan_treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnParts:
    """What our own methods are made of."""

    see: Seer
    """The learned diagnosis."""

    see_classically: Seer
    """The diagnosis by measurements, to put in its place."""

    engine: Engine
    """Who carries out the steps."""

    settings: str
    """Everything that decides what these answer, in words: digests of weights."""


def everything_present(report: DamageReport) -> DamageReport:
    """Return the report of someone who treats everything: sure of every kind, so that every step runs in full."""
    findings = {kind: Finding(1.0, report.findings[kind].severity) for kind in DAMAGE_KINDS}
    return replace(report, findings=findings)


def unchecked(photo: Photo, report: DamageReport, mask: Mask, *, seed: int, engine: Engine) -> Photo:
    """Return the photograph after every step of its plan, whatever harm a step does.

    Args:
        photo: The photograph, in [0, 1].
        report: What is wrong with it.
        mask: Where.
        seed: As ``restore`` takes it.
        engine: Who does the work.
    """
    settings = RestoreSettings(engine=engine.name)
    plan = plan_treatment(report, settings)
    mask = engine.mask_for(photo, mask, plan, settings)
    for step in plan.steps:
        if step.name == "inpaint" and not 0.0 < float(mask.mean()) <= settings.largest_mask_share:
            continue
        rng = np.random.default_rng([seed, STEP_NAMES.index(step.name)])
        photo = engine.apply(step, photo, mask=mask, settings=settings, rng=rng)
    return photo


def _own(parts: OwnParts) -> Method:
    def answer(photo: Photo, truth: Truth) -> Answer:
        seen = parts.see(photo)
        restored = restore(photo, report=seen.report, mask=seen.mask, seed=truth.seed, engine=parts.engine).photo
        return Answer(photo=restored, damaged=seen.likelihood, maps=seen.maps, marked=seen.mask, report=seen.report)

    return Method("own", "Our own engine as it is: learned diagnosis, plan, steps, checks.", answer, parts.settings)


def _own_told(parts: OwnParts) -> Method:
    def told(photo: Photo, truth: Truth) -> Photo:
        return restore(photo, report=told_report(truth), mask=truth.mask, seed=truth.seed, engine=parts.engine).photo

    about = (
        "Our own engine, told the true damage and the true mask: what its steps could do behind a perfect diagnosis."
    )
    return restorer("own-told", about, told, settings=parts.settings)


def _without(step: StepName) -> Callable[[OwnParts], Method]:
    """Return the maker of ours without a step."""

    def make(parts: OwnParts) -> Method:
        engine = EngineWithout(parts.engine, step)

        def restored(photo: Photo, truth: Truth) -> Photo:
            seen = parts.see(photo)
            return restore(photo, report=seen.report, mask=seen.mask, seed=truth.seed, engine=engine).photo

        return _part(f"own-without-{step}", f"Ours without the step {step}.", restored, parts)

    return make


def _without_gate(parts: OwnParts) -> Method:
    def restored(photo: Photo, truth: Truth) -> Photo:
        seen = parts.see(photo)
        report = everything_present(seen.report)
        return restore(photo, report=report, mask=seen.mask, seed=truth.seed, engine=parts.engine).photo

    about = "Ours with every step planned in full, whatever the report says; the checks remain."
    return _part("own-without-gate", about, restored, parts)


def _without_checks(parts: OwnParts) -> Method:
    def restored(photo: Photo, truth: Truth) -> Photo:
        seen = parts.see(photo)
        return unchecked(photo, seen.report, seen.mask, seed=truth.seed, engine=parts.engine)

    return _part("own-without-checks", "Ours with every planned step counting, whatever harm it does.", restored, parts)


def _classical_report(parts: OwnParts) -> Method:
    def restored(photo: Photo, truth: Truth) -> Photo:
        seen = parts.see_classically(photo)
        return restore(photo, report=seen.report, mask=seen.mask, seed=truth.seed, engine=parts.engine).photo

    about = "Ours with report and mask by measurements in place of the learned ones."
    return _part("own-classical-report", about, restored, parts)


def _own_inpaint(parts: OwnParts) -> Method:
    about = "Nothing but filling under the mask that ours draws."
    return filling("own-inpaint", about, parts.see, parts.engine, settings=parts.settings)


def _part(name: str, about: str, restored: Callable[[Photo, Truth], Photo], parts: OwnParts) -> Method:
    return replace(restorer(name, about, restored, settings=parts.settings), role="part")


OWN_METHODS: Mapping[str, Callable[[OwnParts], Method]] = MappingProxyType(
    {
        "own": _own,
        "own-told": _own_told,
        "own-without-colour": _without("colour"),
        "own-without-texture": _without("texture"),
        "own-without-inpaint": _without("inpaint"),
        "own-without-gate": _without_gate,
        "own-without-checks": _without_checks,
        "own-classical-report": _classical_report,
        "own-inpaint": _own_inpaint,
    }
)
"""Every method of the own engine by its name; they are made from ``OwnParts``."""
