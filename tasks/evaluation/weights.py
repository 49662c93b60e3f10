"""Where an evaluation takes weights from: those that are shipped, or a folder of trainings."""

from dataclasses import dataclass
from pathlib import Path

from tasks.models.errors import ModelMissingError
from tasks.models.installed import digest_of, file_digest, path_of


@dataclass(frozen=True, slots=True)
class WeightsPlace:
    """A place with weights by name."""

    folder: Path | None = None
    """Holds ``NAME.safetensors``, or ``NAME/weights.safetensors`` as a training leaves it; None is what is shipped."""

    def path(self, name: str) -> Path:
        """Return the file of weights.

        Raises:
            ModelError: It is not there.
        """
        if self.folder is None:
            return path_of(name)
        sought = self._sought(self.folder, name)
        found = next((path for path in sought if path.is_file()), None)
        if found is None:
            raise ModelMissingError(
                f"expected {sought[0]} or {sought[1]}, found neither: train {name}, or leave out the "
                "methods that need it"
            )
        return found

    def has(self, name: str) -> bool:
        """Return whether a folder that a person gave holds the weights; what is shipped must be there."""
        return self.folder is None or any(path.is_file() for path in self._sought(self.folder, name))

    @staticmethod
    def _sought(folder: Path, name: str) -> tuple[Path, Path]:
        return folder / f"{name}.safetensors", folder / name / "weights.safetensors"

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file of weights.

        Raises:
            ModelError: It is not there, or a shipped file was changed.
        """
        return digest_of(name) if self.folder is None else file_digest(self.path(name))

    def in_words(self, *names: str) -> str:
        """Return name and digest of several weights, as the settings of a method hold them.

        Raises:
            ModelError: One of them is not there.
        """
        return ", ".join(f"{name} {self.digest(name)}" for name in names)
