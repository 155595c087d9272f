"""Effects of the rows in `learning.toolkit.inventory.transfer`.

The target is nodule and effusion, with 40 labels. The source is one network for each seed that has learned from 1500
other cases whether there is anything at all: many cases with a coarse label. For T21 it has learned the other findings,
and the target is cardiomegaly.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.strategy_table.bench import Bench, Settings
from benchmarks.strategy_table.paired import Paired
from imaging.phantoms import FINDINGS
from learning.toolkit.checkpoint import write_checkpoint
from learning.toolkit.data import Examples

LABELS = 40
TARGET = ("nodule", "effusion")
SHORT: Settings = {"optimiser": {"max_steps": 300, "batch_size": 16}}
FROZEN: Settings = {"tuning": {"kind": "frozen", "classifier": "svm"}}
SHALLOW: Settings = {"tuning": {"kind": "shallow", "stages": 1}}
DEEP: Settings = {"tuning": {"kind": "all", "body_rate": 0.1}}
INCREMENTAL: Settings = {"tuning": {"kind": "incremental", "body_rate": 0.1, "inner_folds": 2}}


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="radloop-source-"))


@lru_cache(maxsize=16)
def source(seed: int, target: tuple[str, ...]) -> Path:
    """Backbone of a network that learned whether a case is abnormal, or the findings that are not the target."""
    bench = Bench(10_000 + seed)
    if target == TARGET:
        few = dict.fromkeys(FINDINGS, 0.13)  # about half of the cases are abnormal
        cases, _ = bench.phantoms(train=1500, test=2, findings=tuple(FINDINGS), prevalence=few)
        train = replace(cases, targets=cases.targets.max(axis=1, keepdims=True), weights=cases.weights[:, :1],
                        findings=("abnormal",))
    else:
        others = tuple(finding for finding in FINDINGS if finding not in target)
        train, _ = bench.phantoms(train=1500, test=2, findings=others)
    model = bench.train({"optimiser": {"max_steps": 1000, "batch_size": 16}}, train)
    path = _folder() / f"{seed}-{'-'.join(target)}.safetensors"
    tensors = {name: tensor for name, tensor in model.state_dict().items() if name.startswith("backbone.")}
    write_checkpoint(path, tensors, {})
    return path


def _played(
    bench: Bench, on: Settings, off: Settings, *, off_from_source: bool, target: tuple[str, ...] = TARGET
) -> Paired:
    train, test = bench.phantoms(train=LABELS, test=300, findings=target)
    start = source(bench.seed, target)
    asked, control = [
        bench.ask(bench.train({**SHORT, **change}, train, init_state=path), test)
        for change, path in ((on, start), (off, start if off_from_source else None))
    ]
    return Paired.auroc(asked, control, test)


def deep(bench: Bench) -> Paired:
    """T1: an earlier network, all of it tuned, against scratch."""
    return _played(bench, DEEP, {}, off_from_source=False)


def shallow(bench: Bench) -> Paired:
    """T2: only the top stage tuned, against scratch."""
    return _played(bench, SHALLOW, {}, off_from_source=False)


def low_rate(bench: Bench) -> Paired:
    """T3: the body at a tenth of the rate, against the same start at the full rate."""
    return _played(bench, DEEP, {}, off_from_source=True)


def chosen_depth(bench: Bench) -> Paired:
    """T4: as many stages as inner validation chooses, against one."""
    return _played(bench, INCREMENTAL, SHALLOW, off_from_source=True)


def frozen_features(bench: Bench) -> Paired:
    """T5: frozen features and a support vector machine, against scratch."""
    return _played(bench, FROZEN, {}, off_from_source=False)


def incremental(bench: Bench) -> Paired:
    """T7: incremental tuning against hand-crafted features."""
    train, test = bench.phantoms(train=LABELS, test=300, findings=TARGET)
    tuned = bench.train({**SHORT, **INCREMENTAL}, train, init_state=source(bench.seed, TARGET))
    crafted = bench.train({"network": {"name": "hog"}, "tuning": {"kind": "frozen", "classifier": "logistic"}}, train)
    return Paired.auroc(bench.ask(tuned, test), bench.ask(crafted, test), test)


def frozen_against_deep(bench: Bench) -> Paired:
    """T8: off-the-shelf features against the same network tuned."""
    return _played(bench, FROZEN, DEEP, off_from_source=True)


def same_modality(bench: Bench) -> Paired:
    """T21: a network of other findings on the same kind of radiograph, tuned to cardiomegaly, against scratch."""
    return _played(bench, DEEP, {}, off_from_source=False, target=("cardiomegaly",))


def views(bench: Bench) -> Paired:
    """T6: both views of a study through one network, against the first view alone; a lesion shows on one of them."""
    train, test = bench.phantoms(train=400, test=300, findings=("effusion",))
    studies, asked = two_views(train, bench.seed), two_views(test, 0)
    both: Settings = {"input": {"volume": "views", "views": 2, "combine": "max"}}
    fused = bench.ask(bench.train(both, studies), asked)
    single = bench.ask(bench.train({}, _first(studies)), _first(asked))
    return Paired.auroc(fused, single, asked)


def two_views(cases: Examples, seed: int) -> Examples:
    """Studies of two images; where the finding is present, one of the two at random shows it."""
    present, absent = (np.flatnonzero(cases.targets[:, 0] == side) for side in (1, 0))
    rng = np.random.default_rng(seed)
    count = min(len(present), len(absent) // 3)
    rest = absent[count:]
    pairs = [rng.permutation([p, a]) for p, a in zip(present[:count], absent[:count], strict=True)]
    pairs += [rest[i : i + 2] for i in range(0, len(rest) - 1, 2)]
    answers = [[1.0]] * count + [[0.0]] * (len(pairs) - count)
    images = np.stack([np.stack([_unit(cases.images[i]) for i in pair]) for pair in pairs])
    names = [cases.keys[pair[0]] for pair in pairs]
    return Examples.of(images, answers, patients=names, keys=names, findings=cases.findings)


def _first(studies: Examples) -> Examples:
    return Examples.of(
        studies.images[:, 0], studies.targets, patients=studies.patients, keys=studies.keys, findings=studies.findings
    )


def _unit(image: Any) -> Any:
    """Stored integers as 0 to 1."""
    kind = np.asarray(image).dtype
    scale = np.iinfo(kind).max if np.issubdtype(kind, np.integer) else 1.0
    return np.asarray(image, np.float32) / scale
