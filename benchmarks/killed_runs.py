"""A run killed at random points ends with the same metrics as one left alone.

python -m benchmarks.killed_runs [--kills 20] [--seed 0]

Three kinds of run on phantoms, each in a process of its own: one with everything that carries state from step to step
(dynamic sampling, averaged weights, mixup, pseudolabels), one that frees its stages one by one with depth chosen by
inner folds, and one that cross-validates. Each is run once alone, and once more while `kill -9` ends its process at
random moments, `--kills` times in all over the three; then it is left to end. Metrics, held-out predictions and weights
must be equal to the last bit. The baseline is the run left alone, in the same call.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.results import exit_status, result

SHARED: dict[str, Any] = {"input": {"size": 64}, "optimiser": {"max_epochs": 10, "patience": 0, "keep": "last"}}
KINDS: dict[str, dict[str, Any]] = {
    "state": {
        "imbalance": {"sampling": "dynamic"}, "regularisation": {"average": "ema"}, "augmentation": {"mixup": 0.2},
        "pseudolabels": {"weight": 0.5},
    },
    "incremental": {"tuning": {"kind": "incremental"}, "optimiser": {"max_epochs": 4}},
    "folds": {"evaluation": {"kind": "kfold", "folds": 3}, "optimiser": {"max_epochs": 5}},
}
CASES, EXTRA = 160, 60
PATIENCE = 1200.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        train(options.child[0], Path(options.child[1]))
        return 0
    different, killed = 0, 0
    generator = random.Random(options.seed)
    for number, kind in enumerate(KINDS):
        wanted = options.kills // len(KINDS) + (number < options.kills % len(KINDS))
        with tempfile.TemporaryDirectory(prefix="radloop-killed-") as folder:
            alone, seconds = left_alone(kind, Path(folder) / "alone")
            harried, kills = harried_run(kind, Path(folder) / "killed", wanted, seconds, generator)
        different += alone != harried
        killed += kills
        print(f"{kind}: {kills} times killed, {'equal' if alone == harried else 'DIFFERENT'}; alone {seconds:.0f} s")
    result("killed_runs.kills", killed, "kills", f">={options.kills}")
    result("killed_runs.different", different, "runs", "0")
    return exit_status()


def train(kind: str, folder: Path) -> None:
    """The child: goes on from whatever its folder holds, and writes its metrics last."""
    import torch

    from benchmarks.strategy_table.bench import Bench, merged
    from learning.recipe import load_recipe
    from learning.toolkit.crossfit import fit_by_evaluation
    from learning.toolkit.evaluation import evaluate

    torch.set_num_threads(1)
    cases, extra = Bench(0).phantoms(train=CASES, test=EXTRA)
    recipe = load_recipe(merged(SHARED, KINDS[kind]))
    outcome = fit_by_evaluation(cases, recipe, workdir=folder, resume=True, extra=extra, device="cpu")
    held = [cases.patients[row] for row in outcome.rows]
    judged = evaluate(outcome.probabilities, cases.targets[outcome.rows], findings=cases.findings, patients=held)
    weights = hashlib.sha256()
    for name, tensor in sorted(outcome.fit.model.state_dict().items()):
        weights.update(name.encode() + tensor.numpy().tobytes())
    told = {
        "metrics": judged.as_dict(), "predictions": outcome.probabilities.tolist(), "weights": weights.hexdigest(),
        "history": [report.metrics() for report in outcome.fit.history],
    }
    partial = folder / "told.partial"
    partial.write_text(json.dumps(told, sort_keys=True, default=str))
    partial.replace(folder / "told.json")


def left_alone(kind: str, folder: Path) -> tuple[str, float]:
    began = time.perf_counter()
    child = _start(kind, folder)
    if child.wait(timeout=PATIENCE):
        raise SystemExit(f"The run {kind!r} failed by itself; see above.")
    return (folder / "told.json").read_text(), time.perf_counter() - began


def harried_run(
    kind: str, folder: Path, kills: int, seconds: float, generator: random.Random
) -> tuple[str, int]:
    """What the run tells in the end, and how many times it was killed before."""
    done = 0
    while done < kills:
        child = _start(kind, folder)
        try:
            child.wait(timeout=generator.uniform(0.2, 0.7) * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            done += 1
            continue
        _back_to_the_start_of_the_end(folder)
    child = _start(kind, folder)
    if child.wait(timeout=PATIENCE):
        raise SystemExit(f"The run {kind!r} could not go on after {done} kills; see above.")
    return (folder / "told.json").read_text(), done


def _back_to_the_start_of_the_end(folder: Path) -> None:
    """It ended before its kill: it is begun anew, so that every kill meets a run that has work to do."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def _start(kind: str, folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.killed_runs", "--child", kind, str(folder)]
    return subprocess.Popen(command, start_new_session=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


if __name__ == "__main__":
    sys.exit(main())
