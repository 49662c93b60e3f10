"""Damage shapes that nothing was trained on, for cases that no procedure draws."""

import hashlib
from pathlib import Path

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.synthesis.shapes import ShapeBank
from tasks.training.damage_shapes import held_out_scratches

FOLDER = Path("train") / "damage_textures"


class ShapesFolderError(OldPhotoError, LookupError):
    """A folder was named that holds no shapes kept out of training."""


def held_out_bank(data: Path, shapes: Path | None = None) -> ShapeBank:
    """Return the shapes whose terms keep them out of training; an empty bank if there are none.

    Args:
        data: The data folder; its ``train/damage_textures`` is looked into unless ``shapes`` is given.
        shapes: A folder that must hold some.

    Raises:
        ShapesFolderError: ``shapes`` was given and holds none.
    """
    folder = data / FOLDER if shapes is None else shapes
    try:
        bank = ShapeBank(scratches=held_out_scratches(folder) if folder.is_dir() else ())
    except FileNotFoundError:  # no list of terms: what was trained on is not known
        bank = ShapeBank()
    if shapes is not None and not bank.scratches:
        raise ShapesFolderError(f"expected crack_shapes, listed as not open, in {shapes}; found none")
    return bank


def shapes_digest(bank: ShapeBank) -> str:
    """Return one SHA-256 over the shapes of scratches."""
    content = hashlib.sha256()
    for shape in bank.scratches:
        content.update(f"{shape.shape}\0".encode())
        content.update(shape.tobytes())
    return content.hexdigest()
