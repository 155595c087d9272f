"""Effects of the rows in `learning.toolkit.inventory.tasks`.

Organs of phantoms are outlined exactly, so that few labels and many differ in nothing but number. Sources and targets
are other patients; test cases are the same in every seed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.strategy_table.bench import TEST_SEED, Bench, Settings
from benchmarks.strategy_table.organs import organs_in_ct, organs_in_radiograph
from benchmarks.strategy_table.paired import Paired
from imaging.phantoms import render_ct, render_radiograph, sample_thorax
from learning.toolkit.checkpoint import write_checkpoint
from learning.toolkit.data import Examples
from learning.toolkit.nets import Network
from learning.toolkit.segment import MaskExamples, dice, segment
from learning.toolkit.volume_under_surface import volume

SIZE, SHAPE = 48, (12, 32, 32)
FEW = 6
PLANE: Settings = {
    "targets": {"kind": "segmentation"}, "input": {"size": SIZE}, "regularisation": {"dropout_hidden": 0.0},
    "optimiser": {"max_steps": 120, "batch_size": 6},
}
SOURCE_STEPS: Settings = {"optimiser": {"max_steps": 240}}
VOLUME: Settings = {
    **PLANE, "input": {"size": SHAPE[1], "volume": "3d", "depth": SHAPE[0]}, "network": {"name": "small_cnn3d"},
    "optimiser": {"max_steps": 60, "batch_size": 3},
}
VOLUME_SOURCE: Settings = {"optimiser": {"max_steps": 120}}
CLASSES = ("effusion", "pneumothorax", "none")


def organ_to_organ(bench: Bench) -> Paired:
    """T20: an encoder that outlined lungs on 100 radiographs, then hearts on 6; against random weights on the 6."""
    return _transferred(bench, radiographs, PLANE, SOURCE_STEPS, many=100, source="lungs", target="heart", tests=60)


def volumes_to_organ(bench: Bench) -> Paired:
    """T11: the same in three dimensions: lungs of 40 CT volumes, then the heart of 6."""
    return _transferred(bench, volumes, VOLUME, VOLUME_SOURCE, many=40, source="lungs", target="heart", tests=30)


def three_classes(bench: Bench) -> Paired:
    """T6: three classes from 45 radiographs, from a network that named other findings against random weights.

    Each case scores the probability of its true class; the volume under the ROC surface is told beside.
    """
    from benchmarks.strategy_table.effects.transfer import source

    train, test = _classes(bench, train=45), _classes(Bench(TEST_SEED), train=300)
    base: Settings = {"targets": {"kind": "multiclass"}, "optimiser": {"max_steps": 250, "batch_size": 16}}
    start = source(bench.seed, ("nodule", "effusion"))
    tables = [bench.ask(bench.train(base, train, init_state=state), test) for state in (start, None)]
    true = test.targets.argmax(axis=1)
    scores = [table[np.arange(len(true)), true] for table in tables]
    areas = [volume(table, true) for table in tables]
    return Paired.scores(*scores, test.patients, "probability of the true class", told=f"volumes {areas}")


def _transferred(
    bench: Bench, make: Callable[[int, int, str], MaskExamples], base: Settings, longer: Settings, *, many: int,
    source: str, target: str, tests: int,
) -> Paired:
    first = bench.train({**base, "optimiser": {**base["optimiser"], **longer["optimiser"]}},
                        make(20_000 + bench.seed, many, source))
    with tempfile.TemporaryDirectory(prefix="radloop-organ-") as folder:
        start = Path(folder) / "source.safetensors"
        backbone = {name: t for name, t in first.state_dict().items() if name.startswith("backbone.")}
        write_checkpoint(start, backbone, {})
        few, test = make(30_000 + bench.seed, FEW, target), make(TEST_SEED, tests, target)
        scores = [_dices(bench.train(base, few, init_state=state), test) for state in (start, None)]
    return Paired.scores(*scores, test.patients, "Dice", told=f"{many} labelled for {source}, {FEW} for {target}")


def _dices(model: Network, test: MaskExamples) -> list[float]:
    guesses = segment(model, test.images, device="cpu") >= 0.5
    return [dice(guess[0], truth[0] == 1) for guess, truth in zip(guesses, test.masks, strict=True)]


@lru_cache(maxsize=24)
def radiographs(seed: int, count: int, organ: str) -> MaskExamples:
    """Radiographs of `SIZE` pixels with one organ outlined."""
    thoraxes = [sample_thorax(seed=seed, index=index) for index in range(count)]
    images = np.stack([render_radiograph(thorax, rows=SIZE, columns=SIZE).pixels for thorax in thoraxes])
    masks = np.stack([organs_in_radiograph(thorax, rows=SIZE, columns=SIZE)[organ] for thorax in thoraxes])
    return _outlined(images, masks, seed, organ)


@lru_cache(maxsize=24)
def volumes(seed: int, count: int, organ: str) -> MaskExamples:
    """CT volumes of `SHAPE` voxels with one organ outlined, brightness from -1000 to 500 HU."""
    thoraxes = [sample_thorax(seed=seed, index=index) for index in range(count)]
    images = np.stack([render_ct(thorax, shape=SHAPE).hu for thorax in thoraxes])
    masks = np.stack([organs_in_ct(thorax, shape=SHAPE)[organ] for thorax in thoraxes])
    return _outlined(np.clip((images + 1000) / 1500, 0, 1).astype(np.float32), masks, seed, organ)


def _outlined(images: np.ndarray, masks: np.ndarray, seed: int, organ: str) -> MaskExamples:  # type: ignore[type-arg]
    names = [f"{seed}-{n}" for n in range(len(images))]
    return MaskExamples.of_masks(
        images, masks[:, None].astype(np.uint8), patients=names, keys=names, findings=[organ]
    )


def _classes(bench: Bench, *, train: int) -> Examples:
    """Cases with one of two findings, or neither: a third each."""
    shares = {"effusion": 0.45, "pneumothorax": 0.45, "nodule": 0.0, "consolidation": 0.0, "cardiomegaly": 0.1}
    found, _ = bench.phantoms(train=4 * train, test=2, findings=CLASSES[:2], prevalence=shares)
    table = np.concatenate([found.targets, 1 - found.targets.max(axis=1, keepdims=True)], axis=1)
    single = found.targets.sum(axis=1) <= 1
    chosen = np.concatenate([np.flatnonzero(single & (table[:, k] == 1))[: train // 3] for k in range(3)])
    names = [found.patients[row] for row in chosen]
    return Examples.of(found.images[chosen], table[chosen], patients=names, keys=names, findings=CLASSES)
