"""The made clips on which film restoration is measured: of held-out photographs, by kind of damage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from oldphoto_core.synthesis.reel import Reel, ReelSettings, made_reel
from oldphoto_core.synthesis.reel_marks import Marks
from oldphoto_core.synthesis.reel_moves import Moves
from oldphoto_core.synthesis.reel_scene import Still
from oldphoto_core.synthesis.reel_wear import PUBLISHED, Wear
from oldphoto_core.training.film_recipes import evened

FilmKind = Literal["clean", "marked", "evened", "worn", "published"]

KINDS: Mapping[FilmKind, str] = MappingProxyType(
    {
        "clean": "no damage: what a method spoils",
        "marked": "dirt, lines and hairs alone",
        "evened": "dirt, blur, a smaller size, noise and JPEG; light that hardly trembles",
        "worn": "the same, and light that trembles",
        "published": "the ranges of the released RTN training: all of it on every clip, and more of it",
    }
)
"""What is done to clips of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmCases:
    """How clips for an evaluation are made."""

    size: tuple[int, int] = (144, 192)
    """Height and width of the frames, multiples of 16."""

    frames: int = 10
    """Frames of a clip."""

    seed: int = 0
    """Decides every clip, with its picture's number."""

    def clip(self, pictures: Sequence[Still], kind: FilmKind, number: int) -> Reel:
        """Return a clip.

        Args:
            pictures: Its ground, and whatever moves before it.
            kind: What is done to it.
            number: Of its ground among all; clips of one number differ in their damage alone.
        """
        return made_reel(pictures, self.settings(kind), seed=[self.seed, number])

    def settings(self, kind: FilmKind) -> ReelSettings:
        """Return how clips of a kind are made."""
        moves = Moves(weave_px=0.25)
        whole = ReelSettings(size=self.size, frames=self.frames, moves=moves, marks=Marks(), wear=Wear())
        wears = {"clean": None, "marked": None, "evened": evened(Wear()), "worn": Wear(), "published": PUBLISHED}
        return replace(whole, marks=None if kind == "clean" else whole.marks, wear=wears[kind])
