"""Repeat a run: the same snapshot, recipe and start again, and whether the same figures come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.errors import Conflict
from core.models import User
from learning.models import ModelVersion, Run, RunPurpose
from learning.selectors.runs import run_state
from learning.services.runs import KIND, make_run, validated
from workers.engine import defer
from workers.models import Job

_ELSEWHERE = 1e-3
"""What another machine, thread count or version may move a figure by; on the same one figures are equal bit for bit."""


@dataclass(frozen=True)
class Repetition:
    """How the figures of a repeated run compare with those of the first."""

    first: Run
    largest_difference: float
    figures: int
    differs_in: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return self.largest_difference == 0

    @property
    def sentence(self) -> str:
        """For the run's page."""
        what = f"{self.figures} held-out figures"
        if self.is_same:
            return f"The same as run {self.first.pk}: {what} are equal to the last digit."
        where = f" Not the same in both: {', '.join(self.differs_in)}." if self.differs_in else ""
        if self.differs_in and self.largest_difference <= _ELSEWHERE:
            return f"As run {self.first.pk} within {_ELSEWHERE:g}: {what}, off by {self.largest_difference:.1e}.{where}"
        return f"NOT the same as run {self.first.pk}: of {what} one is off by {self.largest_difference:.2g}.{where}"


def repeat_run(*, run: Run, user: User | None) -> Run:
    """Queue the run again on its own snapshot. Raises Conflict while it is unfinished, or when patients are gone."""
    if run_state(run) != "done":
        raise Conflict(f"Run {run.pk} has not ended with a model yet; there is nothing to repeat.")
    if run.snapshot.has_withdrawn_patients:
        raise Conflict(
            f"A patient of run {run.pk}'s snapshot has been withdrawn, so it cannot be repeated as it was. "
            "Use its recipe on today's labels instead."
        )
    parent = ModelVersion.objects.filter(run=run).values_list("parent", flat=True).first()
    with transaction.atomic():
        job = defer(KIND, payload={}, project=run.project, user=user, label=f"Repeat run {run.pk}")
        again = make_run(
            project=run.project, recipe=validated(run.recipe), snapshot=run.snapshot, job=job, user=user,
            purpose=RunPurpose.MANUAL, recipe_name=run.recipe_name, repeats=run,
        )
        Job.objects.filter(pk=job.pk).update(payload={"run": again.pk, "parent": parent})
    return again


def repetition(run: Run) -> Repetition | None:
    """None while the run is no repetition or has no figures. Gate figures are left out: readers may have read on."""
    first = run.repeats
    if first is None or not run.metrics or not first.metrics:
        return None
    old, new = (dict(_numbers(one.metrics.get("held_out"))) for one in (first, run) if one.metrics is not None)
    paths = old.keys() | new.keys()
    largest = max((abs(old.get(p, float("inf")) - new.get(p, float("inf"))) for p in paths), default=0.0)
    keys = [k for k in run.environment if k in first.environment and run.environment[k] != first.environment[k]]
    return Repetition(first, 0.0 if old == new else largest, len(paths), tuple(keys))


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of the metrics with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _numbers(inner, f"{path}.{place}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)
