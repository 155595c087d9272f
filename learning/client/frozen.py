"""A snapshot in memory, in the shape that the toolkit and scikit-learn take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Frozen:
    """Rows of one snapshot.

    targets   N x F float32: 1 present, 0 absent, -1 equivocal, NaN not assessed.
    weights   N x F float32.
    keys, patients, origins  N each; keep a patient's rows together in every split.
    withheld  rows left out because you are yet to read their studies unaided.
    """

    snapshot: int
    hash: str
    findings: tuple[str, ...]
    keys: tuple[str, ...]
    patients: tuple[str, ...]
    origins: tuple[str, ...]
    targets: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    withheld: int

    def __len__(self) -> int:
        return len(self.keys)


def frozen_of(snapshot: dict[str, Any], rows: list[dict[str, Any]], withheld: int) -> Frozen:
    """The server's rows as arrays."""
    findings = tuple(finding["code"] for finding in snapshot["findings"])
    targets = np.full((len(rows), len(findings)), np.nan, np.float32)
    weights = np.ones_like(targets)
    for number, row in enumerate(rows):
        for column, code in enumerate(findings):
            targets[number, column] = row["targets"].get(code, np.nan)
            weights[number, column] = row["weights"].get(code, 1.0)
    return Frozen(
        snapshot=snapshot["id"], hash=snapshot["hash"], findings=findings, withheld=withheld,
        keys=tuple(row["key"] for row in rows), patients=tuple(row["patient"] for row in rows),
        origins=tuple(row["origin"] for row in rows), targets=targets, weights=weights,
    )
