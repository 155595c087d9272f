"""Effects of the rows in `learning.toolkit.inventory.volumes`.

Volumes are made here, 16 slices of 32 px with rods along the slices, so that one slice of a rod and of a ball look the
same. The order volumes are those of the mechanism test: a disc and a ring, and which of them comes first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.strategy_table.bench import Bench, Settings
from benchmarks.strategy_table.paired import Paired
from learning.toolkit.checkpoint import write_checkpoint
from learning.toolkit.data import Examples
from learning.toolkit.volumes import VolumeList

SLICES, SIDE = 16, 32
TEST = 20_261_126
FAINTER = 4
SHORT: Settings = {
    "input": {"size": SIDE, "depth": SLICES, "normalise": "window", "windows": "1/6"},
    "optimiser": {"max_steps": 120, "batch_size": 16, "learning_rate": 0.004},
}
VOLUMETRIC: Settings = {"input": {"volume": "3d"}, "network": {"name": "small_cnn3d"}}
Maker = Callable[[np.random.Generator, bool], Any]


def _examples(make: Maker, count: int, seed: int, name: str) -> Examples:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2 == 0
    volumes = np.stack([make(rng, bool(label)) for label in labels])
    keys = [f"{name}{n}" for n in range(count)]
    return Examples.of(volumes, labels[:, None].astype(np.float32), patients=keys, keys=keys, findings=("ball",))


def _cases(bench: Bench, make: Maker, *, train: int = 160, test: int = 200) -> tuple[Examples, Examples]:
    return _examples(make, train, 1000 + bench.seed, f"train{bench.seed}-"), _examples(make, test, TEST, "test-")


def _seen(part: Examples, bench: Bench, settings: Settings) -> Examples:
    """The volumes as the recipe sees them; without one that reads volumes, their middle slice."""
    input = bench.recipe(SHORT, settings).input
    if not input.is_volume:
        return replace(part, images=part.images[:, part.images.shape[1] // 2])
    return replace(part, images=np.asarray(VolumeList(list(part.images), input)))


def _asked(bench: Bench, settings: Settings, train: Examples, test: Examples, **how: Any) -> Any:
    merged = {name: {**dict(SHORT.get(name, {})), **dict(settings.get(name, {}))} for name in {*SHORT, *settings}}
    model = bench.train(merged, _seen(train, bench, settings), **how)
    return bench.ask(model, _seen(test, bench, settings))


def _against(bench: Bench, on: Settings, off: Settings, make: Maker, **sizes: int) -> Paired:
    train, test = _cases(bench, make, **sizes)
    return Paired.auroc(*(_asked(bench, settings, train, test) for settings in (on, off)), test)


def _noise(rng: np.random.Generator) -> Any:
    return rng.normal(0, 0.3, (SLICES, SIDE, SIDE)).astype(np.float32)


def _grid() -> Any:
    return np.mgrid[:SLICES, :SIDE, :SIDE].astype(np.float32)


def _ball(volume: Any, z: float, y: float, x: float, *, height: float = 2.0, radius: float = 3.5) -> None:
    grid = _grid()
    volume[(grid[0] - z) ** 2 + (grid[1] - y) ** 2 + (grid[2] - x) ** 2 <= radius**2] += height


def _rod(volume: Any, y: float, x: float, *, radius: float = 3.5) -> None:
    grid = _grid()
    volume[(grid[1] - y) ** 2 + (grid[2] - x) ** 2 <= radius**2] += 2.0


def _in_the_middle(rng: np.random.Generator, positive: bool) -> Any:
    """A ball, or a rod, through the centre: as after a crop around a mark."""
    volume = _noise(rng)
    y, x = 16 + rng.uniform(-1, 1, 2)
    if positive:
        _ball(volume, SLICES / 2 + rng.uniform(-1, 1), y, x)
    else:
        _rod(volume, y, x)
    return volume


def _anywhere(rng: np.random.Generator, positive: bool) -> Any:
    """A ball or a rod anywhere in the volume."""
    volume = _noise(rng)
    y, x = rng.uniform(6, SIDE - 6, 2)
    if positive:
        _ball(volume, rng.uniform(4, SLICES - 4), y, x)
    else:
        _rod(volume, y, x)
    return volume


def _in_order(rng: np.random.Generator, positive: bool) -> Any:
    """Disc before ring, or ring before disc; off the middle slice, row and column."""
    volume, (y, x) = _noise(rng), np.mgrid[:SIDE, :SIDE]
    first, second = np.sort(rng.choice([0, 2, 4, 11, 13, 15], 2, replace=False))
    for place, hollow in zip((first, second) if positive else (second, first), (0, 3), strict=True):
        row, column = rng.choice([8, 23], 2)
        distance = np.hypot(y - row, x - column)
        volume[place][(distance <= 5) & (distance >= hollow)] = 2
    return volume


def planes(bench: Bench) -> Paired:
    """T14: three planes through the lesion against its middle slice."""
    return _against(bench, {"input": {"volume": "tri_planar"}}, {}, _in_the_middle)


def projections(bench: Bench) -> Paired:
    """T13: four maximum projections against the middle slice."""
    return _against(bench, {"input": {"volume": "projections", "views": 4}}, {}, _anywhere, train=120)


def planes_without_order(bench: Bench) -> Paired:
    """T15: three planes against the volume read slice by slice, where the answer is an order."""
    read = {"input": {"volume": "slices", "combine": "gru"}}
    return _against(bench, {"input": {"volume": "tri_planar"}}, read, _in_order)


def recurrent(bench: Bench) -> Paired:
    """T16: slices read in order against the mean over the same slices, where the answer is an order."""
    on, off = ({"input": {"volume": "slices", "combine": how}} for how in ("gru", "mean"))
    return _against(bench, on, off, _in_order)


def windows(bench: Bench) -> Paired:
    """T18: Hounsfield units through a window against each image's own percentiles, where brightness is the answer."""
    on: Settings = {"input": {"normalise": "window", "windows": "brain"}}
    off: Settings = {"input": {"normalise": "percentile", "windows": ""}}
    return _against(bench, on, off, _bleeding)


