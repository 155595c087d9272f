"""Asking for a comparison, for more of it, and stopping or going on with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from learning.models import ArmKind, Comparison, ComparisonArm, ComparisonCell, ModelVersion, Snapshot
from learning.recipe import Recipe
from learning.recipe_strategies import alike
from learning.services.invariances import bound_recipe
from learning.services.runs import validated
from learning.services.snapshots import freeze_snapshot
from learning.services.start_state import check_weights, parent_of
from workers.engine import defer, request_cancel
from workers.engine.claims import UNFINISHED
from workers.models import Job

KIND = "learning.compare"
TRIVIAL = "brightness alone"
BY_AUROC = ("binary", "multiclass", "ordinal")
"""Kinds of target that a comparison can judge."""
MOST_ARMS, MOST_SEEDS, MOST_FOLDS = 20, 20, 20


@dataclass(frozen=True)
class ArmWish:
    """A recipe to compare, under a name that is its own in the table."""

    name: str
    recipe: Recipe
    is_control: bool = False


def start_comparison(
    *, project: Project, user: User | None, arms: Sequence[ArmWish], name: str = "", seeds: int = 3, folds: int = 5,
    margin: float = 0.02, sources: Sequence[str] = ("reader",), findings: Sequence[str] = (),
    snapshot: Snapshot | None = None,
) -> Comparison:
    """Freeze a snapshot (unless one is given), make the rows and queue the work in one transaction.

    Without a control arm among `arms` the first is it. What brightness alone achieves is always an arm (control C6).

    Raises Invalid, naming the remedy, for fewer than two arms, equal names or recipes, numbers out of bounds, fewer
    patients than folds, or an arm that starts from a model which has learned from patients of this snapshot.
    """
    learned = [f["code"] for f in snapshot.findings] if snapshot is not None else findings
    arms = [_bound(project, arm, learned) for arm in arms]
    _check(arms, seeds, folds, margin)
    with transaction.atomic():
        task = arms[0].recipe.targets
        frozen = snapshot or freeze_snapshot(
            project=project, user=user, sources=sources, findings=findings, task=task
        )
        patients = frozen.rows.values("patient").distinct().count()
        if patients < folds:
            raise Invalid(f"{patients} patients cannot be split into {folds} folds; choose at most {patients}.")
        comparison = Comparison.objects.create(
            project=project, name=name.strip()[:80] or " and ".join(arm.name for arm in arms)[:80], snapshot=frozen,
            findings=[f["code"] for f in frozen.findings], folds=folds, seeds=list(range(seeds)), margin=margin,
            created_by=user,
        )
        ComparisonArm.objects.create(
            comparison=comparison, number=0, name=TRIVIAL, kind=ArmKind.TRIVIAL,
            recipe={"targets": task.model_dump(mode="json") | {"findings": comparison.findings}},
        )
        chosen = next((number for number, arm in enumerate(arms) if arm.is_control), 0)
        for number, wish in enumerate(arms):
            _add_arm(comparison, wish, number + 1, user, is_control=number == chosen)
        _ask_for_cells(comparison)
        _queue(comparison, user)
        audit.record(
            "comparison.started", actor=user, project=project, subject=f"comparison:{comparison.pk}",
            arms=[arm.name for arm in arms], seeds=seeds, folds=folds, snapshot=frozen.hash,
        )
    return comparison


def extend_comparison(
    *, comparison: Comparison, user: User | None, arms: Sequence[ArmWish] = (), more_seeds: int = 0
) -> Comparison:
    """Add arms or training seeds; what is computed stays. Also while it runs. Raises Invalid as `start_comparison`."""
    if not arms and more_seeds < 1:
        raise Invalid("Say what to add: another recipe, or more seeds.")
    with transaction.atomic():
        locked = Comparison.objects.select_for_update().get(pk=comparison.pk)
        known = list(locked.arms.exclude(kind=ArmKind.TRIVIAL))
        wishes = [ArmWish(arm.name, validated(arm.recipe)) for arm in known]
        new = [replace(_bound(locked.project, arm, locked.findings), is_control=False) for arm in arms]
        _check([*wishes, *new], len(locked.seeds) + more_seeds, locked.folds, locked.margin)
        for number, wish in enumerate(new, start=max(arm.number for arm in known) + 1):
            _add_arm(locked, wish, number, user, is_control=False)
        highest = max(locked.seeds)
        locked.seeds = [*locked.seeds, *range(highest + 1, highest + 1 + more_seeds)]
        locked.save(update_fields=["seeds"])
        _ask_for_cells(locked)
        _queue(locked, user)
        audit.record(
            "comparison.extended", actor=user, project=locked.project, subject=f"comparison:{locked.pk}",
            arms=[arm.name for arm in arms], more_seeds=more_seeds,
        )
    return locked


def cancel_comparison(*, comparison: Comparison, user: User | None) -> None:
    """Stop what runs; what is finished stays. Raises Conflict when nothing runs."""
    jobs = list(comparison.jobs.filter(state__in=UNFINISHED))
    if not jobs:
        raise Conflict("This comparison is not running.")
    for job in jobs:
        request_cancel(job)
    audit.record(
        "comparison.cancelled", actor=user, project=comparison.project, subject=f"comparison:{comparison.pk}"
    )


def resume_comparison(*, comparison: Comparison, user: User | None) -> Job:
    """Queue what is not finished. Raises Conflict while it runs, or when everything is finished."""
    with transaction.atomic():
        locked = Comparison.objects.select_for_update().get(pk=comparison.pk)
        if locked.jobs.filter(state__in=UNFINISHED).exists():
            raise Conflict("This comparison is running already.")
        if not ComparisonCell.objects.filter(arm__comparison=locked, finished_at=None).exists():
            raise Conflict("Everything of this comparison is finished. Extend it by seeds or by another recipe.")
        return _queue(locked, user)


def _check(arms: Sequence[ArmWish], seeds: int, folds: int, margin: float) -> None:
    if len(arms) < 2:
        raise Invalid("A comparison needs at least two recipes: one of them is the control arm.")
    for what, number, least, most in (
        ("recipes", len(arms), 2, MOST_ARMS), ("seeds", seeds, 1, MOST_SEEDS), ("folds", folds, 2, MOST_FOLDS)
    ):
        if not least <= number <= most:
            raise Invalid(f"A comparison takes {least} to {most} {what}, not {number}.")
    if not 0 < margin < 0.5:
        raise Invalid(f"The margin lies above 0 and below 0.5, in AUROC; {margin:g} does not.")
    kinds = sorted({arm.recipe.targets.kind for arm in arms})
    if len(kinds) > 1:
        raise Invalid(f"All recipes of a comparison learn one kind of target; these learn {' and '.join(kinds)}.")
    if kinds[0] not in BY_AUROC:
        raise Invalid(
            f"A comparison judges by AUROC, which fits {', '.join(BY_AUROC)}; {kinds[0]} is judged on each run's page."
        )
    if sum(arm.is_control for arm in arms) > 1:
        raise Invalid("There is one control arm; choose which.")
    names = [arm.name.strip() for arm in arms]
    for name in names:
        if not name or len(name) > 60 or name == TRIVIAL or names.count(name) > 1:
            raise Invalid(f"Every recipe needs a name of its own, up to 60 letters; {name!r} will not do.")
    for number, arm in enumerate(arms):
        for other in arms[:number]:
            if alike(_everything(arm.recipe), _everything(other.recipe)):
                raise Invalid(f"{other.name} and {arm.name} are the same recipe; there is nothing to compare.")


def _everything(recipe: Recipe) -> Recipe:
    """Less what a comparison does not let differ: which findings are learned, and pseudolabels, which it never uses.

    A teacher's word on a held-out patient would come back through them.
    """
    targets = recipe.targets.model_copy(update={"findings": ()})
    return recipe.model_copy(update={"targets": targets, "pseudolabels": Recipe().pseudolabels})


def _for(recipe: Recipe, findings: Sequence[str]) -> Recipe:
    """With the comparison's findings."""
    targets = recipe.targets.model_copy(update={"findings": tuple(findings)})
    return recipe.model_copy(update={"targets": targets})


