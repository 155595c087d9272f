"""The random arm: as many labels as the loop has spent, on cases drawn at random, same recipe, same gate cases.

A live project has no answers on cases that nobody chose to read, so the arm exists where the truth is on record
(phantoms) and a simulated reader can answer them; elsewhere the page says that there is no random arm, and why.
"""

from __future__ import annotations

from typing import Any

from annotation.models import CurrentObservation, ReadingVersion, Worklist, WorklistKind
from annotation.services.simulated_readers import ORACLE, read_cases
from annotation.services.worklists import add_items, create_worklist, write_ranking
from core.models import Membership, Project, Role, User
from imaging.models import Split, Study
from learning.models import Iteration, Loop, ModelVersion, Run, RunPurpose
from learning.recipe import Recipe
from learning.services.images import FAMILIES, family_of
from learning.services.loops import recipe_of
from learning.services.promotion import paired_on_gate
from learning.services.runs import make_run
from learning.services.snapshots import RANDOM_ARM, freeze_snapshot
from workers.engine import JobContext
from workers.models import Job

WORKLIST = "Random arm (simulated)"
READ = ("binary", "multiclass", "ordinal")
"""Kinds of task that simulated readers answer: they paint nothing, and read no pairs of studies."""
NO_ARM = "No random arm: nobody has read randomly chosen cases of this project, and its truth is not on record."
NO_READER = "No random arm: simulated readers answer findings, and {kind} needs other answers."


def has_oracle(project: Project) -> bool:
    return CurrentObservation.objects.filter(
        project=project, source__kind=ORACLE[0], source__name=ORACLE[1]
    ).exists()


def can_answer(recipe: Recipe) -> bool:
    """Whether simulated readers can answer what the recipe learns."""
    return recipe.targets.kind in READ


def prepare(*, loop: Loop, iteration: Iteration, job: JobContext) -> Run | None:
    """Label the arm's cases, freeze its snapshot; None where there can be no arm."""
    first = loop.iterations.filter(number=0).select_related("run__snapshot").first()
    if first is None or first.run is None or not has_oracle(loop.project) or not can_answer(recipe_of(loop)):
        return None
    base = set(first.run.snapshot.rows.filter(origin="verified").values_list("instance__series__study", flat=True))
    chosen = _random_studies(loop.project, iteration.labels_spent - len(base), exclude=base)
    _answer(loop, chosen)
    with job.fenced():
        readers = _first_readers(first.run) | {RANDOM_ARM}
        snapshot = freeze_snapshot(
            project=loop.project, limit_to=base | set(chosen), readers=sorted(readers), task=recipe_of(loop).targets
        )
        return make_run(
            project=loop.project, recipe=recipe_of(loop), snapshot=snapshot, job=Job.objects.get(pk=job.id),
            user=None, purpose=RunPurpose.CONTROL, recipe_name="random arm",
        )


def _random_studies(project: Project, count: int, *, exclude: set[int]) -> list[int]:
    """The first `count` of the pool in keyed-hash order: the same order every turn, so the arm grows."""
    studies = Study.objects.filter(
        projects=project, patient__split=Split.POOL, series__modality__in=FAMILIES[family_of(project)],
        patient__withdrawn_at=None, patient__is_quarantined=False,
    ).exclude(pk__in=exclude).order_by("-patient__split_digest", "pk")
    return list(dict.fromkeys(studies.values_list("pk", flat=True)))[: max(0, count)]


def _answer(loop: Loop, studies: list[int]) -> None:
    """A simulated reader reads these studies in a worklist of the arm's own, through the same services."""
    project = loop.project
    worklist = Worklist.objects.filter(project=project, name=WORKLIST).first() or create_worklist(
        project=project, name=WORKLIST, kind=WorklistKind.RANKED, mode="unaided"
    )
    add_items(worklist=worklist, studies=Study.objects.filter(pk__in=studies))
    read = set(ReadingVersion.objects.filter(reading__item__worklist=worklist).values_list(
        "reading__item__study_id", flat=True))
    waiting = [s for s in studies if s not in read]
    if not waiting:
        return
    entries = [(study, -float(place), "random arm") for place, study in enumerate(waiting)]
    write_ranking(worklist=worklist, query="random", entries=entries)
    reader, _ = User.objects.get_or_create(username=RANDOM_ARM, defaults={"is_simulated": True, "password": "!"})
    Membership.objects.get_or_create(project=project, user=reader, defaults={"role": Role.ANNOTATOR})
    read_cases(worklist=worklist, reader=reader, count=len(waiting), seed=loop.pk)


def _first_readers(run: Run) -> set[str]:
    sources = run.snapshot.rows.filter(origin="verified").values_list("sources", flat=True)
    return {name.partition(":")[2] for row in sources for text in row.values() for name in text.split(", ")}


def figure(control: ModelVersion | None, iteration: Iteration) -> dict[str, Any] | None:
    """The arm's gate figure and the student's distance from it, or the sentence that says why there is none."""
    if iteration.number == 0:
        return None
    if control is None or control.gate is None:
        kind = recipe_of(iteration.loop).targets.kind
        return {"missing": NO_ARM if kind in READ else NO_READER.format(kind=kind)}
    return {
        "macro_auroc": control.gate["macro_auroc"], "n": control.gate["n"], "labels_spent": _spent(control),
        "model": control.number, "comparison": _paired(control, iteration),
    }


def _paired(control: ModelVersion, iteration: Iteration) -> dict[str, Any] | None:
    """Student minus random arm, on the same gate cases; None where they cannot be compared."""
    from learning.toolkit.data import DataError

    if iteration.challenger is None:
        return None
    try:
        found: dict[str, Any] = paired_on_gate(iteration.challenger, control, margin=iteration.loop.margin).as_dict()
    except DataError:
        return None
    return found


def _spent(control: ModelVersion) -> int:
    rows = control.run.snapshot.rows.filter(origin="verified")
    return rows.values("instance__series__study").distinct().count()
