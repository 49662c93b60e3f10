"""What is known of one file of weights: whose it is, where it comes from, what it does and does badly."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["official", "own"]
"""``official``: published by the authors of a paper, fetched. ``own``: trained by this project, shipped with it."""


@dataclass(frozen=True, slots=True)
class Home:
    """The public home of a file."""

    address: str
    """What to download."""

    file: str
    """Its file name."""

    max_bytes: int
    """More than this is never downloaded."""

    trouble: str = ""
    """What is known about the address not working, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One file of weights."""

    name: str
    """What it is called on the command line and in records."""

    family: Family
    """Who made it."""

    system: str
    """The published system it belongs to."""

    network: str | None
    """The architecture's name: in the registry of networks (of a file that holds two, both with " + " between), or of
    the class of our own; None if another library runs the file."""

    file: str
    """Its name in the models folder, or among those that are shipped."""

    purpose: str
    """What it does, in a sentence."""

    paper: str
    """Where it is described."""

    licence: str
    """Licence of the weights, as SPDX identifier."""

    source: str
    """The page of its authors."""

    limits: tuple[str, ...]
    """Known failures, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedModel(Model):
    """Weights that others published and that are fetched."""

    home: Home
    """Where it comes from."""

    member: str | None
    """Its place at home, if that is an archive: the last parts of the member's path. None: the file itself."""

    max_bytes: int
    """More than this is never written."""

    sha256: str | None
    """SHA-256 that any copy must have; None: the first download decides."""

    sha256_from: str
    """Who says so."""

    parameters: int
    """Trained numbers, buffers not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel(Model):
    """Weights that this project trained; they come with the package, beside the card that tells how they came about."""
