"""Where a derivative comes from: the master, the steps, the settings, the code; and the identities that follow."""

import uuid
from dataclasses import dataclass
from typing import Literal

Kind = Literal["restored", "modernized", "access", "damage"]

OURSELVES = uuid.UUID("604a182c-9c21-4027-8566-3226dba6d979")
"""Namespace of the identities given here (RFC 9562, version 5): the same work has the same identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done to the pixels."""

    stage: str
    """The stage that did it."""

    name: str
    """Which treatment."""

    engine: str
    """What carried it out."""

    weights_sha256: str | None = None
    """SHA-256 of the network weights; None: no network."""

    def __str__(self) -> str:
        """Name the step and what did it, for a person."""
        weights = f", weights {self.weights_sha256}" if self.weights_sha256 else ""
        return f"{self.stage}/{self.name}: {self.engine}{weights}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a derivative comes from."""

    asset_id: str
    """The photograph."""

    master_sha256: str
    """SHA-256 of the master's bytes, hexadecimal."""

    kind: Kind
    """Which derivative it is."""

    run_id: str | None
    """The run that makes it; None: a single command, which is in no catalog."""

    code_version: str
    """The program that makes it."""

    settings_hash: str
    """SHA-256 of the settings behind its last stage."""

    config_hash: str
    """SHA-256 of all settings that decide results."""

    steps: tuple[Step, ...] = ()
    """What changed its pixels, in order."""

    @property
    def learned(self) -> bool:
        """Whether a trained network had a part in it."""
        return any(step.weights_sha256 is not None for step in self.steps)

    @property
    def document_id(self) -> str:
        """The derivative, whatever becomes of it when it is made again."""
        return uuid.uuid5(OURSELVES, f"{self.asset_id}/{self.kind}").urn

    @property
    def instance_id(self) -> str:
        """The derivative as made this time."""
        facts = [self.run_id or "", self.code_version, self.settings_hash, self.config_hash, *map(str, self.steps)]
        return uuid.uuid5(OURSELVES, "\0".join([self.document_id, *facts])).urn
