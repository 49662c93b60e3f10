"""Every setting of a night, and every environment variable the project reads, read once.

Values come from ``OLDPHOTO_*`` variables (``OLDPHOTO_BATCH_SIZE=32``, ``OLDPHOTO_LIMITS__MAX_PIXELS=100000000``), then
from the TOML file given with ``--config``, then from the defaults here. Storage addresses and credentials are not
settings: they come from the standard AWS variables and profiles.
"""

import hashlib
import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariableError

from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.dedupe.records import DedupeSettings
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.film.reel import FilmSettings
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.scan.limits import ScanLimits
from tasks.signing_settings import SigningSettings

HOW_NOT_WHAT = frozenset(
    {"batch_size", "workers", "memory_bytes", "work_dir", "work_bytes", "models_dir", "signing", "review_token"}
)
"""Settings that change how the work is done and not what comes out; they are in no hash."""


class SettingsError(ValueError):
    """A settings file or variable holds something that no setting allows."""


class NightSettings(BaseSettings):
    """The settings of one nightly run."""

    model_config = SettingsConfigDict(
        env_prefix="OLDPHOTO_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    batch_size: int = Field(64, ge=1, le=1000, description="Photographs in one task run.")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="Photographs at work at once.")
    memory_bytes: int = Field(4 * 2**30, ge=2**28, description="Memory for pixels at work, in bytes.")
    work_dir: Path = Field(Path("~/.cache/oldphoto"), description="Local folder for files at work; removed when done.")
    models_dir: Path = Field(Path("~/.cache/oldphoto/models"), description="Local folder of fetched weights.")
    work_bytes: int = Field(50 * 2**30, ge=0, description="Masters kept locally between stages, in bytes.")
    seed: int = Field(0, ge=0, description="Seed of every random choice.")
    access_side_px: int = Field(2048, ge=64, description="Longest side of an access copy, in pixels.")
    access_quality: int = Field(88, ge=1, le=100, description="JPEG quality of an access copy.")
    access_crf: int = Field(18, ge=0, le=51, description="Quality of a reel's H.264 access copy; lower is better.")
    review_token: SecretStr | None = Field(None, description="What reviewers must know, if asked.")
    limits: ScanLimits = ScanLimits()
    dedupe: DedupeSettings = DedupeSettings()
    diagnosis: DiagnosisSettings = DiagnosisSettings()
    restore: RestoreSettings = RestoreSettings()
    modernize: StyleSettings = StyleSettings()
    film: FilmSettings = FilmSettings()
    signing: SigningSettings = SigningSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let a variable win over the file: an operator's word for tonight beats the standing order."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def deciding(self) -> dict[str, Any]:
        """Return the settings that decide results, as JSON values."""
        return self.model_dump(mode="json", exclude=set(HOW_NOT_WHAT))

    @property
    def own_limits(self) -> ScanLimits:
        """Limits for files that the night itself made of accepted masters: small copies, masks, results."""
        return replace(self.limits, min_side_px=1, max_bytes=2**63 - 1)

    @property
    def config_hash(self) -> str:
        """SHA-256 of the settings that decide results."""
        return settings_hash(self.deciding())

    @property
    def classify_hash(self) -> str:
        """Identity of the settings behind a damage report."""
        return settings_hash(self.deciding()["diagnosis"])

    @property
    def restore_hash(self) -> str:
        """Identity of the settings behind a restoration: its own, the report's, the seed."""
        return settings_hash([self.deciding()["restore"], self.classify_hash, self.seed])

    def modernize_hash(self, reference_ids: tuple[str, ...]) -> str:
        """Identity of the settings behind a modernized picture: its own, the restoration's, the references."""
        return settings_hash([self.deciding()["modernize"], self.restore_hash, sorted(reference_ids)])

    @property
    def dedupe_hash(self) -> str:
        """Identity of the settings that decide which photographs are copies."""
        return settings_hash(self.deciding()["dedupe"])

    @property
    def film_hash(self) -> str:
        """Identity of the settings behind a restored reel."""
        return settings_hash([self.deciding()["film"], self.seed])

    @property
    def access_hash(self) -> str:
        """Identity of the settings behind an access copy."""
        return settings_hash([self.access_side_px, self.access_quality])


class _RecordedSettings(NightSettings):
    """Settings as a run recorded them: the environment has no say."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what is given and nothing else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def recorded_settings(config: str, **how: Any) -> NightSettings:  # noqa: ANN401 - values of any setting
    """Return the settings that a run recorded in its row, whatever file or environment says now.

    Args:
        config: The settings that decided its results, as the row has them.
        how: Settings of ``HOW_NOT_WHAT``, which no row records.

    Raises:
        SettingsError: This version does not understand them.
    """
    try:
        return _RecordedSettings(**json.loads(config), **how)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"this version of oldphoto does not understand the recorded settings: {error}") from error


def settings_hash(values: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the SHA-256 of a JSON value in canonical form: keys sorted, no spaces.

    Examples:
        >>> settings_hash({"b": 1, "a": 2}) == settings_hash({"a": 2, "b": 1})
        True
    """
    return hashlib.sha256(canonical_json(values).encode()).hexdigest()


def canonical_json(values: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value as text with sorted keys and no spaces."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def load_settings(config: Path | None = None) -> NightSettings:
    """Return the settings of a TOML file, overridden by variables.

    Raises:
        SettingsError: The file is not there, is not TOML, or names a setting or value that does not exist.
    """
    try:
        values = {} if config is None else tomllib.loads(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read settings from {config}: {error}") from error
    try:
        return NightSettings(**values)
    except UnreadableVariableError as error:
        raise SettingsError(f"settings in the environment do not fit: {error}") from error
    except ValidationError as error:
        where = "the environment" if config is None else f"{config} or the environment"
        lines = [f"  {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise SettingsError("\n".join([f"settings in {where} do not fit:", *lines])) from error
