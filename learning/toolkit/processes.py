"""One training in several processes: each computes some parts of every batch, and all take the same step.

Data parallelism as in Li et al. (VLDB 2020), written for this loop: gradients are summed over the processes, so that
the step is the one that a single process takes with the same parts. Gloo on processors, NCCL on GPUs.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

from learning.toolkit.data import Indices

_PATIENCE = timedelta(minutes=30)
"""How long one process waits for another: judging a large validation set takes the first one that long at most."""

Value = TypeVar("Value")


class DistributedError(RuntimeError):
    """Another process of a training is gone."""


class Team:
    """The processes of one training, as one of them sees it. Alone, nothing is exchanged and nothing changes."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank = rank
        self.size = size

    @property
    def is_first(self) -> bool:
        """The first process reports, saves, and decides."""
        return self.rank == 0

    def mine(self, parts: Sequence[Indices]) -> Iterator[tuple[int, Indices]]:
        """The parts of a batch that this process computes, with their places."""
        return ((place, part) for place, part in enumerate(parts) if place % self.size == self.rank)

    def any_says(self, flag: bool, device: torch.device) -> bool:
        """Whether it is so in any process."""
        if self.size == 1:
            return flag
        said = torch.tensor([float(flag)], device=device)
        dist.all_reduce(said, op=dist.ReduceOp.MAX)
        return bool(said.item())

    def add_up(self, model: nn.Module, values: Sequence[torch.Tensor]) -> None:
        """Sum gradients and `values` over all processes, in place; a process without a part adds zeros."""
        if self.size == 1:
            return
        trained = [p for p in model.parameters() if p.requires_grad]
        for parameter in trained:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        tensors = [p.grad for p in trained if p.grad is not None] + list(values)
        flat = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
        dist.all_reduce(flat)
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, summed in zip(tensors, parts, strict=True):
            tensor.copy_(summed.view_as(tensor))

    def even_out(self, model: nn.Module) -> None:
        """Running statistics of normalisation layers become their mean over the processes."""
        if self.size == 1:
            return
        for buffer in model.buffers():
            if buffer.is_floating_point():
                dist.all_reduce(buffer)
                buffer /= self.size

    def gathered(self, heard: list[tuple[Indices, torch.Tensor]]) -> list[tuple[Indices, torch.Tensor]]:
        """What all processes heard, in the order of the parts."""
        if self.size == 1:
            return heard
        everything: list[Any] = [None] * self.size
        dist.all_gather_object(everything, [(part, logits.cpu()) for part, logits in heard])
        longest = max(map(len, everything))
        return [own[n] for n in range(longest) for own in everything if n < len(own)]

    def first_says(self, value: Value) -> Value:
        """The first process's value, in all of them."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]


def parts_of(rows: Indices, micro_batch: int) -> list[Indices]:
    """The rows of a batch, cut into parts of `micro_batch`."""
    return [rows[start : start + micro_batch] for start in range(0, len(rows), micro_batch)]


def processes_here() -> int:
    """As many as there are GPUs; on processors one, whose threads use them all."""
    return max(1, torch.cuda.device_count())


Work = Callable[[Team, str], Any]


def together(size: int, first: Work, others: Work, *, device: str = "auto") -> Any:
    """Run `first(team, device)` here and `others(team, device)` in `size` - 1 more processes; gives what `first` gives.

    `others` must be picklable. They end with this one, also when it is killed: they wait for it in every step, and a
    broken connection ends them. Raises what `first` raises, and RuntimeError when another one ended before.
    """
    if size == 1:
        return first(Team(), device)
    context = torch.multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        started = [
            context.Process(target=_follow, args=(rank, size, str(meeting), others, device), daemon=True)
            for rank in range(1, size)
        ]
        for process in started:
            process.start()
        try:
            with _joined(0, size, meeting, device) as place:
                answer = first(Team(0, size), place)
        except RuntimeError as error:
            if any(process.exitcode for process in started):
                codes = ", ".join(str(process.exitcode) for process in started)
                raise DistributedError(f"exit codes {codes}") from error
            raise
        finally:
            for process in started:
                process.join(timeout=10)
                if process.is_alive():
                    process.terminate()
    return answer


def _follow(rank: int, size: int, meeting: str, work: Work, device: str) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // size))
    with _joined(rank, size, Path(meeting), device) as place:
        work(Team(rank, size), place)


@contextlib.contextmanager
def _joined(rank: int, size: int, meeting: Path, device: str) -> Iterator[str]:
    """The device of this process, connected with the others."""
    on_gpu = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    backend = "nccl" if on_gpu else "gloo"
    if on_gpu:
        torch.cuda.set_device(rank)
    dist.init_process_group(backend, init_method=f"file://{meeting}", rank=rank, world_size=size, timeout=_PATIENCE)
    try:
        yield f"cuda:{rank}" if on_gpu else "cpu"
    finally:
        dist.destroy_process_group()
