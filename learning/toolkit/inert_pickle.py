"""Taking tensors out of a network that was pickled whole, without importing or running any of it.

Some publishers (TorchXRayVision among them) save the network object, not its table of weights. Its pickle names
classes and functions; here each class of a known network library stands for an empty box that only remembers what was
put into it, tensors are rebuilt by torch's own function, and any other name ends the reading.
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

import torch
from torch._utils import _rebuild_parameter, _rebuild_tensor_v2

_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch", "Size"): torch.Size,
    ("torch", "device"): torch.device,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
}
_NETWORKS = ("torch.nn.", "torchvision.models", "torchxrayvision.models", "monai.networks.")


class Box:
    """Stands for an object of a network library; keeps the state that was put into it and can do nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: dict[str, Any] = {}

    def __new__(cls, *_: Any, **__: Any) -> "Box":
        """Any arguments."""
        made = super().__new__(cls)
        made.state = {}
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Tensors' own functions, or a box; anything else ends the reading."""
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module.startswith(_NETWORKS):
            return Box
        raise pickle.UnpicklingError(f"it refers to {module}.{name}, which is no part of a network")


class _Module:
    """What `torch.load` expects of a pickle module."""

    __name__ = "inert_pickle"
    Unpickler = _Unpickler
    UnpicklingError = pickle.UnpicklingError

    @staticmethod
    def load(file: IO[bytes], **how: Any) -> Any:
        """As `pickle.load`."""
        return _Unpickler(file, **how).load()


def load_inert(path: Path) -> Any:
    """A table of tensors: of a pickled network its state dict, else what the file holds.

    Raises pickle.UnpicklingError naming what a foreign file refers to, and what `torch.load` raises for damaged ones.
    """
    found = torch.load(path, map_location="cpu", pickle_module=_Module, weights_only=False)
    return dict(_state(found)) if isinstance(found, Box) else found


def _state(box: Box, before: str = "") -> list[tuple[str, torch.Tensor]]:
    """What `state_dict()` of the network would give, by the places where modules keep their tensors."""
    left_out = box.state.get("_non_persistent_buffers_set") or ()
    found: list[tuple[str, torch.Tensor]] = []
    for place in ("_parameters", "_buffers"):
        kept = box.state.get(place)
        for name, tensor in (kept.items() if isinstance(kept, dict) else ()):
            if isinstance(tensor, torch.Tensor) and name not in left_out:
                found.append((before + str(name), tensor.detach()))
    inside = box.state.get("_modules")
    for name, child in (inside.items() if isinstance(inside, dict) else ()):
        if isinstance(child, Box):
            found += _state(child, f"{before}{name}.")
    return found
