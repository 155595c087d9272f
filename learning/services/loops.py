"""The loop: started, stepped, stopped; and what a submitted reading sets off."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotation.models import ReadingVersion, ReservedSet, Worklist, WorklistKind
from annotation.selectors.answers import corrections_since
from core.errors import Conflict, Invalid
from core.models import Project, User
from learning.models import Iteration, Loop
from learning.recipe import Recipe
from learning.services.invariances import bound_recipe
from learning.services.runs import validated
from workers.engine import defer, request_cancel
from workers.models import Job

TURN = "learning.turn"
SIMULATE = "learning.simulate"
DEFAULT_RECIPE: dict[str, Any] = {
    "input": {"size": 64},
    "imbalance": {"class_weights": "inverse_prevalence"},
    "regularisation": {"dropout_hidden": 0.2},
    "augmentation": {"kind": "none"},
    "pseudolabels": {"weight": 0.3},
    "optimiser": {"max_steps": 1000, "patience": 0, "keep": "last", "batch_size": 8, "learning_rate": 0.003},
}
"""Small and quick: a turn must fit into the minute in which a reader still remembers the cases.

A number of steps, not of epochs: with a hundred labels thirty epochs end before the network has learned anything, and
with a thousand they take minutes. The last epoch is kept: 25 held-out images cannot choose a better one. Why there is
no augmentation: docs/experiments.md, 2026-11-26.
"""


def start_loop(
    *, project: Project, user: User | None, worklist: Worklist | None = None, recipe: Recipe | None = None,
    **settings: Any,
) -> Loop:
    """Begin, or go on after a stop; the first turn trains the first teacher.

    Raises Invalid without a ranked worklist or reserved sets: a loop without a gate could not tell better from worse;
    and for settings that no loop can have.
    """
    if worklist is not None and worklist.kind != WorklistKind.RANKED:
        raise Invalid(f"{worklist.name} is a reference worklist; reserved sets are never ranked. Choose another.")
    moved_to = {} if worklist is None else {"worklist": worklist}
    worklist = worklist or _main_worklist(project)
    if not ReservedSet.objects.filter(project=project, purpose="gate").exists():
        raise Invalid("Draw the reserved sets first (Worklists page): promotion is decided on the gate set.")
    before = Loop.objects.filter(project=project).first()
    chosen = recipe or validated(before.recipe if before is not None else DEFAULT_RECIPE)
    settings |= _fitting(chosen, settings, before)
    with transaction.atomic():
        loop, created = Loop.objects.get_or_create(
            project=project,
            defaults={"pseudolabel_weight": chosen.pseudolabels.weight, "worklist": worklist,
                      "recipe": chosen.model_dump(mode="json"), **settings},
        )
        changes: dict[str, Any] = {
            "is_running": True, "started_at": loop.started_at or timezone.now(), **moved_to, **settings,
        }
        if recipe is not None:
            changes["recipe"] = recipe.model_dump(mode="json")
        Loop.objects.filter(pk=loop.pk).update(**changes)
        loop.refresh_from_db()
        if created or not loop.iterations.filter(state="done").exists():
            request_turn(loop=loop, user=user)
    return loop


UNLABELLED = ("segmentation", "progression")
"""Kinds of task without pseudolabels: these are answers about one study's findings."""
OUTLINING = ("outline_entropy", "core_set", "random")


def queries_for(kind: str) -> list[str]:
    """Names of the queries that can rank for a kind of task, the usual one first."""
    from learning.toolkit.active import QUERIES

    if kind == "segmentation":
        return list(OUTLINING)
    return ["margin", *(name for name in QUERIES if name not in ("margin", OUTLINING[0]))]


def _fitting(recipe: Recipe, settings: dict[str, Any], before: Loop | None) -> dict[str, Any]:
    """What the kind of task decides. Raises Invalid for a query that it cannot rank by."""
    kind = recipe.targets.kind
    known = queries_for(kind)
    query = settings.get("query") or (before.query if before is not None else known[0])
    if "query" in settings and query not in known:
        _require_query(query)
        raise Invalid(f"The query {query!r} ranks nothing for targets.kind {kind!r}; choose {', '.join(known)}.")
    fitting: dict[str, Any] = {"query": query if query in known else known[0]}
    return fitting | ({"pseudolabel_weight": 0.0} if kind in UNLABELLED else {})


