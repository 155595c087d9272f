"""python -m benchmarks.small_data [--source normal|phantoms] [--seeds N] [--labels 40,80,160] [--store FILE]

What to do with so few radiographs.

Bacterial against viral pneumonia on children's chest radiographs (Kermany et al. 2018), in the folder RADLOOP_DATA.
Folds 0 and 1 of the fold column judge, every seed the same cases; labels are drawn, half of each side, from folds 2 to
4, whose images also serve the pretraining: normal against pneumonia. (--source phantoms: the findings of 2000 phantom
radiographs instead.) No patient is on both sides. Equal steps and augmentation for all that is trained; nothing is
chosen on the cases that judge.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.results import exit_status, result
from learning.recipe import load_recipe
from learning.toolkit.bootstrap import estimate, patient_weights
from learning.toolkit.checkpoint import write_checkpoint
from learning.toolkit.comparison import Comparison, compare_runs
from learning.toolkit.data import Examples
from learning.toolkit.hierarchy import over_runs
from learning.toolkit.prediction import predict
from learning.toolkit.ranks import RankedCases
from learning.toolkit.train import fit

SIZE, STEPS = 64, 200
JUDGING = ("0", "1")
BASE: dict[str, Any] = {
    "input": {"size": SIZE}, "regularisation": {"dropout_hidden": 0.2}, "precision": "fp32",
    "optimiser": {"max_steps": STEPS, "patience": 0, "batch_size": 16, "learning_rate": 0.003, "keep": "last"},
}
SOURCE_STEPS = 500
PHANTOMS = 2000
FROM_SOURCE: dict[str, Mapping[str, Any]] = {
    "frozen + SVM": {"tuning": {"kind": "frozen", "classifier": "svm"}},
    "shallow": {"tuning": {"kind": "shallow", "stages": 1}},
    "deep": {"tuning": {"kind": "all", "body_rate": 0.1}},
    "incremental": {"tuning": {"kind": "incremental", "body_rate": 0.3}},
}
FROM_NOTHING: dict[str, Mapping[str, Any]] = {
    "scratch": {},
    "random features + SVM": {"tuning": {"kind": "frozen", "classifier": "svm"}},
    "HOG + logistic regression": {
        "network": {"name": "hog"}, "tuning": {"kind": "frozen", "classifier": "logistic"},
    },
}
CONTROL = "scratch"


@dataclass(frozen=True)
class Table:
    """The radiographs of one folder."""

    images: npt.NDArray[np.uint8]
    rows: list[dict[str, str]]

    def examples(self, chosen: npt.NDArray[np.int64], finding: str) -> Examples:
        answers = [[float(self.rows[i][finding])] for i in chosen]
        return Examples.of(
            self.images[chosen], answers, patients=[self.rows[i]["patient_id"] for i in chosen],
            keys=[self.rows[i]["file"] for i in chosen], findings=(finding,),
        )

    def where(self, *, judging: bool, pneumonia_only: bool) -> npt.NDArray[np.int64]:
        return np.asarray([
            i for i, row in enumerate(self.rows)
            if (row["fold"] in JUDGING) is judging and (row["Pneumonia"] == "1" or not pneumonia_only)
        ])


@dataclass
class Results:
    """(labels, arm) → one table of probabilities a seed, and the seconds they took."""

    tables: dict[tuple[int, str], list[npt.NDArray[Any]]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    depths: dict[int, list[int]] = field(default_factory=dict)


def read_table(data: Path) -> Table:
    from PIL import Image

    with (data / "ready" / "paed_pneumonia_labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    images = [
        np.asarray(Image.open(data / row["file"]).convert("L").resize((SIZE, SIZE), Image.Resampling.LANCZOS))
        for row in rows
    ]
    return Table(np.stack(images), rows)


def phantom_source() -> Examples:
    """Made-up radiographs with made-up findings: other pictures of the same anatomy."""
    from imaging.phantoms import FINDINGS
    from imaging.phantoms.batch import image_batch

    images, labels = image_batch(seed=64_000, start=0, count=PHANTOMS, size=SIZE)
    names = [f"phantom-{n}" for n in range(PHANTOMS)]
    return Examples.of(images, labels.astype(np.float32), patients=names, keys=names, findings=tuple(FINDINGS))


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--labels", default="40,80,160")
    arguments.add_argument("--source", choices=("normal", "phantoms"), default="normal")
    arguments.add_argument("--store", type=Path, help="also write every figure here, as JSON")
    options = arguments.parse_args()
    data = os.environ.get("RADLOOP_DATA", "")
    if not (Path(data) / "ready").is_dir():
        print("RADLOOP_DATA names no folder with ready/paed_pneumonia_labels.csv; nothing is measured.")
        return 1
    import torch

    torch.set_num_threads(1)
    table, budgets = read_table(Path(data)), [int(n) for n in options.labels.split(",")]
    test = table.examples(table.where(judging=True, pneumonia_only=True), "Bacterial pneumonia")
    pool = table.where(judging=False, pneumonia_only=True)
    source = table.examples(table.where(judging=False, pneumonia_only=False), "Pneumonia")
    if options.source == "phantoms":
        source = phantom_source()
    assert not set(test.patients) & (set(source.patients) | {table.rows[i]["patient_id"] for i in pool})
    print(f"{len(test)} cases judge, labels from {len(pool)}, pretraining on {len(source)}; {options.seeds} seeds")
    found = Results()
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory(prefix="radloop-small-") as folder:
            play(seed, table, pool, source, test, budgets, Path(folder), found)
    told = report(found, test, budgets, options.source)
    if options.store:
        options.store.write_text(json.dumps(told, indent=1))
    return exit_status()


def play(
    seed: int, table: Table, pool: npt.NDArray[np.int64], source: Examples, test: Examples, budgets: list[int],
    folder: Path, found: Results,
) -> None:
    """Pretrain once, then every arm at every number of labels; smaller sets of labels are part of larger ones."""
    pretraining = merged(BASE, {"optimiser": {"max_steps": SOURCE_STEPS}})
    model = fit(source, None, load_recipe({**pretraining, "seed": seed}), workdir=folder / "source", device="cpu").model
    start = folder / "source.safetensors"
    write_checkpoint(start, {k: t for k, t in model.state_dict().items() if k.startswith("backbone.")}, {})
    order = drawn(table, pool, seed)
    for budget in budgets:
        labelled = table.examples(np.sort(order[:budget]), "Bacterial pneumonia")
        for arm, change in (FROM_NOTHING | FROM_SOURCE).items():
            began = time.perf_counter()
            trained = fit(
                labelled, None, load_recipe({**merged(BASE, change), "seed": seed}), device="cpu",
                workdir=folder / f"{budget}-{arm}", init_state=start if arm in FROM_SOURCE else None,
            )
            found.tables.setdefault((budget, arm), []).append(predict(trained.model, test.images).probabilities)
            found.seconds.setdefault(arm, []).append(time.perf_counter() - began)
            if "depth" in trained.chosen:
                found.depths.setdefault(budget, []).append(trained.chosen["depth"])
        areas = {arm: area(found.tables[budget, arm][-1], test) for arm in FROM_NOTHING | FROM_SOURCE}
        told = ", ".join(f"{arm} {value:.3f}" for arm, value in areas.items())
        print(f"(seed {seed}, {budget} labels: {told})", flush=True)


def drawn(table: Table, pool: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int64]:
    """The pool in an order whose every even beginning has as many of one side as of the other."""
    order = np.random.default_rng(seed).permutation(pool)
    sides = [[i for i in order if table.rows[i]["Bacterial pneumonia"] == side] for side in ("1", "0")]
    return np.asarray([i for pair in zip(*sides, strict=False) for i in pair])


def area(probabilities: npt.NDArray[Any], test: Examples) -> float:
    ranked = RankedCases(np.asarray(probabilities[:, 0], np.float64), test.targets[:, 0] == 1)
    return float(ranked.auroc(np.ones((1, len(test))))[0])


def report(found: Results, test: Examples, budgets: list[int], source: str) -> dict[str, Any]:
    """The table with intervals over patients and seeds, the differences from scratch, and the lines of RESULT."""
    told: dict[str, Any] = {}
    for budget in budgets:
        control = found.tables[budget, CONTROL]
        for arm in FROM_NOTHING | FROM_SOURCE:
            tables = found.tables[budget, arm]
            value, low, high = with_interval(tables, test)
            against: Comparison | None = None
            if arm != CONTROL:
                against = compare_runs(
                    tables, control, test.targets, findings=test.findings, patients=test.patients, margin=0.02
                )
            told[f"{budget} {arm}"] = {
                "auroc": value, "low": low, "high": high, "seconds": float(np.mean(found.seconds[arm])),
                "against": None if against is None else against.as_dict() | {"sentence": against.sentence},
            }
            key = arm.replace(" + ", "_").replace(" ", "_").lower()
            key = f"{source}.{key}" if arm in FROM_SOURCE else key
            result(f"small_data.{key}_{budget}", round(value, 3), "AUROC")
            print(f"({arm}, {budget} labels: {value:.3f}, 95% interval {low:.3f} to {high:.3f})")
            if against is not None:
                target = ">0" if arm == "frozen + SVM" and budget == min(budgets) else ""
                result(f"small_data.{key}_minus_scratch_{budget}.low", round(against.low, 3), "AUROC", target)
                print(f"({arm} against scratch: {against.sentence})")
        print(f"(depths chosen at {budget} labels: {found.depths.get(budget, [])})", flush=True)
    return told | {"depths": {str(k): v for k, v in found.depths.items()}}


def with_interval(tables: list[npt.NDArray[Any]], test: Examples) -> tuple[float, float, float]:
    """Mean area over seeds and its interval over patients and seeds."""
    ranked = [RankedCases(np.asarray(t[:, 0], np.float64), test.targets[:, 0] == 1) for t in tables]
    areas = np.stack([
        np.concatenate([one.auroc(weights) for weights in patient_weights(test.patients, replicates=1000, seed=0)])
        for one in ranked
    ])
    value = float(np.mean([one.auroc(np.ones((1, len(test))))[0] for one in ranked]))
    found = estimate(value, over_runs(areas, seed=0))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return value, found.low, found.high


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The base with some sections changed."""
    return {**base, **{name: {**base.get(name, {}), **part} for name, part in change.items()}}


if __name__ == "__main__":
    raise SystemExit(main())
