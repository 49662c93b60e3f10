"""What a curated set of references may be called: its name becomes part of keys and addresses."""

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class SetNameError(ValueError):
    """The name cannot be that of a set."""


def check_set_name(name: str) -> None:
    """Refuse a name that could not be part of a key.

    Raises:
        SetNameError: It is none.
    """
    if not _NAME.fullmatch(name):
        raise SetNameError(
            f"{name!r} cannot be the name of a set: use up to 64 lower-case letters, digits, dots, hyphens and "
            "underscores, a letter or digit first"
        )