def _bleeding(rng: np.random.Generator, positive: bool) -> Any:
    """A head of 35 HU with a spot of 65 HU (fresh blood) or of 25 HU (old); bone and air differ from head to head."""
    grid = _grid()
    radius = np.hypot(grid[1] - 15.5, grid[2] - 15.5)
    head = np.where(radius < 13, 35.0, np.where(radius < 15, rng.uniform(300, 1500), -1000.0)).astype(np.float32)
    y, x = rng.uniform(11, 21, 2)
    spot = np.hypot(grid[1] - y, grid[2] - x) < 3
    head[spot & (radius < 12)] = 65 if positive else 25
    return head + rng.normal(0, 12, head.shape).astype(np.float32)


@lru_cache(maxsize=16)
def _source(seed: int) -> Path:
    """A 3-D network that learned the plain form of the finding from many cases."""
    bench = Bench(10_000 + seed)
    train, _ = _cases(bench, _anywhere, train=400, test=2)
    settings = {**SHORT, **VOLUMETRIC, "input": {**SHORT["input"], **VOLUMETRIC["input"]}}
    model = bench.train(settings, _seen(train, bench, VOLUMETRIC))
    path = Path(tempfile.mkdtemp(prefix="radloop-source-")) / "model.safetensors"
    write_checkpoint(path, {n: t for n, t in model.state_dict().items() if n.startswith("backbone.")}, {})
    return path


def _faint(rng: np.random.Generator, positive: bool) -> Any:
    """The subtle form: a ball of a fraction of the brightness, or a rod of it."""
    volume = _anywhere(rng, positive)
    return _noise(rng) + (volume - _noise(rng)) / FAINTER


def same_modality(bench: Bench) -> Paired:
    """T19: a 3-D network from the plain form of a disease, tuned on few cases of its subtle form, against scratch."""
    train, test = _cases(bench, _faint, train=16)
    few = {**VOLUMETRIC, "optimiser": {"max_steps": 60, "batch_size": 8}}
    arms = [_asked(bench, few, train, test, init_state=path) for path in (_source(bench.seed), None)]
    return Paired.auroc(*arms, test)
