"""python -m benchmarks.phantom_recipes [--labels N] [--draws N]: what a first teacher owes to its recipe.

Arms on the same cases of the fixed seed: epochs with early stopping (the control), a number of steps, and that number
with augmentation. Paired over disjoint draws; 95% intervals of Student's t.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.phantoms import FIXED_SEED, Plan, World, interval
from benchmarks.results import exit_status, result
from imaging.phantoms import PHANTOM_VERSION
from learning.recipe import load_recipe
from learning.toolkit.prediction import predict

BASE: dict[str, Any] = {
    "input": {"size": 64}, "imbalance": {"class_weights": "inverse_prevalence"},
    "regularisation": {"dropout_hidden": 0.2},
}
STEPS = {"max_steps": 1000, "patience": 0, "batch_size": 8, "learning_rate": 0.003}
ARMS: dict[str, dict[str, Any]] = {
    "epochs": {"optimiser": {"max_epochs": 30, "patience": 8, "batch_size": 16}},
    "epochs_plain": {
        "augmentation": {"kind": "none"}, "optimiser": {"max_epochs": 30, "patience": 8, "batch_size": 16},
    },
    "steps": {"augmentation": {"kind": "none"}, "optimiser": STEPS},
    "steps_augmented": {"augmentation": {"kind": "limited"}, "optimiser": STEPS},
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--draws", type=int, default=5)
    arguments.add_argument("--labels", type=int, default=120)
    options = arguments.parse_args()
    draws, labels = options.draws, options.labels
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    print(f"phantoms {PHANTOM_VERSION}; seed {FIXED_SEED}, {draws} draws of {labels} labels", flush=True)
    plan = Plan(sizes=(), train=labels * draws, test=1500, rate=0, small=0, draws=draws)
    figures: dict[str, list[float]] = {arm: [] for arm in ARMS}
    with tempfile.TemporaryDirectory(prefix="radloop-phantoms-") as name:
        world = World(FIXED_SEED, plan, Path(name))
        for draw in range(draws):
            rows = np.arange(draw * labels, (draw + 1) * labels)
            for arm, parts in ARMS.items():
                model = world.train(rows, load_recipe({**BASE, **parts, "seed": draw}))
                judged = world.judge(predict(model, world.images[world.test]).probabilities)
                figures[arm].append(float(np.mean(judged)))
            print(f"(draw {draw}: " + ", ".join(f"{arm} {v[-1]:.3f}" for arm, v in figures.items()) + ")", flush=True)
    for arm, values in figures.items():
        result(f"teacher_{labels}.{arm}", round(float(np.mean(values)), 3), "macro AUC")
        gains = [value - control for value, control in zip(values, figures["epochs"], strict=True)]
        if arm != "epochs":
            low, high = interval(gains)
            print(f"({arm} over epochs: {np.mean(gains):+.3f}, 95% interval {low:+.3f} to {high:+.3f})")
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