def _bound(project: Project, wish: ArmWish, findings: Sequence[str]) -> ArmWish:
    """As a run of these findings would be trained: what they ask of augmentation binds every arm."""
    return replace(wish, recipe=bound_recipe(project, _for(wish.recipe, findings)))


def _add_arm(
    comparison: Comparison, wish: ArmWish, number: int, user: User | None, *, is_control: bool
) -> ComparisonArm:
    parent = parent_of(comparison.project, wish.recipe, user)
    check_weights(wish.recipe)
    if parent is not None:
        _refuse_seen(comparison.snapshot, parent, wish.name)
    return ComparisonArm.objects.create(
        comparison=comparison, number=number, name=wish.name.strip(), is_control=is_control, parent=parent,
        recipe=_for(wish.recipe, comparison.findings).model_dump(mode="json"),
    )


def _refuse_seen(snapshot: Snapshot, parent: ModelVersion, name: str) -> None:
    """A start from a model that knows held-out patients flatters its arm (control C5)."""
    patients = set(snapshot.rows.values_list("patient", flat=True))
    model: ModelVersion | None = parent
    while model is not None:
        seen = patients & set(model.run.snapshot.rows.values_list("patient", flat=True))
        if seen:
            raise Invalid(
                f"{name} starts from {parent}, which has learned from {len(seen)} of the {len(patients)} patients that "
                "would be held out here, so its figures would flatter. Start from a model of other patients."
            )
        model = model.parent


def _ask_for_cells(comparison: Comparison) -> None:
    """A row for every training that the comparison wants and has not."""
    wanted: list[ComparisonCell] = []
    for arm in comparison.arms.all():
        seeds: Iterable[int] = comparison.seeds if arm.kind == ArmKind.RECIPE else comparison.seeds[:1]
        wanted += [ComparisonCell(arm=arm, seed=s, fold=f) for s in seeds for f in range(comparison.folds)]
    ComparisonCell.objects.bulk_create(wanted, ignore_conflicts=True)


def _queue(comparison: Comparison, user: User | None) -> Job:
    job = defer(
        KIND, payload={"comparison": comparison.pk}, project=comparison.project, user=user,
        label=f"Compare {comparison.name}"[:160],
    )
    comparison.jobs.add(job)
    return job
