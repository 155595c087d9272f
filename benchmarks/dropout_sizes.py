"""python -m benchmarks.dropout_sizes [--seeds 10] [--sizes 50,100,250] [--out FILE]: does dropout pay on few images?

The review (R2, after Srivastava et al. 2014) says that dropout gains nothing on 100 to 500 cases, that the gain rises
with the number of cases and then falls. Phantoms at 64 px, the small network, drop probability 0.5 in the embedding
against 0: same cases, order, seed and steps in both arms. Per size the mean difference in AUROC over seeds with a 95 %
interval (Student's t over seeds, each with cases of its own), and whether "no gain" held.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.phantoms import interval
from benchmarks.results import exit_status, result
from imaging.phantoms import FINDINGS, image_batch
from learning.recipe import load_recipe
from learning.toolkit.data import Examples
from learning.toolkit.prediction import predict
from learning.toolkit.ranks import auroc
from learning.toolkit.train import fit

SIZES = (50, 100, 250, 500, 1000)
TEST, TEST_SEED = 600, 20_261_126
ASKED = ("effusion", "consolidation")
STEPS, BATCH = 200, 16
MATTERS = 0.02
"""A gain below this is none, as in verdict cards."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--sizes", default=",".join(map(str, SIZES)))
    arguments.add_argument("--out", type=Path, default=None, help="keep finished trainings here, and go on from it")
    options = arguments.parse_args()
    import torch

    torch.set_num_threads(1)
    sizes = [int(one) for one in options.sizes.split(",")]
    done = json.loads(options.out.read_text()) if options.out is not None and options.out.exists() else {}
    test = cases(TEST_SEED, TEST)
    gains: dict[int, list[float]] = {size: [] for size in sizes}
    for seed in range(options.seeds):
        drawn = cases(5000 + seed, max(sizes))
        for size in sizes:
            key = f"{size}/{seed}"
            if key not in done:
                done[key] = [judged(drawn, test, size, seed, p) for p in (0.0, 0.5)]
                if options.out is not None:
                    options.out.write_text(json.dumps(done))
            gains[size].append(done[key][1] - done[key][0])
        print(f"(seed {seed}: " + ", ".join(f"{n} {g[-1]:+.3f}" for n, g in gains.items()) + ")", flush=True)
    tell(gains, done)
    return exit_status()


def tell(gains: dict[int, list[float]], done: dict[str, list[float]]) -> None:
    """One line per size, and whether the claim held."""
    held = []
    for size, each in gains.items():
        low, high = interval(each)
        plain = np.mean([pair[0] for key, pair in done.items() if key.startswith(f"{size}/")])
        verdict = "gain" if low > 0 else "harm" if high < 0 else "none shown"
        if low > -MATTERS and high < MATTERS:
            verdict += f", equivalent within {MATTERS}"
        print(f"(n = {size}: {plain:.3f} without; {np.mean(each):+.4f} ({low:+.4f} to {high:+.4f}) with: {verdict})")
        result(f"dropout_gain_{size}", round(float(np.mean(each)), 4), "AUROC")
        if 100 <= size <= 500:
            held.append(low <= 0)
    if held:
        print(f"(R2, \"no gain at 100 to 500\": {'held' if all(held) else 'did NOT hold'} on this data)")
        result("no_gain_at_100_to_500_held", float(all(held)), "yes or no")


def cases(seed: int, count: int) -> Examples:
    images, labels = image_batch(seed=seed, start=0, count=count, size=64)
    columns = [FINDINGS.index(finding) for finding in ASKED]
    names = [f"{seed}-{n}" for n in range(count)]
    return Examples.of(images, labels[:, columns].astype(np.float32), patients=names, keys=names, findings=ASKED)


def judged(drawn: Examples, test: Examples, size: int, seed: int, p: float) -> float:
    """Macro AUROC on the test cases after the last step."""
    recipe = load_recipe({
        "seed": seed, "input": {"size": 64}, "augmentation": {"kind": "none"}, "precision": "fp32",
        "regularisation": {"dropout_hidden": p},
        "optimiser": {"max_steps": STEPS, "batch_size": BATCH, "patience": 0, "learning_rate": 0.003, "keep": "last"},
    })
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="radloop-dropout-") as folder:
        model = fit(drawn.take(np.arange(size)), None, recipe, workdir=Path(folder), device="cpu").model
    scores = predict(model, test.images, device="cpu").probabilities
    areas = [auroc(scores[:, i], test.targets[:, i]) or 0.5 for i in range(len(ASKED))]
    print(f"(n = {size}, p = {p}, {time.process_time() - began:.0f} s)", flush=True)
    return float(np.mean(areas))


if __name__ == "__main__":
    raise SystemExit(main())
