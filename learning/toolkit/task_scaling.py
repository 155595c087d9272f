"""Calibration by kind of task, with one temperature (and shift) per column as a card keeps them.

Binary findings each have their own. Classes share one temperature, so that probabilities still sum to 1; the levels of
a finding share one temperature and one shift, so that a higher level never becomes likelier than a lower one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from learning.toolkit.calibrate import Matrix, fit_scaling, scale
from learning.toolkit.classes import fit_class_temperature, soften
from learning.toolkit.tasks import groups_of

Scaling = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def fit_task_scaling(kind: str, columns: Sequence[str], probabilities: Matrix, targets: Matrix) -> Scaling:
    """Temperatures and shifts, F each, from N x F tables of calibration cases; NaN targets are left out."""
    if kind == "multiclass":
        temperature = fit_class_temperature(probabilities, targets)
        return np.full(len(columns), temperature), np.zeros(len(columns))
    if kind != "ordinal":
        return fit_scaling(probabilities, targets)
    temperatures, shifts = np.ones(len(columns)), np.zeros(len(columns))
    for places in groups_of(columns).values():
        cells = [np.asarray(table)[:, places].reshape(-1, 1) for table in (probabilities, targets)]
        found = fit_scaling(*cells)
        temperatures[places], shifts[places] = found[0][0], found[1][0]
    return temperatures, shifts


def scale_task(
    kind: str, probabilities: Matrix, temperatures: npt.ArrayLike, shifts: npt.ArrayLike = 0.0
) -> npt.NDArray[np.float64]:
    """N x F calibrated probabilities."""
    if kind == "multiclass":
        return soften(probabilities, float(np.ravel(temperatures)[0]))
    return scale(probabilities, temperatures, shifts)
