"""What is known of a reel before a pixel of it is changed: its frames' form, its times, what travels along."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from oldphoto_core.film.planes import PlaneLayout

Repair = Literal["repeated", "concealed"]
"""A frame that could not be decoded, shown as its neighbour; or one that the decoder patched up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourTags:
    """The numbers of ITU-T H.273 that say what colours mean, as the file has them; 2 is unspecified."""

    range: int = 0
    """0 unspecified, 1 narrow, 2 full."""

    primaries: int = 2
    """Colour primaries."""

    transfer: int = 2
    """Transfer characteristics."""

    matrix: int = 2
    """Matrix coefficients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReelFacts:
    """Technical facts of a reel."""

    form: str
    """Container in FFmpeg's words, or the form of the frames in a folder."""

    codec: str
    """What the frames are packed with."""

    width: int
    """Width of a frame as stored, in pixels."""

    height: int
    """Height of a frame as stored, in pixels."""

    pixel_format: str
    """Form of the samples in FFmpeg's words, planar and little-endian."""

    layout: PlaneLayout
    """What the samples mean."""

    time_base: Fraction
    """Length of one tick, in seconds."""

    nominal_rate: Fraction | None
    """Frames per second as the container says; None if it does not."""

    frames_said: int = 0
    """Frames there should be, for showing how far the work is; 0 if the container does not say."""

    aspect: Fraction | None = None
    """Width of a pixel over its height; None if not said."""

    tags: ColourTags = ColourTags()
    """What the colours mean."""

    rotation: int = 0
    """By how many degrees a player turns the frames; the samples are worked on as they are stored."""

    interlaced: bool = False
    """Whether frames hold two fields."""

    timecode: str | None = None
    """Timecode of the first frame."""

    sound: tuple[str, ...] = ()
    """One entry for each sound stream: codec, rate, channels, language."""

    notes: tuple[str, ...] = ()
    """What is odd about the file, or cannot travel along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When one frame is shown, and what had to be mended to have it."""

    pts: int
    """Presentation time, in ticks of the reel's time base."""

    duration: int = 0
    """How long, in ticks; 0 if not said."""

    repair: Repair | None = None
    """What was mended."""

    name: str = ""
    """File of the frame, of a folder; empty in a video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Every frame of a reel in the order shown."""

    stamps: tuple[Stamp, ...]
    """One for each frame."""

    rate: Fraction | None
    """Frames per second if all are shown equally long; None if that varies."""

    notes: tuple[str, ...] = ()
    """Repairs, and what is missing, a sentence each."""

    def __len__(self) -> int:
        """Return how many frames there are."""
        return len(self.stamps)

    @property
    def repairs(self) -> dict[int, Repair]:
        """The frames that were mended, by number."""
        return {number: stamp.repair for number, stamp in enumerate(self.stamps) if stamp.repair is not None}
