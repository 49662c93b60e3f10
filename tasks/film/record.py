"""What was done to a reel, as one JSON document and as marks in its frames."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from oldphoto_core.film.reel import FilmEngine, FilmStep, FilmVerdict, Shot
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.lineage import Lineage, Step
from oldphoto_core.scan.xmp import mark
from tasks.film.fetching import LocalReel
from tasks.film.making import Made, Plan
from tasks.film.restoring import RestoredReel
from tasks.settings import NightSettings
from tasks.version import code_version

FORMAT = "oldphoto-film/1"
"""The number rises when a key changes its meaning; keys may be added without."""


def film_record(reel: LocalReel, made: Made, plan: Plan, outputs: Mapping[str, Path]) -> dict[str, Any]:
    """Return everything known about a restored reel as JSON values."""
    facts, restored = made.facts, made.restored
    timeline = restored.timeline
    return {
        "format": FORMAT,
        "notice": "The files named here are derivatives. The master was not changed.",
        "code_version": code_version(),
        "master": {"name": reel.name, "sha256": reel.sha256, "bytes": reel.size_bytes, "form": facts.form},
        "frames_in": len(timeline),
        "frames_out": sum(chunk.stop - chunk.start for chunk in restored.chunks),
        "frames_sha256": frames_digest(restored),
        "frames_resumed": restored.resumed,
        "frame_rate": None if timeline.rate is None else str(timeline.rate),
        "width_px": facts.width,
        "height_px": facts.height,
        "bit_depth": facts.layout.bits,
        "pixel_format": facts.pixel_format,
        "codec": facts.codec,
        "timecode": facts.timecode,
        "sound": list(facts.sound),
        "repairs": [{"frame": number, "repair": repair} for number, repair in timeline.repairs.items()],
        "notes": list(made.notes),
        "engine": plan.engine.name,
        "weights": dict(plan.engine.weights),
        "settings": plan.settings.deciding()["film"],
        "settings_hash": plan.settings.film_hash,
        "steps": [asdict(step) for step in summed_steps(restored)],
        "shots": [
            {"start": shot.start, "stop": shot.stop, "steps": [asdict(step) for step in steps]}
            for shot, steps in restored.steps
        ],
        "files": {name: _described(path) for name, path in outputs.items()},
    }


def frames_digest(restored: RestoredReel) -> str:
    """Return the SHA-256 of the digests of all frames, a line each: the same frames, the same digest."""
    lines = "".join(f"{digest}\n" for chunk in restored.chunks for digest in chunk.frames)
    return hashlib.sha256(lines.encode()).hexdigest()


def summed_steps(restored: RestoredReel) -> list[FilmStep]:
    """Return one step for each name: applied if it was for any shot; measures are means over all frames."""
    by_name: dict[str, list[tuple[Shot, FilmStep]]] = {}
    for shot, steps in restored.steps:
        for step in steps:
            by_name.setdefault(step.name, []).append((shot, step))
    return [_summed(name, parts) for name, parts in by_name.items()]


def _summed(name: str, parts: Sequence[tuple[Shot, FilmStep]]) -> FilmStep:
    verdicts = Counter(step.verdict for _, step in parts)
    order: tuple[FilmVerdict, ...] = ("applied", "blended", "rejected", "skipped")
    verdict = next(one for one in order if verdicts[one])
    reasons = dict.fromkeys(step.reason for _, step in parts if step.verdict == verdict and step.reason)
    names = dict.fromkeys(key for _, step in parts for key in step.measures)
    measures = {f"shots_{one}": float(verdicts[one]) for one in order if verdicts[one]}
    for key in names:
        told = [(len(shot), step.measures[key]) for shot, step in parts if key in step.measures]
        is_count = key.endswith(("_pixels", "_frames")) or key.startswith("frames_")
        total = sum(value for _, value in told) if is_count else sum(size * value for size, value in told)
        measures[key] = total if is_count else total / sum(size for size, _ in told)
    return replace(parts[0][1], name=name, verdict=verdict, reason="; ".join(reasons) or None, measures=measures)


def frame_marker(sha256: str, settings: NightSettings, engine: FilmEngine) -> Callable[[Scan], Scan]:
    """Return what writes into a changed frame that it is a derivative, of what, and what made it.

    Args:
        sha256: Digest of the reel.
        settings: All settings.
        engine: Who restores.
    """
    name = "classical" if not engine.weights else engine.name
    weights = next(iter(engine.weights.values()), None)
    lineage = Lineage(
        asset_id=sha256,
        master_sha256=sha256,
        kind="restored",
        run_id=None,
        code_version=code_version(),
        settings_hash=settings.film_hash,
        config_hash=settings.config_hash,
        steps=(Step(stage="restore", name="film", engine=name, weights_sha256=weights),),
    )
    return lambda scan: replace(scan, xmp=mark(lineage, scan.xmp).packet)


def _described(path: Path) -> dict[str, Any]:
    if path.is_dir():
        files = sorted(path.iterdir())
        return {"name": path.name, "files": len(files), "bytes": sum(file.stat().st_size for file in files)}
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "sha256": digest, "bytes": path.stat().st_size}
