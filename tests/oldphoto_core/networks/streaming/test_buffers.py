import gc
from pathlib import Path

import pytest
import torch
from torch import nn

from oldphoto_core.networks.streaming.buffers import InMemory, OnDisk, Workspace
from oldphoto_core.networks.streaming.convolution import convolved
from oldphoto_core.networks.streaming.rows import Held

AMPLE, NONE = 2**26, 0


def open_files() -> set[str]:
    return {link.name for link in Path("/proc/self/fd").iterdir()}


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(1, 6, 23, 17, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("memory_bytes", [AMPLE, NONE])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_laid_down_is_read_back(x: torch.Tensor, memory_bytes: int, dtype: torch.dtype) -> None:
    space = Workspace(memory_bytes=memory_bytes, dtype=dtype)
    space.strip_bytes = 5 * 6 * 17 * 4
    stored = space.store(Held(x.to(dtype)))
    assert isinstance(stored, InMemory if memory_bytes else OnDisk)
    assert torch.equal(stored.rows(0, 23), x.to(dtype))
    assert torch.equal(stored.rows(4, 9), x.to(dtype)[:, :, 4:9])
    assert torch.equal(stored.block(slice(4, 9), slice(3, 11)), x.to(dtype)[:, :, 4:9, 3:11])


@pytest.mark.parametrize("memory_bytes", [AMPLE, NONE])
def test_maps_can_be_kept_in_fewer_bits_than_they_are_computed_in(x: torch.Tensor, memory_bytes: int) -> None:
    stored = Workspace(memory_bytes=memory_bytes, kept=torch.float16).store(Held(x))
    assert stored.rows(0, 23).dtype == torch.float32
    assert torch.equal(stored.rows(0, 23), x.half().float())
    assert torch.equal(stored.block(slice(4, 9), slice(3, 11)), x.half().float()[:, :, 4:9, 3:11])
    assert not stored.direct


def test_memory_is_given_back_when_a_map_is_let_go() -> None:
    space = Workspace(memory_bytes=AMPLE)
    room = (AMPLE - 6 * space.strip_bytes) // 4
    first = space.new((1, 1, room))
    second = space.new((1, 1, 1))
    assert isinstance(first, InMemory)
    assert isinstance(second, OnDisk)
    assert space.spilled_bytes == 4
    del first
    gc.collect()
    assert isinstance(space.new((1, 1, room)), InMemory)


def test_halves_take_half_the_room() -> None:
    space = Workspace(memory_bytes=AMPLE, kept=torch.float16)
    room = (AMPLE - 6 * space.strip_bytes) // 2
    kept = [space.new((1, 1, room)), space.new((1, 1, 1))]
    assert [type(one) for one in kept] == [InMemory, OnDisk]


def test_working_memory_counts_as_memory() -> None:
    space = Workspace(memory_bytes=AMPLE)
    room = (AMPLE - 6 * space.strip_bytes) // 4
    piece = space.scratch.take(1)
    assert isinstance(space.new((1, 1, room)), OnDisk)
    del piece


def test_temporary_files_have_no_name_and_close_with_the_map(tmp_path: Path, x: torch.Tensor) -> None:
    before = open_files()
    stored = Workspace(memory_bytes=NONE, spill_folder=tmp_path).store(Held(x))
    assert isinstance(stored, OnDisk)
    assert list(tmp_path.iterdir()) == []
    assert len(open_files() - before) == 1
    del stored
    gc.collect()
    assert not open_files() - before


def test_the_watcher_sees_every_row_once(x: torch.Tensor) -> None:
    space = Workspace(memory_bytes=AMPLE)
    space.strip_bytes = 5 * 6 * 17 * 4
    seen: list[torch.Tensor] = []
    space.store(Held(x), watch=lambda rows: seen.append(rows.clone()))
    assert torch.equal(torch.cat(seen, dim=2), x)


@pytest.mark.parametrize("memory_bytes", [AMPLE, NONE])
def test_a_convolution_is_laid_down_as_it_would_be_read(memory_bytes: int, x: torch.Tensor) -> None:
    source = convolved(
        Held(x),
        nn.Conv2d(6, 4, 3, padding=1).requires_grad_(requires_grad=False),
        Workspace(memory_bytes=AMPLE).scratch,
    )
    space = Workspace(memory_bytes=memory_bytes)
    torch.testing.assert_close(space.store(source).rows(0, 23), source.rows(0, 23))


@pytest.mark.parametrize(("strip_rows", "expected"), [(1, 1), (2, 2), (3, 4), (4, 4), (7, 4), (8, 8)])
def test_strips_are_whole_tiles_if_that_is_near(strip_rows: int, expected: int, x: torch.Tensor) -> None:
    space = Workspace(memory_bytes=AMPLE)
    space.strip_bytes = strip_rows * 6 * 17 * 4
    strips = list(space.strips(Held(x)))
    assert strips[0] == (0, expected)
    assert [row for start, stop in strips for row in range(start, stop)] == list(range(23))
