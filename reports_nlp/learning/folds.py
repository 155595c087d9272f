"""Parts of the training examples that keep a patient's reports together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


def folds_by_patient(patients: Sequence[str], k: int, *, seed: int) -> Rows:
    """Fold of each row, 0 to k-1; fewer folds where there are fewer patients."""
    names, owner = np.unique(np.asarray(list(patients), dtype=str), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    fold = np.empty(len(names), dtype=np.int64)
    fold[order] = np.arange(len(names)) % max(1, min(k, len(names)))
    return fold[owner]
