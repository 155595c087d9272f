"""What a training must know to go on where it was, and how often it is written."""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from learning.recipe import Recipe
from learning.toolkit.checkpoint import (
    CheckpointError,
    Tensors,
    read_checkpoint,
    with_prefix,
    without_prefix,
    write_checkpoint,
)
from learning.toolkit.data import Examples
from learning.toolkit.nets import Network
from learning.toolkit.reports import StoppedBecause
from learning.toolkit.sampling import Sampler
from learning.toolkit.step import Stepper
from learning.toolkit.streams import Streams

CHECKPOINT = "checkpoint.safetensors"
SHARE_WRITING = 0.01
"""Part of a training's time that its checkpoints may take."""


@dataclass
class Progress:
    """What a resumed run must know besides weights and random states."""

    epoch: int = 0
    step: int = 0
    best_loss: float = math.inf
    best_epoch: int = 0
    kept_epoch: int = 0
    elapsed: float = 0.0
    micro_batch: int = 0
    stopped_because: StoppedBecause | None = None
    notes: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Saving:
    """Writes the checkpoint of a training and reads it back.

    identity  of recipe and data: a checkpoint of another training is not continued.
    clock     seconds; says when the next one is due.
    """

    path: Path
    identity: str
    clock: Callable[[], float] = time.perf_counter
    _next: float = -math.inf

    def is_due(self) -> bool:
        """Whether time since the last one makes it cheap: epochs of a second lose a few of them, long ones none."""
        return self.clock() >= self._next

    def write(
        self, model: Network, best: Tensors, stepper: Stepper, streams: Streams, sampler: Sampler, progress: Progress
    ) -> None:
        """All of a training; a crash leaves either the old file or the new one."""
        began = self.clock()
        progress.micro_batch = stepper.micro_batch
        packed = stepper.optimiser.state_dict()
        moments = {f"{i}.{name}": value for i, slot in packed["state"].items() for name, value in slot.items()}
        tensors = {
            **with_prefix("model", model.state_dict()),
            **with_prefix("best", best),
            **with_prefix("optimiser", moments),
            **with_prefix("average", stepper.average.tensors()),
        }
        state = {
            "identity": self.identity,
            "streams": streams.state(),
            "sampler": sampler.state(),
            "progress": asdict(progress),
        }
        write_checkpoint(self.path, tensors, state)
        ended = self.clock()
        self._next = ended + (ended - began) / SHARE_WRITING

    def read(self, model: Network, stepper: Stepper, streams: Streams, sampler: Sampler) -> tuple[Tensors, Progress]:
        """Puts everything back; gives the best weights and the progress. Raises CheckpointError."""
        tensors, state = read_checkpoint(self.path)
        if state["identity"] != self.identity:
            raise CheckpointError(
                f"{self.path} belongs to a run with another recipe or other data. "
                "Use another folder, or start without resuming."
            )
        model.load_state_dict(without_prefix("model", tensors))
        _restore_moments(stepper.optimiser, without_prefix("optimiser", tensors))
        stepper.average.restore(without_prefix("average", tensors))
        streams.restore(state["streams"])
        sampler.restore(state["sampler"])
        progress = Progress(**state["progress"])
        stepper.micro_batch = progress.micro_batch
        return without_prefix("best", tensors), progress


def _restore_moments(optimiser: torch.optim.Optimizer, moments: Tensors) -> None:
    """Laid out in memory as the weights are: the fused step goes through both in the order of memory."""
    weights = [p for group in optimiser.param_groups for p in group["params"]]
    slots: dict[int, Tensors] = {}
    for name, tensor in moments.items():
        index, key = name.split(".", 1)
        p = weights[int(index)]
        slots.setdefault(int(index), {})[key] = torch.empty_like(p).copy_(tensor) if tensor.shape == p.shape else tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})


def identity_of(recipe: Recipe, train: Examples, val: Examples | None, extra: Examples | None) -> str:
    """Hash of the recipe and the examples: a checkpoint of another training is not continued."""
    parts = [recipe.model_dump_json()]
    parts += [examples.fingerprint() if examples is not None else "" for examples in (train, val, extra)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
