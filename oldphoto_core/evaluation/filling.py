"""The filling alone: what is gained by it under the mask that a method draws itself."""

from dataclasses import replace

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS, DamageReport, Finding
from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.evaluation.method import Method, restorer
from oldphoto_core.evaluation.sight import Seer
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import Engine
from oldphoto_core.inference.photo import restore


def structure_present(mask: Mask) -> DamageReport:
    """Return the report of someone who fills a mask, if there is anything on it, and does nothing else."""
    there = Finding(1.0, 0.5) if bool(mask.any()) else Finding(0.0, 0.0)
    findings = {kind: there if kind in STRUCTURED_KINDS else Finding(0.0, 0.0) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=float(mask.mean()), measures={})


def filling(name: str, about: str, see: Seer, engine: Engine, *, settings: str = "") -> Method:
    """Return the method that fills under the mask that a diagnosis draws, and does nothing else.

    Args:
        name: How it is named.
        about: One sentence for the reader.
        see: Draws the mask.
        engine: Fills it.
        settings: Everything that decides its answers.
    """

    def filled(photo: Photo, truth: Truth) -> Photo:
        mask = see(photo).mask
        return restore(photo, report=structure_present(mask), mask=mask, seed=truth.seed, engine=engine).photo

    return replace(restorer(name, about, filled, settings=settings), role="fill")
