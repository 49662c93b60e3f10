"""What sets an output has, and what references a set has."""

from typing import Any

from oldphoto_core.references.errors import BadSetError
from tasks.layout import set_path
from tasks.references.files import HEAD, Head
from tasks.references.sets import find_set
from tasks.storage import open_source


def sets_in(uri: str) -> list[dict[str, Any]]:
    """Return name, size, describer and address of each set of an output, by name; one that cannot be read says why.

    Raises:
        StoreError: The output does not answer.
    """
    store = open_source(uri)
    root = set_path("")[:-1]
    keys = sorted(item.key for item in store.list(root) if item.key.endswith(f"/{HEAD}"))
    found = []
    for key in keys:
        place = f"{store.uri}/{key.removesuffix(f'/{HEAD}')}"
        try:
            head = Head.from_bytes(store.read(key))
        except BadSetError as error:
            found.append({"name": key.split("/")[1], "references": 0, "describer": str(error), "uri": place})
            continue
        found.append({"name": head.name, "references": head.references, "describer": head.describer, "uri": place})
    return found


def references_in(uri: str) -> dict[str, Any] | None:
    """Return name, describer and references of a set as JSON values; None if there is no set at the address.

    Raises:
        StoreError: The set does not answer.
        BadSetError: A file of it was changed.
    """
    built = find_set(uri)
    if built is None:
        return None
    names = ("reference_id", "key", "licence", "width_px", "height_px", "size_bytes")
    return {
        "name": built.head.name,
        "uri": built.uri,
        "describer": built.head.describer,
        "weights_sha256": built.head.weights_sha256,
        "references": [
            {name: getattr(entry, name) for name in names} for entry in sorted(built.entries, key=lambda one: one.key)
        ],
    }
