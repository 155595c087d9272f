"""python -m benchmarks.predict_throughput [--pairs 9] [--images 4096]: does `predict` cost anything beyond the network?

small_cnn at 64 px, one thread, timed by the processor's time; images in memory as stored, 16-bit integers. A prediction
reads each once, so the bare loop too brings each to its own brightness range before the network, and keeps the same
outputs (probabilities and embeddings). Beside it, without a target: a loop whose images were made ready before the
clock ran. Pairs interleaved, median of the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.results import exit_status, result

if TYPE_CHECKING:
    import torch


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--images", type=int, default=4096)
    options = parser.parse_args(arguments)
    import torch

    torch.set_num_threads(1)
    from benchmarks.throughput.cases import examples, in_memory, recipe_of
    from learning.toolkit.nets import build_network
    from learning.toolkit.prediction import predict

    made = examples(options.images)
    model, images = build_network(recipe_of(1), made.findings, seed=0).eval(), in_memory(made)

    def ours() -> float:
        began = time.process_time()
        predict(model, made.images, device="cpu", precision="fp32")
        return time.process_time() - began

    def network(batches: Iterable[torch.Tensor]) -> None:
        kept = []
        with torch.inference_mode():
            for batch in batches:
                embedding = model.features(batch)
                kept.append((torch.sigmoid(model.head(embedding)), embedding))
            tuple(torch.cat(column).numpy() for column in zip(*kept, strict=True))

    def bare() -> float:
        began = time.process_time()
        network(_normalised(made.images))
        return time.process_time() - began

    def ready() -> float:
        began = time.process_time()
        network(images.split(64))
        return time.process_time() - began

    result("ours_over_images_made_ready_before", _ratio(ours, ready, options), "times")
    result("ours_over_bare_loop", _ratio(ours, bare, options), "times", ">=0.97")
    return exit_status()


def _normalised(images: Any) -> Iterator[torch.Tensor]:
    """Batches of 64, each image's 1st to 99th percentile to -2 to 2."""
    import torch

    for start in range(0, len(images), 64):
        block = images[start : start + 64]
        flat = block.reshape(len(block), -1)
        first, last = int(0.01 * (flat.shape[1] - 1)), int(0.99 * (flat.shape[1] - 1))
        ordered = np.partition(flat, (first, last), axis=1)
        low, high = (ordered[:, k].astype(np.float32).reshape(-1, 1, 1) for k in (first, last))
        batch = torch.from_numpy(((block - low) / (high - low)).clip(0, 1))
        yield (batch[:, None] * 4 - 2).contiguous(memory_format=torch.channels_last)


def _ratio(ours: Callable[[], float], other: Callable[[], float], options: argparse.Namespace) -> float:
    """Median over interleaved pairs, the order turned each time; prints both rates and the range."""
    pairs = []
    for number in range(options.pairs + 1):
        order = (ours, other) if number % 2 else (other, ours)
        seconds = {arm: arm() for arm in order}
        pairs.append((seconds[ours], seconds[other]))
    pairs = pairs[1:]  # the first warms up
    ratios = sorted(theirs / mine for mine, theirs in pairs)
    rates = [round(options.images / statistics.median(column)) for column in zip(*pairs, strict=True)]
    print(f"  {rates[0]} images/s against {rates[1]}; ratios {ratios[0]:.3f} to {ratios[-1]:.3f}, {len(pairs)} pairs")
    return round(statistics.median(ratios), 3)


if __name__ == "__main__":
    sys.exit(main())
