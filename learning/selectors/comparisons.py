"""Comparisons as people ask about them: how far, what came of each arm, what it cost, where arms differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min, QuerySet
from django.utils import timezone

from core.models import Project, User
from learning.models import ArmKind, Comparison, ComparisonArm, ComparisonCell
from learning.recipe import Recipe, RecipeError, load_recipe
from learning.recipe_strategies import Difference, differences
from workers.engine.claims import UNFINISHED
from workers.models import Job

SURE = {"gain": "clear gain", "harm": "harm", "equivalent": "tie", "undecided": "undecided"}
"""Verdicts as the table says them."""
FEW = 3
"""Arms whose figures fit into a sentence."""


@dataclass(frozen=True)
class Progress:
    """Of all trainings that are wanted; `seconds_left` is None while nobody can tell."""

    state: str
    done: int
    wanted: int
    seconds_left: float | None

    @property
    def share(self) -> float:
        return self.done / self.wanted if self.wanted else 0.0

    @property
    def sentence(self) -> str:
        return f"{self.done} of {self.wanted} trainings"


@dataclass(frozen=True)
class ArmRow:
    """One line of the table. `judged` is None until one seed has all its folds, `differs` where arms are not alike."""

    arm: ComparisonArm
    is_trivial: bool
    done: int
    wanted: int
    seconds: float
    failure: str
    judged: dict[str, Any] | None
    differs: tuple[Difference, ...] = field(default=())

    @property
    def against(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.judged["against"] if self.judged else None
        return found

    @property
    def verdict(self) -> str:
        return SURE[self.against["verdict"]] if self.against else ""

    @property
    def unequal(self) -> list[Difference]:
        """What the control arm should share and does not."""
        return [d for d in self.differs if d.is_unequal]


def comparisons_of(user: User, project: Project) -> QuerySet[Comparison]:
    found = Comparison.objects.visible_to(user).filter(project=project)
    return found.select_related("project", "snapshot", "created_by").prefetch_related("arms")


def progress_of(comparison: Comparison) -> Progress:
    """Time left: what trainings have taken so far, spread over the jobs at work, or at the pace of the last job."""
    cells = ComparisonCell.objects.filter(arm__comparison=comparison)
    wanted, seconds = cells.count(), list(cells.filter(finished_at__isnull=False).values_list("arm_id", "seconds"))
    state = _state(comparison, wanted - len(seconds))
    left = _seconds_left(comparison, cells, seconds) if state in UNFINISHED else None
    return Progress(state, len(seconds), wanted, left)


def _state(comparison: Comparison, missing: int) -> str:
    """Of the newest unfinished job if there is one; else done with the last cell, whatever came of older jobs."""
    states = list(comparison.jobs.order_by("-created_at").values_list("state", flat=True))
    if "running" in states or "queued" in states:
        return "running" if "running" in states else "queued"
    return "done" if not missing else next((s for s in states if s != "done"), "failed")


def _seconds_left(
    comparison: Comparison, cells: QuerySet[ComparisonCell], done: list[tuple[int, float | None]]
) -> float | None:
    by_arm: dict[int, list[float]] = defaultdict(list)
    for arm, seconds in done:
        by_arm[arm].append(seconds or 0.0)
    trained = [s for arm in comparison.arms.all() if arm.kind == ArmKind.RECIPE for s in by_arm.get(arm.pk, [])]
    if not trained:
        return None
    usual = sum(trained) / len(trained)
    waiting = cells.filter(finished_at=None).values_list("arm_id", flat=True)
    left = sum(sum(by_arm[arm]) / len(by_arm[arm]) if by_arm.get(arm) else usual for arm in waiting)
    at_work = Job.objects.filter(parent__in=comparison.jobs.all(), state="running").count()
    return max(left / max(1, at_work), _at_pace(comparison, cells, len(waiting)))


def _at_pace(comparison: Comparison, cells: QuerySet[ComparisonCell], missing: int) -> float:
    """With all that a training costs besides computing, such as starting its process; 0 while nothing tells."""
    began = comparison.jobs.filter(state="running", started_at__isnull=False).aggregate(at=Min("started_at"))["at"]
    done = cells.filter(finished_at__gt=began).count() if began is not None else 0
    return missing * (timezone.now() - began).total_seconds() / done if done else 0.0


def arm_rows(comparison: Comparison) -> list[ArmRow]:
    """The control arm, then the others in order, then what brightness alone achieves."""
    arms = list(comparison.arms.all())
    control = next(arm for arm in arms if arm.is_control)
    judged = {one["name"]: one for one in (comparison.results or {}).get("arms", [])}
    cells: dict[int, list[ComparisonCell]] = defaultdict(list)
    for cell in ComparisonCell.objects.filter(arm__comparison=comparison).select_related("job"):
        cells[cell.arm_id].append(cell)
    arms.sort(key=lambda arm: (arm.kind == ArmKind.TRIVIAL, not arm.is_control, arm.number))
    return [_row(arm, cells[arm.pk], judged.get(arm.name), control) for arm in arms]


def _row(
    arm: ComparisonArm, cells: list[ComparisonCell], judged: dict[str, Any] | None, control: ComparisonArm
) -> ArmRow:
    done = [cell for cell in cells if cell.finished_at is not None]
    failures = [c.job.failure for c in cells if c.finished_at is None and c.job and c.job.state == "failed"]
    return ArmRow(
        arm=arm, is_trivial=arm.kind == ArmKind.TRIVIAL, done=len(done), wanted=len(cells),
        seconds=sum(cell.seconds or 0.0 for cell in done), failure=failures[0] if failures else "", judged=judged,
        differs=_differs(arm, control),
    )


def _differs(arm: ComparisonArm, control: ComparisonArm) -> tuple[Difference, ...]:
    if arm.is_control or arm.kind == ArmKind.TRIVIAL:
        return ()
    mine, theirs = recipe_of(arm), recipe_of(control)
    return differences(mine, theirs) if mine is not None and theirs is not None else ()


def recipe_of(arm: ComparisonArm) -> Recipe | None:
    """None for a recipe of an older or newer version that no longer reads."""
    try:
        return load_recipe(arm.recipe)
    except RecipeError:
        return None


def headline(comparison: Comparison, rows: list[ArmRow]) -> str:
    """What came of it, in a sentence."""
    results = comparison.results or {}
    if "refused" in results:
        return str(results["refused"])
    against = [row for row in rows if row.against and not row.is_trivial]
    if not against:
        return "No verdict yet: the control arm and another one need a seed with all its folds."
    control = next(row.arm.name for row in rows if row.arm.is_control)
    words = "; ".join(f"{row.arm.name}: {_said(row)}" for row in against) if len(against) <= FEW else _briefly(against)
    return (
        f"Against {control}, on {results['n']} held-out cases of {results['n_patients']} patients: {words}."
        + _not_judged(results)
    )


def _briefly(rows: list[ArmRow]) -> str:
    """Of many arms: figures of those that won or lost, names of the others; gains first."""
    told = []
    for verdict, word in SURE.items():
        named = [row for row in rows if row.against and row.against["verdict"] == verdict]
        decides = verdict in ("gain", "harm")
        arms = [f"{row.arm.name} {_figure(row.against)}" if decides else row.arm.name for row in named]
        told += [f"{word}: {', '.join(arms)}"] if arms else []
    return "; ".join(told)


def _figure(against: dict[str, Any] | None) -> str:
    assert against is not None
    delta, low, high = (round(against[key], 3) or 0.0 for key in ("delta", "low", "high"))
    return f"{delta:+.3f} AUROC ({low:+.3f} to {high:+.3f})".replace("-", "\u2212").replace("+0.000", "0.000")


def _not_judged(results: dict[str, Any]) -> str:
    """Cases that some recipe cannot use and that no arm is judged on therefore; empty for none."""
    more = results.get("n_all", results["n"]) - results["n"]
    if not more:
        return ""
    by_arm = ", ".join(f"{name} leaves out {count}" for name, count in results["left_out"].items())
    return f" No arm is judged on {more} more, which not every recipe can use ({by_arm})."


def _said(row: ArmRow) -> str:
    against = row.against
    assert against is not None
    more = against["cases_to_decide"]
    needs = f", about {more} cases would decide" if more and row.verdict == "undecided" else ""
    return f"{row.verdict}, {_figure(against)}{needs}"
