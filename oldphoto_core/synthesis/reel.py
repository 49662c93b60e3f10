"""Made film: a moving scene of still photographs, and what a century made of it; everything about it is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.effect import VISIBLE, change
from oldphoto_core.synthesis.reel_marks import Inks, Marks, drawn_marks
from oldphoto_core.synthesis.reel_moves import Moves
from oldphoto_core.synthesis.reel_scene import Frames, Scene, Still, drawn_scene
from oldphoto_core.synthesis.reel_wear import Wear, drawn_wear, worn

_SCENE, _MARKS, _WEAR = range(3)  # streams of chance of one seed
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReelSettings:
    """How a clip is made."""

    size: tuple[int, int] = (112, 112)
    """Height and width of the frames in pixels."""

    frames: int = 7
    """How many."""

    moves: Moves = field(default_factory=Moves)
    """How things move."""

    marks: Marks | None = field(default_factory=Marks)
    """What lies on the film; None for nothing."""

    wear: Wear | None = field(default_factory=Wear)
    """How it was copied and kept; None for perfectly."""

    grey: bool = True
    """Whether the film is black and white: three equal channels."""

    def __post_init__(self) -> None:
        """Refuse a clip without pixels."""
        if min(*self.size, self.frames) < 1:
            raise ValueError(f"expected a frame and a pixel or more, found {self.frames} frames of {self.size}")


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """A made clip."""

    scene: Scene
    """As it was filmed, and how its pixels move."""

    old: Frames
    """As it is found."""

    marked: Bool[np.ndarray, "T H W"]
    """Where dirt, lines and hairs changed a frame by more than one part in 255 (before blur and noise)."""

    @property
    def clean(self) -> Frames:
        """The clip without damage."""
        return self.scene.frames


def made_reel(pictures: Sequence[Still], settings: ReelSettings, *, seed: int | Sequence[int]) -> Reel:
    """Return a clip; the same pictures, settings and seed always give the same.

    Args:
        pictures: The ground, and whatever moves before it; each a still photograph.
        settings: How the clip is made.
        seed: Decides everything that is left to chance.

    Raises:
        ValueError: There are no pictures.
    """
    seeds = [seed] if isinstance(seed, int) else list(seed)
    shown = [_grey(picture) for picture in pictures] if settings.grey else list(pictures)
    scene = drawn_scene(shown, settings.size, settings.frames, settings.moves, np.random.default_rng([*seeds, _SCENE]))
    inks: list[Inks] = [()] * settings.frames
    if settings.marks is not None:
        inks = drawn_marks(settings.size, settings.frames, settings.marks, np.random.default_rng([*seeds, _MARKS]))
    dirty = [inked_frame(frame, ink) for frame, ink in zip(scene.frames, inks, strict=True)]
    marked = np.stack([change(frame, found) > VISIBLE for frame, found in zip(scene.frames, dirty, strict=True)])
    if settings.wear is None:
        return Reel(scene, np.stack(dirty), marked)
    chance = np.random.default_rng([*seeds, _WEAR])
    clip = drawn_wear(settings.wear, chance)
    return Reel(scene, np.stack([worn(frame, clip, chance) for frame in dirty]), marked)


def inked_frame(frame: Photo, inks: Inks) -> Photo:
    """Return a frame with what lies on it; where no opacity is, pixels stay bit for bit."""
    found = frame
    for tone, opacity in inks:
        weight = opacity[..., None]
        found = found + weight * (np.float32(tone) - found)
    return np.asarray(found, dtype=np.float32)


def _grey(picture: Photo) -> Photo:
    """Return a photograph in the grey of its luma (ITU-R BT.601, as the release), all three channels alike."""
    return np.ascontiguousarray(np.repeat((picture @ _LUMA)[..., None], 3, axis=2))
