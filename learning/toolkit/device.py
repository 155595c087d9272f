"""Where and in which precision to compute."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch

_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def choose_device(name: str = "auto") -> torch.device:
    """The named device, or the first GPU, or the processor."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def uses_bf16(precision: str, network: str, device: torch.device) -> bool:
    """Whether to compute in bfloat16: on demand, or by 'auto' where it is fast and the network is not tiny."""
    if precision != "auto":
        return precision == "bf16"
    if network.startswith("small_cnn"):
        return False
    return torch.cuda.is_bf16_supported() if device.type == "cuda" else _processor_has_bf16()


@cache
def _processor_has_bf16() -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return any(_BF16_FLAGS & set(line.split()) for line in text.splitlines() if line.startswith(("flags", "Features")))


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether there was not enough memory, on the GPU or beside it."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in str(error)


@contextmanager
def own_randomness(device: torch.device) -> Iterator[None]:
    """Inside, torch's global random state is ours and GPU convolutions are deterministic; both are put back."""
    before = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    devices = [torch.cuda.current_device()] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = before
