"""Starting from weights that somebody else trained, without executing anything."""

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

WEIGHTS = "weights/"
"""Prefix of the network's tensors in a model file of ours, which also holds hashes of its training set."""


class ModelFileError(ValueError):
    """A model file is damaged, foreign or unsafe; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Which weights of the network came from the file."""

    loaded: int
    fresh: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For the run's log."""
        rest = f"; fresh: {', '.join(self.fresh)}" if self.fresh else ""
        return f"Started from {self.loaded} tensors of the given model{rest}."


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """A flat state dict from a safetensors file or a torch file that holds only tensors.

    Takes the weights out of a model file of ours, unwraps `state_dict` and strips `module.` as multi-GPU training
    leaves them. Raises ModelFileError; a file that would have to execute code to load (a general pickle) is refused.
    """
    found: Any
    try:
        if path.suffix == ".safetensors":
            found = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise ModelFileError(
            f"{path.name} cannot be loaded as weights: it is damaged, is not a model file, or holds more than "
            "tensors, which is refused because it could execute code. Convert it to safetensors where it is trusted."
        ) from error
    if isinstance(found, dict) and any(str(name).startswith(WEIGHTS) for name in found):
        found = {str(name).removeprefix(WEIGHTS): t for name, t in found.items() if str(name).startswith(WEIGHTS)}
    for wrapper in ("state_dict", "model"):
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ModelFileError(f"{path.name} holds no table of tensors; export the model's state dict.")
    return {str(name).removeprefix("module."): tensor for name, tensor in found.items()}


def start_from(model: nn.Module, path: Path) -> Transfer:
    """Load every tensor of the file that fits by name and shape (bare backbones too); the rest stays fresh.

    Raises ModelFileError when nothing fits.
    """
    found = read_weights(path)
    own = model.state_dict()
    fitting = {}
    for name, tensor in own.items():
        given = found.get(name, found.get(name.removeprefix("backbone.")))
        if given is not None and given.shape == tensor.shape:
            fitting[name] = given
    if not fitting:
        raise ModelFileError(
            f"No tensor of {path.name} fits this network by name and shape; choose the network it was trained with."
        )
    model.load_state_dict(fitting, strict=False)
    return Transfer(len(fitting), tuple(name for name in own if name not in fitting))
