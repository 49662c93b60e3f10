"""The frames of a shot on disk: each as it was put, in any order; nothing is left behind."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tasks.film.spool import Spool


def frames(count: int) -> list[tuple[np.ndarray, ...]]:
    rng = np.random.default_rng(0)
    sizes = ((7, 9), (4, 5), (4, 5))
    return [tuple(rng.integers(0, 1024, size).astype(np.uint16) for size in sizes) for _ in range(count)]


def test_frames_come_back_in_any_order(tmp_path: Path) -> None:
    put = frames(5)
    with Spool(tmp_path / "spool") as spool:
        spool.fill(iter(put), 5)
        for number in (4, 0, 2, 2):
            assert all(np.array_equal(a, b) for a, b in zip(spool.read(number), put[number], strict=True))
        assert (tmp_path / "spool").stat().st_size == 5 * spool.frame_bytes == 5 * 2 * (63 + 20 + 20)
        with pytest.raises(IndexError, match="frames 0 to 4, asked for 5"):
            spool.read(5)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_the_shot_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(tmp_path)._replace(free=2**28 + 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with Spool(tmp_path / "spool") as spool, pytest.raises(OSError, match="choose another folder with --work"):
        spool.fill(iter(frames(5)), 5)
    assert list(tmp_path.iterdir()) == []
