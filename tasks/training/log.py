"""The record of a training: one JSON line an event in ``log.jsonl``, and the curves drawn from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from oldphoto_core.training.curve import curves, smoothed

POINTS = 200
"""About how many points the curve of the loss has."""


@dataclass(frozen=True, slots=True)
class TrainingLog:
    """A file of JSON lines: ``learned`` with the losses since the last line, ``judged`` with held-out numbers."""

    path: Path
    """The file."""

    def begin(self, *, after_step: int) -> None:
        """Keep the lines up to a step only: those after it are of steps that will be done again."""
        kept = [line for line in self.lines() if line["step"] <= after_step] if after_step else []
        self.path.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")

    def add(self, event: str, step: int, values: Mapping[str, Any]) -> None:
        """Append a line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, "step": step, **values}) + "\n")

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines; a last one that a power cut left unfinished is passed over."""
        if not self.path.is_file():
            return []
        whole = self.path.read_text("utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def judgements(self) -> list[tuple[int, dict[str, float]]]:
        """Return step and held-out numbers of every judgement."""
        return [(line["step"], line["scores"]) for line in self.lines() if line["event"] == "judged"]

    def drawn(self) -> Image.Image:
        """Return the curves as a picture: the loss, and the held-out numbers."""
        learned = [(line["step"], line["loss"]) for line in self.lines() if line["event"] == "learned"]
        means = smoothed([loss for _, loss in learned], count=max(1, len(learned) // POINTS))
        panels: dict[str, dict[str, list[tuple[int, float]]]] = {}
        for step, scores in self.judgements():
            for name, value in scores.items():
                panels.setdefault(_panel_of(name), {}).setdefault(name, []).append((step, value))
        return curves({"loss": {"loss": [(learned[at][0], mean) for at, mean in means]}} | panels)


def _panel_of(name: str) -> str:
    """Return the title of the panel that shows a held-out number: one for each unit.

    Examples:
        >>> _panel_of("gain_blur_db"), _panel_of("clean_change")
        ('held out: gain in PSNR, dB', 'held out: mean change of sound pictures, 1/255')
    """
    if name == "latent_distance":
        return "held out: distance between latents of real and synthetic old photographs"
    if name.startswith(("psnr", "toned_psnr", "hole")):
        return "held out: PSNR, dB"
    if name.endswith("_db"):
        return "held out: gain in PSNR, dB"
    if name in {"owner_accuracy", "kept_unrelated"}:
        return "held out: share of pixels with their right owner, share kept beside unrelated references"
    return "held out: mean change of sound pictures, 1/255" if name == "clean_change" else "held out: AUC and F1"
