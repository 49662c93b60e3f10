"""What a person may choose about restoration by latent translation."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentSettings:
    """Choices for the networks of "Bringing Old Photos Back to Life"; plain values, hashed and catalogued.

    Examples:
        >>> LatentSettings(working_megapixels=2.0).official_compat
        False
    """

    working_megapixels: float = 1.0
    """Larger photographs are translated at this size and the change carried to the master; 0: always at full size."""

    attention_places: int = 65536
    """Largest latent, in places of 4x4 pixels, over which non-local attention is exact; beyond, it uses this many."""

    patch_attention: bool = False
    """Whether holes are filled by patch attention (the authors' ``--HR``) instead of non-local attention."""

    find_scratches: bool = True
    """Whether the network that draws scratches adds to the mask of the damage report; never to one drawn by hand."""

    scratch_probability: float = 0.4
    """From this probability on a pixel is under a scratch, in (0, 1)."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Numbers the networks compute in. On a CPU ``auto`` is float32, which is as fast there; on an accelerator it is
    bfloat16 if a picture was measured to stay within 1/255 of float32 on average, else float32."""

    faces: bool = False
    """Whether faces are found and repainted after the translation."""

    face_side_px: Literal[256, 512] = 256
    """Size at which a face is repainted, in pixels."""

    official_compat: bool = False
    """Whether to do exactly what the authors' scripts do, quirks and stretched contrast included, without any check."""

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        if not 0.0 <= self.working_megapixels <= 1e6:
            raise ValueError(f"working_megapixels must lie in [0, 1000000], found {self.working_megapixels}")
        if self.attention_places < 1:
            raise ValueError(f"attention_places must be at least 1, found {self.attention_places}")
        if not 0.0 < self.scratch_probability < 1.0:
            raise ValueError(f"scratch_probability must lie in (0, 1), found {self.scratch_probability}")
