"""A reel as the engines see it: shots of frames, read by number, restored one after the other.

A ``Frame`` is a ``Photo``: float32 (H, W, 3), gamma-encoded, in [0, 1]; of a grey film the three channels are equal.
Whoever holds the reel gives a ``FrameSource`` for each shot, so that an engine can look ahead and back without holding
the shot. An engine gives as many frames as it was given, in order, each of the same size.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from oldphoto_core.image import Photo

Frame = Photo

ReadFrames = Callable[[int, int], list[Frame]]
"""Takes the first frame and the one after the last, counted from 0 within the shot; returns those frames."""

FilmVerdict = Literal["applied", "blended", "rejected", "skipped"]
"""What the do-no-harm checks decided of a step; the words of the catalog."""

FilmEngineName = Literal["none", "classical", "own", "official"]
"""Who restores; ``none`` leaves every frame as it is."""


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames between two cuts."""

    start: int
    """First frame, counted from 0 in the reel."""

    stop: int
    """The frame after the last."""

    def __post_init__(self) -> None:
        """Refuse a shot without frames.

        Raises:
            ValueError: It is empty, or begins before the reel.
        """
        if not 0 <= self.start < self.stop:
            raise ValueError(f"expected 0 <= start < stop, found start {self.start} and stop {self.stop}")

    def __len__(self) -> int:
        """Return how many frames it has."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSource:
    """The frames of one shot, read by number as often as needed; nothing is held in memory."""

    count: int
    """Frames of the shot."""

    height: int
    """Height of a frame, in pixels."""

    width: int
    """Width of a frame, in pixels."""

    read: ReadFrames
    """Reads frames; numbers count within the shot."""

    rate: float | None = None
    """Frames per second; None if the reel does not say or varies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSettings:
    """What decides how a reel is restored."""

    engine: FilmEngineName = "classical"
    """Who restores."""

    deflicker: bool = True
    """Whether the brightness of neighbouring frames is evened out before."""

    strength: float = 1.0
    """Share of the engine's change that is taken over, in [0, 1]."""

    official_compat: bool = False
    """Whether to follow the published procedure to the letter (grey, 368 pixels, windows apart); engine official."""

    window: int = 20
    """Frames restored together."""

    look_ahead: int = 8
    """Frames beyond a window that are looked at and restored again in the next one."""

    memory_bytes: int = 2 * 2**30
    """Memory for the frames and maps of a window, in bytes; larger frames are worked on in tiles."""

    shortest_shot: int = 8
    """Fewest frames between two cuts."""

    chunk: int = 48
    """Most frames that are kept together when a shot is put aside; a crash costs no more finished frames than that."""

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense.

        Raises:
            ValueError: A field is out of its range.
        """
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"strength must lie in [0, 1], found {self.strength}")
        for name, least in (("window", 1), ("look_ahead", 0), ("memory_bytes", 2**26), ("shortest_shot", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, found {getattr(self, name)}")
        if self.chunk < 1:
            raise ValueError(f"chunk must be at least 1, found {self.chunk}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredFrame:
    """One frame as an engine gives it back."""

    frame: Frame
    """The picture, of the size it had; pixels that need nothing come back bit for bit."""

    changed_share: float = 0.0
    """Share of its pixels that were repaired, in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmStep:
    """What one step did to one shot, for the record."""

    name: str
    """The step: deflicker, restore, …"""

    verdict: FilmVerdict
    """What the checks decided."""

    reason: str | None = None
    """Why, in a phrase; always given when the step was rejected or skipped."""

    measures: Mapping[str, float] = field(default_factory=dict)
    """Measurements over the shot; each name carries its unit."""

    engine: str = "classical"
    """What did it: classical, or the name of a network."""

    weights_sha256: str | None = None
    """Digest of the weights it took."""


Told = Callable[[FilmStep], None]
"""Told once for each step of a shot, when the last frame of it has been given."""


@runtime_checkable
class FilmEngine(Protocol):
    """Restores a shot."""

    @property
    def name(self) -> str:
        """Name for the record: none, classical, or that of a network."""

    @property
    def weights(self) -> Mapping[str, str]:
        """SHA-256 of the weights at work, by step; empty without any."""

    def restore(
        self, shot: FrameSource, settings: FilmSettings, told: Told, *, start: int = 0
    ) -> Iterator[RestoredFrame]:
        """Yield the restored frames from number ``start`` on: the same ones that a call with start 0 gives there.

        An engine whose frames do not depend on those long before them need not restore the first ones for that.
        """


class Untouched:
    """The engine that leaves every frame as it is: a reel is only wrapped anew."""

    name = "none"
    weights: Mapping[str, str] = {}

    def restore(
        self, shot: FrameSource, settings: FilmSettings, told: Told, *, start: int = 0
    ) -> Iterator[RestoredFrame]:
        """Yield the frames of the shot from ``start`` on."""
        del settings
        for number in range(start, shot.count):
            yield RestoredFrame(frame=shot.read(number, number + 1)[0])
        told(FilmStep(name="restore", verdict="skipped", reason="nothing was asked for", engine=self.name))
