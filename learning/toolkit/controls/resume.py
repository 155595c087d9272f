"""C7: equal when repeated, and equal when killed and resumed."""

from pathlib import Path
from typing import Any

from learning.recipe import Recipe
from learning.toolkit.controls.control import Control
from learning.toolkit.controls.no_op import equal
from learning.toolkit.data import Examples
from learning.toolkit.reports import FitResult
from learning.toolkit.train import fit


class _Killed(Exception):
    pass


def determinism_and_resume(
    train: Examples, val: Examples | None, recipe: Recipe, *, kill_at_batch: int, workdir: Path,
    first: FitResult | None = None, **how: Any,
) -> Control:
    """C7: two runs are equal, and a run killed at a batch and resumed ends equal too, bit for bit.

    first   a run of the same recipe that is there already.
    `how` goes to `train.fit` (`extra`, `init_state`).
    """
    first = first or fit(train, val, recipe, workdir=workdir / "first", **how)
    again = fit(train, val, recipe, workdir=workdir / "again", **how)
    batches = iter(range(kill_at_batch))

    def kill() -> bool:
        if next(batches, None) is None:
            raise _Killed
        return False

    killed = False
    try:
        fit(train, val, recipe, workdir=workdir / "killed", should_stop=kill, **how)
    except _Killed:
        killed = True
    resumed = fit(train, val, recipe, workdir=workdir / "killed", resume=True, **how)
    repeated, recovered = equal(first, again), killed and equal(first, resumed)
    return Control(
        "C7 determinism and resume",
        repeated and recovered,
        f"repeated run {'equal' if repeated else 'DIFFERENT'}; killed at batch {kill_at_batch} and resumed "
        f"{'equal' if recovered else 'DIFFERENT' if killed else 'never killed'}",
    )
