"""A text model as one file: arrays and a JSON card in safetensors. Nothing in it can execute."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from reports_nlp.learning.types import LearningError

Arrays = dict[str, npt.NDArray[Any]]
CARD = "card"
LARGEST = 200 * 1024 * 1024
"""Bytes; ours have a few megabytes."""


def write_model(path: Path, arrays: Arrays, card: dict[str, Any]) -> str:
    """Write whole or not at all; returns the sha256 of the file."""
    content = save(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        metadata={CARD: json.dumps(card, sort_keys=True, ensure_ascii=False)},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return hashlib.sha256(content).hexdigest()


def read_model(path: Path, *, sha256: str = "") -> tuple[Arrays, dict[str, Any]]:
    """Arrays and card. Raises LearningError for a file that is missing, damaged, too large or not the one expected."""
    try:
        if path.stat().st_size > LARGEST:
            raise LearningError(f"{path.name} is larger than any text model of ours.")
        content = path.read_bytes()
        if sha256 and hashlib.sha256(content).hexdigest() != sha256:
            raise LearningError(f"{path.name} is not the file that was written when the model was trained.")
        length = int.from_bytes(content[:8], "little")
        card = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][CARD])
        return load(content), card
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, LearningError):
            raise
        raise LearningError(f"{path.name} can't be read as a text model. Train it again.") from None
