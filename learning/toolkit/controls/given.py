"""C3: with each seed both arms got the same. Judged by fingerprints of what a callable was really handed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from learning.toolkit.controls.control import Control
from learning.toolkit.data import Examples


@dataclass(frozen=True, slots=True)
class Given:
    """One call.

    before, after  fingerprint of cases, images, answers and weights as handed over, and as they were when it returned.
    """

    fold: int
    seed: int
    knob: float
    before: str
    after: str


def fingerprint(*parts: Examples | None, images: Any) -> str:
    """SHA-256 of the parts in order, pixels included, and of the images that are asked about."""
    digest = hashlib.sha256(_pixels(images))
    for part in parts:
        digest.update(b"none" if part is None else part.fingerprint().encode() + _pixels(part.images))
    return digest.hexdigest()


def paired_calls(calls: Sequence[Given], *, knob: float, least: int) -> Control:
    """C3: each fold and seed has one call with the knob on and one at 0, of equal data, and `least` seeds are there."""
    pairs: dict[tuple[int, int], list[Given]] = {}
    for call in calls:
        pairs.setdefault((call.seed, call.fold), []).append(call)
    seeds = {call.seed for call in calls}
    wrong = [f"{len(seeds)} different seeds, {least} are needed"] if len(seeds) < least else []
    for (seed, fold), arms in sorted(pairs.items()):
        where = f"seed {seed}, fold {fold + 1}"
        if sorted(call.knob for call in arms) != sorted([0.0, knob]):
            wrong.append(f"{where}: knobs {', '.join(f'{call.knob:g}' for call in arms)} in place of {knob:g} and 0")
        elif len({call.before for call in arms}) > 1:
            wrong.append(f"{where}: knob {knob:g} and knob 0 were given DIFFERENT data")
        elif any(call.before != call.after for call in arms):
            wrong.append(f"{where}: the function changed what it was given")
    held = f"{len(pairs)} pairs over {len(seeds)} seeds: knob {knob:g} and 0 were given the same, by fingerprint"
    return Control("C3 paired seeds", not wrong, "; ".join(wrong[:3]) or held)


def _pixels(images: Any) -> bytes:
    table = np.ascontiguousarray(images)
    return hashlib.sha256(f"{table.shape}{table.dtype}".encode() + table.tobytes()).digest()
