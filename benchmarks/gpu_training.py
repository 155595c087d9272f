"""python -m benchmarks.gpu_training [--seeds 5] [--train 2000] [--test 1000]: does a GPU pay; does it learn the same?

Phantom radiographs of 128 px. Speed: images a second through the same training steps on the GPU and, in the same run,
on all processors (the baseline). Quality: the same recipe and seeds on both devices for the small network; the large
networks against it on the GPU. Intervals: Student's t over seeds, paired where two arms are compared. Needs CUDA.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.phantoms import interval
from benchmarks.results import exit_status, result
from imaging.phantoms import FINDINGS, PHANTOM_VERSION
from imaging.phantoms.batch import image_batch
from learning.recipe import Recipe, load_recipe
from learning.toolkit.data import Examples
from learning.toolkit.prediction import predict
from learning.toolkit.ranks import auroc
from learning.toolkit.train import fit

SIZE, BATCH = 128, 64
STEPS = {"small_cnn": (300, 0.003), "resnet18": (300, 0.0005), "densenet121": (300, 0.0005)}
"""Updates and learning rate of each network; every arm of one network gets the same."""
PROCESSOR_STEPS = {"small_cnn": 20, "resnet18": 6, "densenet121": 3}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--train", type=int, default=2000)
    arguments.add_argument("--test", type=int, default=1000)
    arguments.add_argument("--only", choices=["speed", "quality"])
    arguments.add_argument("--seed", type=int, default=None, help="of the phantoms; drawn and printed when left out")
    options = arguments.parse_args()
    if not torch.cuda.is_available():
        print("There is no CUDA device here; nothing is measured.", file=sys.stderr)
        return 2
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {os.cpu_count()} processors", flush=True)
    print(f"phantoms {PHANTOM_VERSION}, seed {seed}, {options.train} to train, {options.test} to test", flush=True)
    images, labels = image_batch(
        seed=seed, start=0, count=options.train + options.test, size=SIZE, workers=os.cpu_count() or 1
    )
    cases = Cases(images, labels, options.train)
    if options.only != "quality":
        for network in STEPS:
            _speed(network, cases)
    if options.only != "speed":
        _quality(cases, options.seeds)
    return exit_status()


class Cases:
    """Training cases first, then test cases; a phantom is a patient of its own."""

    def __init__(self, images: Any, labels: Any, train: int) -> None:
        self.images, self.labels = images, labels.astype(np.float32)
        self.train, self.test = np.arange(train), np.arange(train, len(images))

    def examples(self, rows: Any) -> Examples:
        names = [str(row) for row in rows]
        return Examples.of(self.images[rows], self.labels[rows], patients=names, keys=names, findings=FINDINGS)

    def fitted(self, recipe: Recipe, device: str, rows: Any = None) -> Any:
        with tempfile.TemporaryDirectory(prefix="radloop-gpu-") as folder:
            chosen = self.examples(self.train if rows is None else rows)
            return fit(chosen, None, recipe, workdir=Path(folder), device=device).model

    def macro_auroc(self, model: Any, device: str) -> float:
        told = predict(model, self.images[self.test], device=device).probabilities
        values = [auroc(told[:, n], self.labels[self.test, n]) for n in range(len(FINDINGS))]
        return float(np.mean([value for value in values if value is not None]))


def _recipe(network: str, seed: int, steps: int) -> Recipe:
    return load_recipe({
        "seed": seed, "input": {"size": SIZE}, "network": {"name": network},
        "imbalance": {"class_weights": "inverse_prevalence"}, "regularisation": {"dropout_hidden": 0.2},
        "optimiser": {"max_steps": steps, "patience": 0, "batch_size": BATCH, "learning_rate": STEPS[network][1]},
    })


def _speed(network: str, cases: Cases) -> None:
    """Steps timed after a warm-up that loads kernels; the constant part of a run is taken off by a difference."""
    rates = {}
    for device, steps in (("cuda", 200), ("cpu", PROCESSOR_STEPS[network])):
        cases.fitted(_recipe(network, 0, 2), device)
        short, long = (_seconds(cases, network, count, device) for count in (max(1, steps // 4), steps))
        rates[device] = (steps - max(1, steps // 4)) * BATCH / max(long - short, 1e-6)
        result(f"{network}_{device}", round(rates[device]), "images/s")
    result(f"{network}_gpu_over_all_processors", round(rates["cuda"] / rates["cpu"], 1), "times", ">=1")


def _seconds(cases: Cases, network: str, steps: int, device: str) -> float:
    began = time.perf_counter()
    cases.fitted(_recipe(network, 0, steps), device)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def _quality(cases: Cases, seeds: int) -> None:
    arms = [("small_cnn", "cpu"), ("small_cnn", "cuda"), ("resnet18", "cuda"), ("densenet121", "cuda")]
    figures: dict[tuple[str, str], list[float]] = {}
    for network, device in arms:
        began, told = time.perf_counter(), []
        for seed in range(seeds):
            model = cases.fitted(_recipe(network, seed, STEPS[network][0]), device)
            told.append(cases.macro_auroc(model, device))
        figures[network, device] = told
        seconds = (time.perf_counter() - began) / seeds
        print(f"(each {network} on {device}: {seconds:.1f} s)")
        _tell(f"{network}_{device}_macro_auroc", told)
    control = figures["small_cnn", "cuda"]
    for name, arm in (("same_on_cpu", ("small_cnn", "cpu")), ("resnet18", ("resnet18", "cuda")),
                      ("densenet121", ("densenet121", "cuda"))):
        _tell(f"{name}_minus_small_cnn_cuda", [a - b for a, b in zip(figures[arm], control, strict=True)])


def _tell(name: str, values: list[float]) -> None:
    low, high = interval(values)
    for part, value in (("", float(np.mean(values))), ("_low", low), ("_high", high)):
        result(f"{name}{part}", round(value, 4), "auroc")


if __name__ == "__main__":
    sys.exit(main())
