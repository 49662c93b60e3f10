"""What can be wrong with a network's checkpoint."""

from collections.abc import Sequence

from oldphoto_core.errors import OldPhotoError

_SHOWN = 8


class CheckpointError(OldPhotoError, ValueError):
    """A checkpoint cannot be used; no part of it was."""


class UnknownNetworkError(OldPhotoError, KeyError):
    """No network goes by that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Keep the name and list those there are."""
        super().__init__(f"no network is called {name!r}; there are {', '.join(known)}")
        self.name = name

    def __str__(self) -> str:
        """Return the message as a sentence; a KeyError would quote it."""
        return str(self.args[0])


class CheckpointReadError(CheckpointError):
    """The file is no checkpoint, or not all of one."""


class UnsafeCheckpointError(CheckpointError):
    """The file holds pickled code, or anything else that is not a tensor or a plain value; none of it was run."""


class CheckpointKeysError(CheckpointError):
    """The tensors are not those of the network.

    Attributes:
        missing: Names the network has and the checkpoint has not.
        surplus: Names the checkpoint has and the network has not.
        misshapen: Names that both have, in different shapes, with both shapes.
    """

    def __init__(
        self, name: str, *, missing: Sequence[str], surplus: Sequence[str], misshapen: Sequence[str], hint: str = ""
    ) -> None:
        """Keep the names and word the message."""
        parts = [
            f"{len(names)} {what}: {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}"
            for what, names in (("missing", missing), ("surplus", surplus), ("of another shape", misshapen))
            if names
        ]
        super().__init__(f"the checkpoint is not one of {name}: {'; '.join(parts)}{hint}")
        self.missing = tuple(missing)
        self.surplus = tuple(surplus)
        self.misshapen = tuple(misshapen)


class CheckpointValuesError(CheckpointError):
    """A tensor holds NaN or infinity.

    Attributes:
        names: The tensors that do.
    """

    def __init__(self, name: str, names: Sequence[str]) -> None:
        """Keep the names and word the message."""
        shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        super().__init__(
            f"the checkpoint of {name} holds NaN or infinity in {len(names)} tensors: {shown}; fetch it again"
        )
        self.names = tuple(names)
