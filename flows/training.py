"""Training as a Prefect flow: one network from one recipe."""

from pathlib import Path
from typing import Any

from prefect import flow

from tasks.training.train import TrainRequest, train_network


@flow(name="train")
def training(name: str, data: Path, out: Path, device: str = "cpu", minutes: float | None = None) -> dict[str, Any]:
    """Train a network, going on where an earlier run stopped; return steps and held-out numbers."""
    request = TrainRequest(name=name, data=data, out=out, device=device, resume=True, minutes=minutes)
    trained = train_network(request)
    return {"steps": trained.steps, "planned": trained.planned, "before": trained.before, "after": trained.after}
