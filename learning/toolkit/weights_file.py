"""Reading other people's weights files. Nothing in a file is ever executed, and none can fill the memory unseen."""

import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from learning.toolkit.inert_pickle import load_inert

Tensors = dict[str, torch.Tensor]

WEIGHTS = "weights/"
"""Prefix of the network's tensors in a model file of ours, which also holds hashes of its training set."""
LARGEST = 4 * 2**30
"""Bytes of the largest file that is read."""
_SWELLING = 1.05
"""A torch file keeps its tensors uncompressed, so it unpacks to no more than its size and a little."""
_WRAPPERS = ("state_dict", "model", "model_state_dict", "network")
_PREFIXES = ("module.", "_orig_mod.")
_FAULTS = (
    SafetensorError, UnpicklingError, RuntimeError, EOFError, ValueError, OSError, KeyError, IndexError, TypeError,
    AttributeError, RecursionError, MemoryError, OverflowError, zipfile.BadZipFile,
)


class ModelFileError(ValueError):
    """A model file is damaged, foreign or unsafe; the message says which and what to do."""


def read_weights(path: Path, *, whole_models: bool = False) -> Tensors:
    """A flat state dict from a safetensors file or a torch file that holds only tensors.

    Takes the weights out of a model file of ours, unwraps `state_dict` and the like, and strips what multi-GPU
    training and compilation put before names.

    whole_models  also read files in which a publisher pickled the network itself: the tensors are taken out of it, its
                  classes are neither imported nor made.

    Raises ModelFileError; a file that would have to execute code to load (a general pickle) is refused.
    """
    _check_size(path)
    found: Any
    try:
        if path.suffix == ".safetensors":
            found = load_file(path)
        elif whole_models:
            found = load_inert(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
    except _FAULTS as error:
        told = f" ({error})" if isinstance(error, UnpicklingError) and whole_models else ""
        raise ModelFileError(
            f"{path.name} cannot be loaded as weights: it is damaged, is not a model file, or holds more than "
            f"tensors, which is refused because it could execute code{told}. Convert it to safetensors where it is "
            "trusted."
        ) from error
    return flat_tensors(found, path.name)


def flat_tensors(found: Any, name: str) -> Tensors:
    """The table of tensors in what a file held. Raises ModelFileError when there is none."""
    if isinstance(found, dict) and any(str(key).startswith(WEIGHTS) for key in found):
        found = {str(key).removeprefix(WEIGHTS): t for key, t in found.items() if str(key).startswith(WEIGHTS)}
    for wrapper in _WRAPPERS:
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not (isinstance(found, dict) and found and all(isinstance(value, torch.Tensor) for value in found.values())):
        raise ModelFileError(f"{name} holds no table of tensors; export the model's state dict.")
    return {_bare(str(key)): tensor for key, tensor in found.items()}


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _check_size(path: Path) -> None:
    """Refuse what is too large, and what would unpack to more than it is."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ModelFileError(f"{path.name} cannot be read: {error.strerror}. Check the path.") from error
    if size > LARGEST:
        raise ModelFileError(f"{path.name} has {size / 2**30:.1f} GiB; at most {LARGEST / 2**30:.0f} are read.")
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ModelFileError(f"{path.name} is a damaged archive ({error}); fetch it again.") from error
    if unpacked > size * _SWELLING + 2**16:
        raise ModelFileError(
            f"{path.name} would unpack to {unpacked / size:.0f} times its size, as no file of weights does; it is "
            "refused. Fetch it again from its publisher."
        )