def _require_query(name: str) -> None:
    from learning.toolkit.active import QueryError, query_named

    try:
        query_named(name)
    except QueryError as error:
        raise Invalid(str(error)) from None


def _main_worklist(project: Project) -> Worklist:
    lists = Worklist.objects.listed().filter(project=project, kind=WorklistKind.RANKED, is_open=True)
    found = max(lists, key=lambda w: (w.mode != "unaided", w.items.count()), default=None)
    if found is None:
        raise Invalid("The project has no ranked worklist yet. Make one on the Worklists page.")
    return found


def recipe_of(loop: Loop) -> Recipe:
    """What every turn and its random arm train; the loop's setting decides what pseudolabels weigh."""
    recipe = validated(loop.recipe)
    if recipe.targets.kind in UNLABELLED:
        return bound_recipe(loop.project, recipe)
    part = recipe.pseudolabels.model_copy(update={"weight": loop.pseudolabel_weight})
    return bound_recipe(loop.project, recipe.model_copy(update={"pseudolabels": part}))


def request_turn(*, loop: Loop, user: User | None, then: dict[str, Any] | None = None) -> Job:
    """Queue a turn; while one is queued or running, that one is returned, and is told what comes after it."""
    number = loop.iterations.count()
    label = "Train the first teacher" if number == 0 else f"Turn {number} of the loop"
    payload = {"loop": loop.pk, "then": then}
    with transaction.atomic():
        job = defer(
            TURN, payload=payload, project=loop.project, user=user, label=label, dedupe_key=f"turn:{loop.pk}",
            priority=5,
        )
        if then is not None and job.payload.get("then") != then:
            Job.objects.filter(pk=job.pk, state__in=["queued", "running"]).update(payload=payload)
    return job


def step_loop(*, loop: Loop, user: User | None) -> Job:
    """A turn on demand. Raises Conflict when the loop is stopped."""
    if not loop.is_running:
        raise Conflict("The loop is stopped. Start it first.")
    return request_turn(loop=loop, user=user)


def stop_loop(*, loop: Loop) -> None:
    """No more turns; one that is under way is cancelled. What was learned stays."""
    Loop.objects.filter(pk=loop.pk).update(is_running=False)
    for job in Job.objects.filter(kind__in=[TURN, SIMULATE], project=loop.project, state__in=["queued", "running"]):
        request_cancel(job)
    loop.refresh_from_db()


def rest_loop(project: Project) -> None:
    """An archived project's loop takes no more turns; after it is restored somebody starts it again."""
    Loop.objects.filter(project=project).update(is_running=False)


def on_submitted(version: ReadingVersion) -> None:
    """After enough corrections by people the next turn is queued. Who simulates readings counts them itself."""
    if version.reading.reader.is_simulated:
        return
    loop = Loop.objects.filter(project=version.reading.project, is_running=True).first()
    if loop is None or version.reading.item.worklist_id != loop.worklist_id:
        return
    if corrections_waiting(loop) >= loop.corrections_per_turn:
        request_turn(loop=loop, user=version.reading.reader)


def corrections_waiting(loop: Loop) -> int:
    """Studies read on the loop's worklist since the last turn froze its snapshot."""
    ended_badly = Q(state__in=["failed", "cancelled"]) | Q(job__state__in=["failed", "cancelled"])
    last = loop.iterations.exclude(ended_badly & ~Q(state="done")).order_by("-number").first()
    moment = last.run.snapshot.created_at if last is not None and last.run is not None else loop.started_at
    return corrections_since(project=loop.project, moment=moment, worklist_id=loop.worklist_id)


def simulate_readings(*, loop: Loop, user: User | None, readings: int, turns: int = 3) -> Job:
    """Let simulated readers read, with turns in between. Raises Conflict when stopped, Invalid for a silly number."""
    if not loop.is_running:
        raise Conflict("The loop is stopped. Start it first.")
    if not 1 <= readings <= 1000 or not 1 <= turns <= 20:
        raise Invalid("Ask for 1 to 1000 readings in 1 to 20 turns.")
    return defer(
        SIMULATE, payload={"loop": loop.pk, "readings": readings, "turns": turns}, project=loop.project, user=user,
        label=f"Simulated readers read {readings} cases", dedupe_key=f"simulate:{loop.pk}",
    )


def iteration_of(job_id: Any) -> Iteration | None:
    return Iteration.objects.filter(job=job_id).select_related("loop__project", "run__snapshot", "control_run").first()
