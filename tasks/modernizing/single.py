"""Modernizing single photographs for the command: what becomes of each, as a scan and in words, nothing catalogued."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oldphoto_core.inference.style import Modernization, RegionStyle
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.lineage import Step
from tasks.marking import mark_single
from tasks.modernizing.explain import ExplanationKeeper, ShownReference, explained
from tasks.references.sets import ReferenceLibrary
from tasks.settings import NightSettings
from tasks.stages import Page
from tasks.style.engines import modernized_photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Explaining:
    """How results are explained."""

    keeper: ExplanationKeeper
    """Where explanations go."""

    names: Mapping[str, str]
    """What a person knows each reference as, by digest."""


def modernized(
    page: Page, references: ReferenceLibrary, settings: NightSettings, *, explaining: Explaining | None = None
) -> tuple[Scan, dict[str, Any]]:
    """Return the modernized scan, the same one if nothing was done, and each region's choice.

    Args:
        page: The photograph.
        references: What may be chosen from.
        settings: All settings.
        explaining: Where a picture of what was done goes; None: nowhere.

    Raises:
        ModelError: The weights of the engine are not installed.
        ScanError: A reference cannot be decoded.
        StoreError: A reference cannot be fetched.
        OSError: The explanation cannot be written.
    """
    before = to_photo(page.scan)
    result = modernized_photo(before, references, settings)
    applied = result.verdict == "applied"
    scan = page.scan
    if applied:
        step = Step(
            stage="modernize",
            name="style",
            engine=settings.modernize.engine,
            weights_sha256=result.weights_sha256,
        )
        scan = mark_single(carry_change(scan, before, result.photo), page.asset_id, "modernized", (step,), settings)
    if explaining is not None:
        shown = _shown(result, references, explaining.names)
        explaining.keeper.keep(page.picture.name, page.number, explained(before, result, shown))
    return scan, {
        "path": page.label,
        "changed": applied,
        "reason": result.reason,
        "engine": settings.modernize.engine,
        "measures": {name: round(value, 4) for name, value in result.measures.items()},
        "regions": [_words(region) for region in result.regions],
    }


def _shown(result: Modernization, references: ReferenceLibrary, names: Mapping[str, str]) -> dict[str, ShownReference]:
    used = {region.reference_id for region in result.regions if region.reference_id is not None}
    return {one: ShownReference(name=names.get(one, one[:12]), picture=references.picture(one)) for one in sorted(used)}


def _words(region: RegionStyle) -> dict[str, Any]:
    return {
        "share": round(region.share, 4),
        "reference": region.reference_id,
        "similarity": round(region.similarity, 4),
        "weight": round(region.weight, 4),
        "shift_lab": [round(value, 2) for value in (region.shift_l, region.shift_a, region.shift_b)],
    }
