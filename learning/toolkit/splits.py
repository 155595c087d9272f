"""Splits that keep patients together and spread rare findings evenly."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from learning.toolkit.data import DataError, Floats, Indices

Split = tuple[Indices, Indices]


def grouped_holdout(patients: Sequence[str], targets: Floats, *, fraction: float, seed: int) -> Split:
    """Rows to train on and rows held out; about `fraction` of rows and of each finding's cases are held out.

    >>> train, held_out = grouped_holdout(["a", "a", "b", "c"], np.zeros((4, 1), np.float32), fraction=0.25, seed=0)
    >>> len(train), len(held_out)
    (3, 1)

    Raises DataError with fewer than two patients or a fraction outside 0 to 1.
    """
    if not 0 < fraction < 1:
        raise DataError(f"The share held out must lie between 0 and 1; it is {fraction:g}.")
    folds = _assign(patients, targets, np.array([1 - fraction, fraction]), seed)
    return np.flatnonzero(folds == 0), np.flatnonzero(folds == 1)


def grouped_kfold(patients: Sequence[str], targets: Floats, *, k: int, seed: int) -> list[Split]:
    """k pairs (train rows, held-out rows); every row is held out exactly once, with its whole patient.

    Raises DataError with fewer patients than folds.
    """
    if k < 2:
        raise DataError(f"Cross-validation needs at least 2 folds; {k} were asked for.")
    folds = _assign(patients, targets, np.full(k, 1 / k), seed)
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(k)]


def leave_one_patient_out(patients: Sequence[str]) -> list[Split]:
    """A pair per patient, in order of their names: all others to train on, and this one held out.

    >>> [held.tolist() for _, held in leave_one_patient_out(["b", "a", "b", "c"])]
    [[1], [0, 2], [3]]

    Raises DataError with fewer than three patients: one to hold out, and two to learn from.
    """
    names, owner = np.unique(np.asarray(list(patients), dtype=str), return_inverse=True)
    if len(names) < 3:
        raise DataError(f"Leaving one patient out needs at least 3 patients; there are {len(names)}.")
    return [(np.flatnonzero(owner != n), np.flatnonzero(owner == n)) for n in range(len(names))]


def repeated_kfold(patients: Sequence[str], targets: Floats, *, k: int, repeats: int, seed: int) -> list[list[Split]]:
    """`repeats` times `grouped_kfold` with folds drawn anew; the first repeat is the one that `seed` alone gives.

    Raises DataError as grouped_kfold, and for fewer repeats than one.
    """
    if repeats < 1:
        raise DataError(f"Cross-validation is repeated at least once, not {repeats} times.")
    seeds = [seed, *np.random.SeedSequence(seed).generate_state(repeats - 1)]
    return [grouped_kfold(patients, targets, k=k, seed=int(one)) for one in seeds]


def _assign(
    patients: Sequence[str], targets: Floats, shares: npt.NDArray[np.float64], seed: int
) -> npt.NDArray[np.int64]:
    """Fold of each row. Greedy: rarest and largest patients first, each where the table's error grows least."""
    names, owner = np.unique(np.asarray(list(patients), dtype=str), return_inverse=True)
    if len(names) < len(shares):
        raise DataError(f"{len(names)} patients cannot be split into {len(shares)} parts; add patients.")
    counts = _counts(targets, owner, len(names))
    totals = np.maximum(counts.sum(axis=0), 1)
    scaled = counts / totals  # each column sums to 1, so that a rare finding weighs as much as a common one
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-scaled[order].max(axis=1), kind="stable")]
    missing = shares[:, None] * np.ones_like(scaled[:1])
    used = np.zeros(len(shares), dtype=np.int64)
    fold_of = np.empty(len(names), dtype=np.int64)
    for position, patient in enumerate(order):
        gain = (scaled[patient] * (2 * missing - scaled[patient]) / shares[:, None]).sum(axis=1)
        if len(order) - position <= (used == 0).sum():
            gain[used > 0] = -np.inf  # the last patients fill the folds that would stay empty
        fold = int(np.argmax(gain))
        fold_of[patient] = fold
        missing[fold] -= scaled[patient]
        used[fold] += 1
    return fold_of[owner]


def _counts(targets: Floats, owner: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.float64]:
    """Per patient: rows, and per finding the number of positives and of negatives."""
    columns = [np.ones(len(owner)), *(targets >= 0.5).T.astype(float), *(targets < 0.5).T.astype(float)]
    return np.stack([np.bincount(owner, weights=column, minlength=n) for column in columns], axis=1)
