"""The engine with a network: luma restored over the whole shot, colours carried; tried before they are taken."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.film.colour import colour_of, recoloured, relit, repaired_damage
from oldphoto_core.film.deflicker import steadied
from oldphoto_core.film.dirt import DirtSettings
from oldphoto_core.film.guarding import motion_trust
from oldphoto_core.film.judging import ShotChange, ShotLimits, measure_shot, why_worse
from oldphoto_core.film.neighbours import neighbour
from oldphoto_core.film.published import published
from oldphoto_core.film.recurrent import Decoded, frame_bytes, restored, state_bytes
from oldphoto_core.film.reel import FilmSettings, FilmStep, Frame, FrameSource, RestoredFrame, Told
from oldphoto_core.film.windows import WindowCosts, WindowPlan, plan_windows
from oldphoto_core.image import Grey, luma
from oldphoto_core.networks.rtn.film import FilmRestorer

_TRIED_FRAMES = 24
"""Frames on which a shot is tried first; a shot with no more of them is tried whole."""

_STRETCHES = 3
_FLOW_SIDE_PX = 128
"""The shortest side that the published flow network takes."""

_AGREEMENT = DirtSettings()
_GRAIN = np.float32(0.03)
"""Change of luma that is let through everywhere: less than dirt, as much as grain."""

_SEEN_CHANGE = 1.0 / 255.0


@dataclass(slots=True)
class _Sums:
    frames: int = 0
    changed: float = 0.0
    repaired: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Luma:
    """The light of a shot as the network wants it."""

    shot: FrameSource
    network: FilmRestorer

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width, filled up to what the network takes, by their mirror image."""
        step = 2 * self.network.config.branch.window
        least = step if self.network.flow is None else _FLOW_SIDE_PX
        height, width = (-(-max(side, least) // step) * step for side in (self.shot.height, self.shot.width))
        return height, width

    def read(self, start: int, stop: int) -> Float[Tensor, "1 _T 3 _H _W"]:
        """Return frames as three equal channels in [-1, 1]."""
        height, width = self.sides
        planes = np.stack([luma(frame) for frame in self.shot.read(start, stop)])
        more = ((0, 0), (0, height - self.shot.height), (0, width - self.shot.width))
        clip = torch.from_numpy(np.pad(planes, more, mode="reflect"))[:, None] * 2.0 - 1.0
        return clip.to(next(self.network.parameters()).device).expand(-1, 3, -1, -1)[None].contiguous()

    def plane(self, values: Float[Tensor, "1 _c _H _W"]) -> Grey:
        """Return the mean over channels at the frame's own size."""
        cut = values[0, :, : self.shot.height, : self.shot.width].mean(dim=0)
        return cut.float().cpu().numpy()


@dataclass(frozen=True, slots=True, eq=False)
class LearnedFilm:
    """Restores shots with a film network, the published or the compact one; it works where its weights lie."""

    network: FilmRestorer
    """In evaluation mode."""

    name: str
    """Name for the record."""

    weights: Mapping[str, str]
    """SHA-256 of the weights by step; that of ``restore`` is put on record."""

    limits: ShotLimits = field(default_factory=ShotLimits)
    """What is accepted."""

    guarded: bool = True
    """Whether luma hardly changes where neighbouring frames do not agree once they are moved onto a frame."""

    def restore(
        self, shot: FrameSource, settings: FilmSettings, told: Told, *, start: int = 0
    ) -> Iterator[RestoredFrame]:
        """Yield the frames of a shot from ``start`` on, restored, or as they are if trying showed them worse.

        The trial restores three short stretches of the shot by themselves, so that the verdict is known before the
        first frame is given, and is the same wherever a resumed run begins.
        """
        if settings.deflicker:
            shot, step = steadied(shot)
            told(step)
        if settings.official_compat:
            yield from self._published(shot, settings, told, start)
            return
        change = self._tried(shot, settings)
        reason = why_worse(change, self.limits) if settings.strength > 0.0 else "strength is 0"
        if reason is not None:
            for number in range(start, shot.count):
                yield RestoredFrame(frame=shot.read(number, number + 1)[0])
            told(self._step("rejected" if settings.strength > 0.0 else "skipped", reason, change.measures()))
            return
        sums = _Sums()
        yield from self._frames(shot, settings, start, sums)
        count = max(1, sums.frames)
        extra = {"mean_change_luma": sums.changed / count, "repaired_share": sums.repaired / count}
        told(self._step("blended" if settings.strength < 1.0 else "applied", None, change.measures() | extra))

    def _frames(self, shot: FrameSource, settings: FilmSettings, start: int, sums: _Sums) -> Iterator[RestoredFrame]:
        light = _Luma(shot, self.network)
        colour = colour_of(shot.read(shot.count // 2, shot.count // 2 + 1))
        plan = self._plan(light, settings)
        memory = settings.memory_bytes
        for decoded in restored(self.network, shot.count, light.read, plan, start=start, memory_bytes=memory):
            frame = shot.read(decoded.number, decoded.number + 1)[0]
            before = luma(frame)
            after = self._mixed(before, light, decoded, settings.strength)
            result, hole = relit(frame, before, after), repaired_damage(before, after, light.plane(decoded.mask))
            if colour == "colour" and shot.count > 2:
                at = min(max(decoded.number, 1), shot.count - 2)
                result = recoloured(result, hole, lambda at=at: _beside(shot, at))  # type: ignore[misc]
            moved = np.abs(after - before)
            sums.frames, sums.changed = sums.frames + 1, sums.changed + float(moved.mean())
            sums.repaired += float(hole.mean())
            yield RestoredFrame(frame=result, changed_share=float((moved > _SEEN_CHANGE).mean()))

    def _mixed(self, before: Grey, light: _Luma, decoded: Decoded, strength: float) -> Grey:
        """Return the luma with so much of the change as was asked for, and less where motion was not understood."""
        change = (light.plane(decoded.frame) + np.float32(1.0)) * np.float32(0.5) - before
        if self.guarded and light.shot.count > 2:
            first = min(max(decoded.number - 1, 0), light.shot.count - 3)
            three = light.shot.read(first, first + 3)
            here = three.pop(decoded.number - first)
            trust = motion_trust(neighbour(here, three[0]), neighbour(here, three[1]), _AGREEMENT)
            mild = np.clip(change, -_GRAIN, _GRAIN)
            change = mild + trust * (change - mild)
        return np.clip(before + np.float32(strength) * change, 0.0, 1.0)

    def _plan(self, light: _Luma, settings: FilmSettings) -> WindowPlan:
        costs = WindowCosts(
            frame=frame_bytes(self.network, *light.sides),
            state=state_bytes(self.network, *light.sides),
            available=settings.memory_bytes,
        )
        return plan_windows(light.shot.count, window=settings.window, look_ahead=settings.look_ahead, costs=costs)

    def _tried(self, shot: FrameSource, settings: FilmSettings) -> ShotChange:
        changes = []
        for first, stop in tried_stretches(shot.count):
            light = _Luma(_stretch(shot, first, stop), self.network)
            before = [luma(frame) for frame in shot.read(first, stop)]
            plan = self._plan(light, settings)
            found = restored(self.network, stop - first, light.read, plan, memory_bytes=settings.memory_bytes)
            after = [self._mixed(before[each.number], light, each, settings.strength) for each in found]
            changes.append(measure_shot(before, after))
        mean = {name: float(np.mean([one.measures()[name] for one in changes])) for name in changes[0].measures()}
        return ShotChange(**mean)

    def _published(self, shot: FrameSource, settings: FilmSettings, told: Told, start: int) -> Iterator[RestoredFrame]:
        for frame in published(self.network, shot, length=settings.window, start=start):
            yield RestoredFrame(frame=frame, changed_share=1.0)
        told(self._step("applied", "the published procedure, as asked for: grey, 368 pixels, not judged", {}))

    def _step(self, verdict: str, reason: str | None, measures: Mapping[str, float]) -> FilmStep:
        return FilmStep(
            name="restore",
            verdict=verdict,  # type: ignore[arg-type]  # one of four words
            reason=reason,
            measures=dict(measures),
            engine=self.name,
            weights_sha256=self.weights.get("restore"),
        )


def tried_stretches(count: int) -> list[tuple[int, int]]:
    """Return first frames and the frames after the last of what a shot is tried on.

    Examples:
        >>> tried_stretches(10), tried_stretches(100)
        ([(0, 10)], [(0, 8), (46, 54), (92, 100)])
    """
    if count <= _TRIED_FRAMES:
        return [(0, count)]
    length = _TRIED_FRAMES // _STRETCHES
    starts = [round(index * (count - length) / (_STRETCHES - 1)) for index in range(_STRETCHES)]
    return [(start, start + length) for start in starts]


def _stretch(shot: FrameSource, first: int, stop: int) -> FrameSource:
    def read(start: int, end: int) -> list[Frame]:
        return shot.read(first + start, first + end)

    return FrameSource(count=stop - first, height=shot.height, width=shot.width, read=read, rate=shot.rate)


def _beside(shot: FrameSource, at: int) -> tuple[Frame, Frame]:
    before, _, after = shot.read(at - 1, at + 2)
    return before, after
