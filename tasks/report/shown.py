"""One photograph as the report shows it: what was found, what was done, which pictures there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from catalogs.schema import AssetRow, DamageRow, DuplicateRow, EventRow, StyleRegionRow, TreatmentRow
from oldphoto_core.damage import DAMAGE_KINDS, DamageReport
from tasks.classify import report_of
from tasks.layout import derivative_path
from tasks.report.links import TO_OUTPUT
from tasks.report.record import NightRecord
from tasks.report.region_shapes import RegionShape, region_shape

VIEW_WIDTH_PX, VIEW_HEIGHT_PX = 1120, 720

PRESENT = 0.5
"""Probability from which a kind of damage counts as found."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One kind of damage: how sure, how bad."""

    kind: str
    """Its name."""

    probability: float
    """Belief that it is there, 0 to 1."""

    severity: float
    """How bad, 0 to 1."""

    @property
    def present(self) -> bool:
        """Whether it counts as found."""
        return self.probability >= PRESENT


@dataclass(frozen=True)
class Shown:
    """A photograph with derivatives of its own. All paths are relative to the report's folder."""

    record: NightRecord
    """The night it is shown in."""

    asset: AssetRow
    """How it ended."""

    also: tuple[str, ...]
    """Names of other objects of the same bytes that ended the same way."""

    pictures: Mapping[str, str]
    """The pictures made for this report, by kind: before, after, small/before, small/after."""

    @property
    def asset_id(self) -> str:
        """Its id."""
        return self.asset.asset_id or ""

    @property
    def title(self) -> str:
        """The master's name, with the page where there are several."""
        return named(self.asset.key, self.asset.page)

    @property
    def changed(self) -> bool:
        """Whether there is a before and an after."""
        return self.asset.status == "published"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, so that the page keeps the room before the picture is there; 4 by 3 if nobody knows."""
        return self.asset.width_px or 4, self.asset.height_px or 3

    @property
    def view_size(self) -> tuple[int, int]:
        """Width and height to look at it in, in CSS pixels: no taller than a screen, never enlarged."""
        width, height = self.size
        scale = min(1.0, VIEW_WIDTH_PX / width, VIEW_HEIGHT_PX / height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    @cached_property
    def after(self) -> str:
        """The picture as it is now: of the size of ``before`` if the night made one, else the access copy."""
        return self.pictures.get("after", self.access)

    @property
    def before(self) -> str | None:
        """The master, if it was changed and a picture of it was kept."""
        return self.pictures.get("before") if self.changed else None

    @cached_property
    def small_after(self) -> str:
        """The smallest picture of it as it is now."""
        as_it_is = "small/after" if self.changed else "small/before"
        return self.pictures.get(as_it_is, self.after)

    @cached_property
    def small_before(self) -> str | None:
        """The smallest picture of the master, if it was changed."""
        return self.pictures.get("small/before", self.before or "") or None if self.changed else None

    @property
    def access(self) -> str:
        """The access copy."""
        return TO_OUTPUT + derivative_path(self.asset_id, "access")

    @cached_property
    def mask(self) -> str | None:
        """The mask of damage, if one was kept."""
        path = derivative_path(self.asset_id, "damage")
        return TO_OUTPUT + path if any(row.output_path == path for row in self.files) else None

    @property
    def damage(self) -> DamageRow | None:
        """Its damage row."""
        return self.record.damage.get(self.asset_id)

    @cached_property
    def report(self) -> DamageReport | None:
        """Its damage report."""
        return report_of(self.damage) if self.damage else None

    @cached_property
    def findings(self) -> tuple[Bar, ...]:
        """All kinds of damage in the fixed order; none if it was not judged."""
        if self.report is None:
            return ()
        found = self.report.findings
        return tuple(Bar(kind, found[kind].probability, found[kind].severity) for kind in DAMAGE_KINDS)

    @cached_property
    def found(self) -> tuple[Bar, ...]:
        """The kinds that count as found."""
        return tuple(bar for bar in self.findings if bar.present)

    @cached_property
    def steps(self) -> tuple[TreatmentRow, ...]:
        """Treatments tried, in order."""
        return tuple(row for row in self._treatments if row.stage != "publish")

    @cached_property
    def files(self) -> tuple[TreatmentRow, ...]:
        """The files written for it."""
        return tuple(row for row in self._treatments if row.output_path is not None)

    @property
    def treated_in(self) -> str:
        """The run that treated it."""
        return self.record.treated_in.get(self.asset_id, self.record.run_id)

    @property
    def events(self) -> Sequence[EventRow]:
        """What happened to it, in order; to other objects of the same bytes, too."""
        return self.record.events.get(self.asset_id, ())

    @property
    def copies(self) -> tuple[DuplicateRow, ...]:
        """The copies of it that the run found."""
        return tuple(self.record.copies_of.get(self.asset_id, ()))

    @property
    def regions(self) -> Sequence[StyleRegionRow]:
        """Its regions of style."""
        return self.record.regions.get(self.asset_id, ())

    @cached_property
    def shapes(self) -> tuple[RegionShape, ...]:
        """The regions as shapes to draw."""
        return tuple(region_shape(row) for row in self.regions)

    @property
    def _treatments(self) -> Sequence[TreatmentRow]:
        return self.record.treatments.get(self.asset_id, ())


def named(key: str, page: int | None) -> str:
    """Return the name of a photograph as people read it.

    Examples:
        >>> named("album.tif", 2)
        'album.tif, page 2'
    """
    return key if page is None else f"{key}, page {page}"
