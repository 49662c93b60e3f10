"""Addresses inside a report: every page names the others relative to itself, so a copy of the folder still works."""

from dataclasses import dataclass
from urllib.parse import quote

TO_OUTPUT = "../../"
"""From a report's folder to the output root."""

EVERY = "all"
"""The list of all photographs, beside those of one status or one kind of damage."""


def photo_path(asset_id: str) -> str:
    """Return where the page of a photograph lies.

    Examples:
        >>> photo_path("ab12")
        'photograph/ab12.html'
    """
    return f"photograph/{asset_id}.html"


def list_path(name: str, number: int = 1) -> str:
    """Return where a page of a list lies; pages are counted from 1.

    Examples:
        >>> list_path("photographs/stain", 2)
        'photographs/stain-2.html'
    """
    return f"{name}-{number}.html" if number > 1 else f"{name}.html"


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that a page of a report uses."""

    path: str
    """Where the page lies below the report's folder."""

    @property
    def root(self) -> str:
        """From the page to the report's folder."""
        return "../" * self.path.count("/")

    def page(self, path: str) -> str:
        """Return the address of another file of the report."""
        return self.root + quote(path)

    def output(self, path: str) -> str:
        """Return the address of a file below the output root, a derivative for example."""
        return self.root + TO_OUTPUT + quote(path)

    def photo(self, asset_id: str) -> str:
        """Return the address of a photograph's page."""
        return self.page(photo_path(asset_id))

    def photographs(self, name: str = EVERY, number: int = 1) -> str:
        """Return the address of a page of a list of photographs."""
        return self.page(list_path(f"photographs/{name}", number))

    def copies(self, number: int = 1) -> str:
        """Return the address of a page of groups of copies."""
        return self.page(list_path("copies", number))

    def quarantine(self, number: int = 1) -> str:
        """Return the address of a page of what was set aside."""
        return self.page(list_path("quarantine", number))

    def run(self, run_id: str) -> str:
        """Return the address of another run's report."""
        return f"{self.root}../{quote(run_id)}/index.html"
