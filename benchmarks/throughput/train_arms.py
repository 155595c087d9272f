"""Seconds of a stretch of training steps, by each way of training."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.throughput.cases import BATCH, examples, in_memory, recipe_of
from learning.toolkit.augment import augment
from learning.toolkit.data import Examples
from learning.toolkit.nets import build_network
from learning.toolkit.train import fit

Clock = Callable[[], float]
Arm = Callable[[int, Clock], float]
"""Steps and a clock in, seconds out; what is done once (building, caching) does not count."""


def ours(made: Examples) -> Arm:
    """`fit` with all it does at every step and epoch: norms, reports, checkpoints."""

    def run(steps: int, clock: Clock) -> float:
        began: list[float] = []
        with tempfile.TemporaryDirectory(prefix="radloop-rate-") as folder:
            per_epoch = math.ceil(len(made) / BATCH)
            fit(
                made, None, recipe_of(steps + per_epoch), workdir=Path(folder), device="cpu",
                on_epoch=lambda report: began.append(clock()) if not began else None,
            )
            return clock() - began[0]

    return run


def bare(made: Examples) -> Arm:
    """The shortest loop that trains the same network on the same images, which lie in memory as floats."""
    images, targets = in_memory(made), torch.from_numpy(made.targets)
    return _plain(made, lambda rows, generator: augment(
        images[rows], recipe_of(1).augmentation, generator=generator
    ), targets)


def _plain(made: Examples, draw: Callable[[Any, torch.Generator], torch.Tensor], targets: torch.Tensor) -> Arm:
    def run(steps: int, clock: Clock) -> float:
        model = build_network(recipe_of(steps), made.findings, seed=0)
        model.train()
        optimiser = torch.optim.AdamW(model.parameters(), lr=0.002, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        generator, done = torch.Generator().manual_seed(0), 0
        began = clock()
        while done < steps:
            for rows in torch.randperm(len(made), generator=generator).split(BATCH):
                optimiser.zero_grad(set_to_none=True)
                loss = F.binary_cross_entropy_with_logits(model(draw(rows, generator)), targets[rows])
                loss.backward()
                optimiser.step()
                schedule.step()
                done += 1
                if done == steps:
                    break
        return clock() - began

    return run


def monai_pipeline(made: Examples, *, workers: int) -> Arm:
    """CacheDataset, random transforms of the same ranges per image, DataLoader; the same network and loss."""
    from monai.data import CacheDataset, DataLoader
    from monai.transforms import (
        Compose,
        EnsureChannelFirstd,
        EnsureTyped,
        RandAdjustContrastd,
        RandAffined,
        RandGaussianNoised,
        ScaleIntensityRangePercentilesd,
    )

    shift = 0.1 * made.images.shape[-1]
    steps_of = Compose([
        EnsureChannelFirstd("image", channel_dim="no_channel"),
        ScaleIntensityRangePercentilesd("image", 1, 99, 0, 1, clip=True),
        EnsureTyped("image", dtype=torch.float32, track_meta=False),
        RandAffined(
            "image", prob=1.0, rotate_range=math.radians(10), translate_range=(shift, shift), scale_range=0.1,
            padding_mode="border", cache_grid=True,
        ),
        RandAdjustContrastd("image", prob=1.0, gamma=(0.8, 1.25)),
        RandGaussianNoised("image", prob=1.0, std=0.02),
    ])
    data = [
        {"image": image.astype(np.float32), "target": torch.from_numpy(target)}
        for image, target in zip(made.images, made.targets, strict=True)
    ]
    cached = CacheDataset(data, steps_of, progress=False, num_workers=1)
    loader = DataLoader(cached, batch_size=BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)

    def run(steps: int, clock: Clock) -> float:
        model = build_network(recipe_of(steps), made.findings, seed=0)
        model.train()
        optimiser = torch.optim.AdamW(model.parameters(), lr=0.002, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        batches, done = iter(loader), 0
        next(batches)  # workers have started
        began = clock()
        while done < steps:
            for batch in loader:
                optimiser.zero_grad(set_to_none=True)
                image = ((batch["image"] - 0.5) / 0.25).contiguous(memory_format=torch.channels_last)
                loss = F.binary_cross_entropy_with_logits(model(image), batch["target"])
                loss.backward()
                optimiser.step()
                schedule.step()
                done += 1
                if done == steps:
                    break
        return clock() - began

    return run


def arm_named(name: str) -> Arm:
    """For a process of its own, whose memory is looked at."""
    made = examples()
    arms: dict[str, Callable[[], Arm]] = {
        "ours": lambda: ours(made), "bare": lambda: bare(made), "monai": lambda: monai_pipeline(made, workers=0),
    }
    return arms[name]()
