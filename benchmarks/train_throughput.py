"""python -m benchmarks.train_throughput [--pairs 9] [--steps 160]: does our loop cost anything; beside a pipeline?

small_cnn at 64 px, batches of 32 of 512 phantoms, limited augmentation, one thread: small enough that reading and
altering images matters. Pairs are interleaved; the ratio is the median over pairs, with its range. Ours is `fit` with
everything it does (gradient norms, reports, checkpoints); the bare loop has its images in memory as floats; the MONAI
pipeline has a CacheDataset and alters each image in a DataLoader, with and without a worker process. One thread is
timed by the processor's time, which other people's work does not change; with a worker process it is the wall's, so
that this pair wants a quiet machine. Peak memory is that of a process of its own for each way.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.results import exit_status, result

if TYPE_CHECKING:
    from benchmarks.throughput.train_arms import Arm


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--steps", type=int, default=160)
    parser.add_argument("--memory-of", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    import torch

    torch.set_num_threads(1)
    from benchmarks.throughput import train_arms

    if options.memory_of:
        train_arms.arm_named(options.memory_of)(32, time.process_time)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return 0
    made = train_arms.examples()
    ours = train_arms.ours(made)
    compared("bare_loop", ours, train_arms.bare(made), options, ">=0.97", time.process_time)
    for workers, clock in ((0, time.process_time), (1, time.perf_counter)):
        peer = train_arms.monai_pipeline(made, workers=workers)
        compared(f"monai_pipeline_{workers}_workers", ours, peer, options, ">=2", clock)
    for name in ("ours", "bare", "monai"):
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.train_throughput", "--memory-of", name], check=True, capture_output=True,
            text=True,
        )
        result(f"{name}_peak_memory", float(told.stdout.split()[-1]), "MB")
    return exit_status()


def compared(
    name: str, ours: Arm, other: Arm, options: argparse.Namespace, target: str, clock: Callable[[], float]
) -> None:
    """Images a second of both, and how many times ours is the other's, pair by pair, the order turned each time."""
    pairs = []
    for number in range(options.pairs + 1):
        order = (ours, other) if number % 2 else (other, ours)
        seconds = {arm: arm(options.steps, clock) for arm in order}
        pairs.append((seconds[ours], seconds[other]))
    pairs = pairs[1:]  # the first warms up
    from benchmarks.throughput.cases import BATCH

    images = options.steps * BATCH
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    result(f"ours_beside_{name}", round(images / statistics.median(mine for mine, _ in pairs)), "images/s")
    result(name, round(images / statistics.median(theirs for _, theirs in pairs)), "images/s")
    print(f"  ratios from {ratios[0]:.3f} to {ratios[-1]:.3f} over {len(pairs)} pairs", flush=True)
    result(f"ours_over_{name}", round(statistics.median(ratios), 3), "times", target)


if __name__ == "__main__":
    sys.exit(main())
