"""Checkpoints: one safetensors file with JSON in its header, replaced atomically. Nothing in it can execute."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

Tensors = dict[str, torch.Tensor]
_STATE = "radloop_state"


class CheckpointError(ValueError):
    """A checkpoint cannot be read or belongs to another run; the message says which file and what to do."""


def write_checkpoint(path: Path, tensors: Tensors, state: dict[str, Any]) -> None:
    """Write `tensors` and the JSON-ready `state`; a crash leaves either the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    save_file(flat, partial, metadata={_STATE: json.dumps(state)})
    with partial.open("rb+") as stream:
        os.fsync(stream.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_checkpoint(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and state as written. Raises CheckpointError when the file is not one of ours or is damaged."""
    try:
        with safe_open(path, framework="pt") as stream:
            state = json.loads((stream.metadata() or {})[_STATE])
            return {name: stream.get_tensor(name) for name in stream.keys()}, state  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise CheckpointError(
            f"{path} is not a readable checkpoint ({type(error).__name__}: {error}). Delete it to start afresh."
        ) from error


def with_prefix(prefix: str, tensors: Tensors) -> Tensors:
    """The tensors under names `prefix/name`."""
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def without_prefix(prefix: str, tensors: Tensors) -> Tensors:
    """The tensors whose name starts with `prefix/`, under the rest of their name."""
    start = f"{prefix}/"
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
