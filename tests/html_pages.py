"""What a browser makes of the source of a page: its elements, ids, links, names, and whether they nest."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = frozenset({"img", "input", "link", "meta"})


@dataclass(frozen=True)
class Element:
    """One element as it was opened."""

    tag: str
    attributes: dict[str, str | None]


@dataclass
class Page(HTMLParser):
    """One page, read from a file."""

    path: Path
    elements: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.path.read_text("utf-8"))
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.problems += [f"<{tag}> has {name} twice" for name in set(names) if names.count(name) > 1]
        self.elements.append(Element(tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of this name."""
        return [element.attributes for element in self.elements if element.tag == tag]

    def values(self, name: str) -> list[str]:
        """Return the values of an attribute, of whatever element."""
        return [element.attributes[name] or "" for element in self.elements if name in element.attributes]

    def addresses(self) -> Iterator[str]:
        """Yield what the page links to or shows."""
        yield from self.values("href")
        yield from self.values("src")

    def targets(self) -> Iterator[tuple[Path, str]]:
        """Yield the files the page links to or shows, with the fragment."""
        for address in self.addresses():
            parts = urlsplit(address)
            yield (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path, parts.fragment
