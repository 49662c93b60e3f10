"""The pages of a report: each can be had alone, and a derived template can add to it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from catalogs.errors import CatalogError
from catalogs.read import Catalog
from catalogs.schema import AssetRow
from tasks.layout import report_path
from tasks.report import figures
from tasks.report.copies import CopyGroup, copy_groups
from tasks.report.links import Links, list_path, photo_path
from tasks.report.lists import PhotoList, photo_lists
from tasks.report.paging import Page, paged
from tasks.report.record import NightRecord
from tasks.report.shown import Shown, named
from tasks.report.words import FILTERS
from tasks.storage import ObjectStore

PICTURES = ("before", "after", "small/before", "small/after")
"""Folders of a report with pictures made by the night, one file for each photograph."""

ROWS_A_PAGE = 200
"""Files set aside, or groups of copies, on one page."""


class Site:
    """The report of one run. Its pages are text; ``tasks.report.writing`` stores them."""

    def __init__(self, store: ObjectStore, catalog: Catalog, run_id: str) -> None:
        """Read what the report needs.

        Args:
            store: The output root, asked only which pictures the night made for the report.
            catalog: Its catalog.
            run_id: The run.

        Raises:
            CatalogError: There is no such run.
            StoreError: The store does not answer.
        """
        self._store = store
        self.record = NightRecord(catalog, run_id)
        self.run_id = run_id
        self._pictures = {kind: frozenset(_kept(store, run_id, kind)) for kind in PICTURES}

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yield every page: its path below the report's folder, and its HTML."""
        yield "index.html", self.index_page()
        for one in self.lists.values():
            for number in _numbers(one.pages):
                yield list_path(f"photographs/{one.name}", number), self.list_page(one.name, number)
        for asset_id in self.photographs:
            yield photo_path(asset_id), self.photo_page(asset_id)
        for number in _numbers(paged(self.groups, ROWS_A_PAGE)):
            yield list_path("copies", number), self.copies_page(number)
        for number in _numbers(paged(self.quarantined, ROWS_A_PAGE)):
            yield list_path("quarantine", number), self.quarantine_page(number)
        yield "references.html", self.references_page()
        yield "figures.html", self.figures_page()

    def index_page(self, *, template: str = "index.html.jinja", **more: Any) -> str:  # noqa: ANN401 - for the template
        """Return the first page: the night at a glance.

        Args:
            template: This one, or one that extends it.
            **more: What a derived template asks for.
        """
        return self._render(template, "index.html", **more)

    def list_page(
        self,
        name: str = "all",
        number: int = 1,
        *,
        template: str = "photographs.html.jinja",
        **more: Any,  # noqa: ANN401 - for the template
    ) -> str:
        """Return a page of cards.

        Args:
            name: All photographs, or those of one status or with one kind of damage: a key of ``lists``.
            number: Page, from 1.
            template: This one, or one that extends it and fills its block ``card_extra`` (``photo`` is the card's).
            **more: What a derived template asks for.

        Raises:
            CatalogError: There is no such list or page.
        """
        if name not in self.lists:
            raise CatalogError(f"the report of {self.run_id} has no list {name!r}; it has {', '.join(self.lists)}")
        chosen = self.lists[name]
        path = list_path(f"photographs/{name}", number)
        return self._render(template, path, chosen=chosen, page=_numbered(chosen.pages, number), **more)

    def photo_page(self, asset_id: str, *, template: str = "photo.html.jinja", **more: Any) -> str:  # noqa: ANN401 - for the template
        """Return the page of one photograph.

        Args:
            asset_id: The photograph; it ended with files of its own in this run.
            template: This one, or one that extends it and fills its block ``decision``.
            **more: What a derived template asks for.

        Raises:
            CatalogError: The report does not show this photograph.
        """
        photo = self.photographs.get(asset_id)
        if photo is None:
            raise CatalogError(f"the report of {self.run_id} shows no photograph {asset_id}")
        before, after = self._neighbours[asset_id]
        return self._render(template, photo_path(asset_id), photo=photo, previous=before, following=after, **more)

    def copies_page(self, number: int = 1) -> str:
        """Return a page of groups of copies, from 1.

        Raises:
            CatalogError: There is no such page.
        """
        page = _numbered(paged(self.groups, ROWS_A_PAGE), number)
        return self._render("copies.html.jinja", list_path("copies", number), page=page)

    def quarantine_page(self, number: int = 1) -> str:
        """Return a page of what was set aside, from 1.

        Raises:
            CatalogError: There is no such page.
        """
        page = _numbered(paged(self.quarantined, ROWS_A_PAGE), number)
        return self._render("quarantine.html.jinja", list_path("quarantine", number), page=page)

    def references_page(self) -> str:
        """Return the page of references."""
        return self._render("references.html.jinja", "references.html")

    def figures_page(self) -> str:
        """Return the page of distributions."""
        return self._render("figures.html.jinja", "figures.html")

    @cached_property
    def photographs(self) -> Mapping[str, Shown]:
        """The photographs with derivatives of their own, by asset_id, ordered by key and page."""
        by_id: dict[str, list[AssetRow]] = {}
        for row in sorted(self.record.assets, key=lambda row: (row.key, row.page or 0)):
            if row.has_derivatives and row.asset_id is not None:
                by_id.setdefault(row.asset_id, []).append(row)
        return {asset_id: self._shown(rows) for asset_id, rows in by_id.items()}

    @cached_property
    def lists(self) -> Mapping[str, PhotoList]:
        """The lists of photographs by name: all, by status, by kind of damage; none that is empty but the first."""
        return photo_lists(tuple(self.photographs.values()))

    @cached_property
    def groups(self) -> Sequence[CopyGroup]:
        """The groups of copies that the run found or enlarged."""
        return copy_groups(self.record)

    def small_picture(self, asset_id: str) -> str | None:
        """Return the path of a small picture of a master below the report's folder, a copy's for example."""
        return f"small/before/{asset_id}.jpg" if asset_id in self._pictures["small/before"] else None

    @cached_property
    def quarantined(self) -> Sequence[AssetRow]:
        """What was set aside, by key."""
        rows = [row for row in self.record.assets if row.status == "quarantined"]
        return sorted(rows, key=lambda row: (row.key, row.page or 0))

    @cached_property
    def reported(self) -> frozenset[str]:
        """The runs of the history that have a report to link to; this one will."""
        others = {row.run_id for row in self.record.history} - {self.run_id}
        return frozenset({self.run_id, *(run_id for run_id in others if self._has(report_path(run_id)))})

    def _has(self, key: str) -> bool:
        return any(item.key == key for item in self._store.list(key))

    @cached_property
    def _neighbours(self) -> Mapping[str, tuple[str | None, str | None]]:
        ids = [None, *self.photographs, None]
        return {ids[n] or "": (ids[n - 1], ids[n + 1]) for n in range(1, len(ids) - 1)}

    def _shown(self, rows: Sequence[AssetRow]) -> Shown:
        first, asset_id = rows[0], rows[0].asset_id
        pictures = {kind: f"{kind}/{asset_id}.jpg" for kind, kept in self._pictures.items() if asset_id in kept}
        return Shown(self.record, first, tuple(named(row.key, row.page) for row in rows[1:]), pictures)

    def _render(self, template: str, path: str, **more: Any) -> str:  # noqa: ANN401 - for the template
        values = {"site": self, "record": self.record, "run": self.record.run, "figures": figures, "link": Links(path)}
        return environment().get_template(template).render(values | more)


def _kept(store: ObjectStore, run_id: str, kind: str) -> Iterator[str]:
    """Yield the ids of the photographs that have a picture of this kind."""
    folder = report_path(run_id, f"{kind}/")
    for item in store.list(folder):
        if item.key.endswith(".jpg"):
            yield item.key.removeprefix(folder).removesuffix(".jpg")


def _numbers(pages: Sequence[Page[Any]]) -> range:
    return range(1, len(pages) + 1)


def _numbered(pages: Sequence[Page[Any]], number: int) -> Page[Any]:
    if not 1 <= number <= len(pages):
        raise CatalogError(f"expected a page from 1 to {len(pages)}, found {number}")
    return pages[number - 1]


@cache
def environment() -> Environment:
    """Return what renders the templates: everything escaped, nothing undefined."""
    environment = Environment(
        loader=PackageLoader("tasks"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    return environment
