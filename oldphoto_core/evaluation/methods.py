"""The methods that can be named on the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from oldphoto_core.damage import DAMAGE_KINDS, DamageReport, Finding
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.bm3d_telea import bm3d_telea
from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.evaluation.filling import filling
from oldphoto_core.evaluation.image_prior import PriorSettings, restore_by_prior
from oldphoto_core.evaluation.method import Answer, Method, restorer
from oldphoto_core.evaluation.report_figures import PRESENT
from oldphoto_core.evaluation.sight import Remembered, Seer, classical_sight
from oldphoto_core.image import Photo
from oldphoto_core.inference.engine import CLASSICAL
from oldphoto_core.inference.photo import restore


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodOptions:
    """What a person may choose about the methods."""

    dip_steps: int = 1200
    """Steps of gradient descent of the Deep Image Prior for each picture."""

    dip_pictures: int = 2
    """Number of pictures it is tried on: every one takes minutes for each case."""

    see: Seer = field(default_factory=lambda: Remembered(classical_sight), repr=False)
    """The diagnosis by measurements, shared by all methods that start from it."""


class UnknownMethodError(OldPhotoError, ValueError):
    """A method was named that does not exist."""


def method_named(name: str, options: MethodOptions | None = None) -> Method:
    """Return a method by its name.

    Raises:
        UnknownMethodError: There is none of that name.
        MissingBm3dError: ``bm3d-telea`` was named and its package is not installed.
    """
    if name not in METHODS:
        raise UnknownMethodError(f"expected methods among {', '.join(METHODS)}, found {name!r}")
    return METHODS[name](options or MethodOptions())


def told_report(truth: Truth) -> DamageReport:
    """Return the damage report of someone who knows: sure of what is there, sure of what is not."""
    findings = {
        kind: Finding(1.0 if truth.severities[kind] >= PRESENT else 0.0, truth.severities[kind])
        for kind in DAMAGE_KINDS
    }
    return DamageReport(findings=findings, mask_share=float(truth.mask.mean()), measures={})


def _input(options: MethodOptions) -> Method:  # noqa: ARG001 the form of a maker
    return restorer("input", "The aged picture as it is.", lambda photo, _: photo)


def _classical(options: MethodOptions) -> Method:
    def answer(photo: Photo, truth: Truth) -> Answer:
        seen = options.see(photo)
        restored = restore(photo, report=seen.report, mask=seen.mask, seed=truth.seed, engine=CLASSICAL)
        return Answer(photo=restored.photo, damaged=seen.likelihood, report=seen.report)

    about = "The classical engine, as in a night: its own diagnosis decides. Its mask is yes or no, without degrees."
    return Method("classical", about, answer)


def _classical_told(options: MethodOptions) -> Method:  # noqa: ARG001 the form of a maker
    def told(photo: Photo, truth: Truth) -> Photo:
        return restore(photo, report=told_report(truth), mask=truth.mask, seed=truth.seed, engine=CLASSICAL).photo

    return restorer("classical-told", "The classical engine, told the true damage and the true mask.", told)


def _classical_inpaint(options: MethodOptions) -> Method:
    about = "Nothing but filling under the mask that the classical diagnosis draws."
    return filling("classical-inpaint", about, options.see, CLASSICAL)


def _bm3d_telea(options: MethodOptions) -> Method:  # noqa: ARG001 the form of a maker
    about = "OpenCV's Telea inpainting under the true mask, then BM3D with the noise it estimates."
    return restorer("bm3d-telea", about, bm3d_telea())


def _dip(options: MethodOptions) -> Method:
    settings = PriorSettings(steps=options.dip_steps)

    def fitted(photo: Photo, truth: Truth) -> Photo:
        return restore_by_prior(photo, truth.mask, settings, seed=truth.seed)

    about = f"Deep Image Prior, told the true mask: {options.dip_steps} steps for each picture."
    return restorer("dip", about, fitted, settings=str(settings), most=options.dip_pictures)


METHODS: Mapping[str, Callable[[MethodOptions], Method]] = MappingProxyType(
    {
        "input": _input,
        "classical": _classical,
        "classical-told": _classical_told,
        "classical-inpaint": _classical_inpaint,
        "bm3d-telea": _bm3d_telea,
        "dip": _dip,
    }
)
"""Every method that needs no weights, by its name."""
