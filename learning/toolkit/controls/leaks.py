"""C5: parts share nothing, and the labels that judge have no say."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from learning.toolkit.controls.control import Control
from learning.toolkit.controls.strategy import Pipeline
from learning.toolkit.data import Examples


def leak_guard(parts: Mapping[str, Examples]) -> Control:
    """C5: no two parts share a patient, a key or an image's pixels."""
    found, names = [], list(parts)
    prints = {name: _contents(part) for name, part in parts.items()}
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            for kind in ("patients", "keys", "images"):
                shared = prints[first][kind] & prints[second][kind]
                if shared:
                    found.append(f"{first} and {second} share {len(shared)} {kind}")
    return Control("C5 leak guard", not found, "; ".join(found) or f"{', '.join(names)} share nothing")


def blind_to_test_labels(train: Examples, test: Examples, pipeline: Pipeline) -> Control:
    """C5: with the test labels turned round the predictions stay as they were, so nothing was chosen by them."""
    told, turned = pipeline(train, test), pipeline(train, replace(test, targets=1 - test.targets))
    same = bool(np.array_equal(told, turned))
    return Control(
        "C5 blind to test labels", same,
        "turned round, they change nothing" if same else "predictions FOLLOW the labels they are judged by",
    )


def _contents(part: Examples) -> dict[str, set[Any]]:
    pixels = {hashlib.sha256(np.ascontiguousarray(part.images[i]).tobytes()).digest() for i in range(len(part))}
    return {"patients": set(part.patients), "keys": set(part.keys), "images": pixels}
