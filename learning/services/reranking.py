"""The pool predicted, pseudolabelled and ranked by the champion: the end of a turn, and what an override asks for."""

from __future__ import annotations

from typing import Any

from imaging.models import Study
from learning.models import Iteration, Loop, ModelVersion
from learning.selectors.headline import task_of
from learning.services.outlines import outline_pool, outliner_of
from learning.services.predictions import champion_of, predict_pool
from learning.services.pseudolabels import write_pseudolabels
from learning.services.ranking import rank_pool
from workers.engine import JobContext, PermanentFailure

KIND = "learning.rank"


def rank_after_override(*, job: JobContext) -> dict[str, Any]:
    """The handler's work. The turn's row then shows the order that the chosen model gave."""
    iteration = Iteration.objects.select_related("loop__project", "loop__worklist").get(pk=job.payload["turn"])
    version = rank_with_champion(loop=iteration.loop, iteration=iteration, job=job, start=0.0)
    return {"turn": iteration.number, "model": version.number}


def rank_with_champion(
    *, loop: Loop, iteration: Iteration, job: JobContext, start: float, end: float = 1.0
) -> ModelVersion:
    """Predict, pseudolabel and rank; `start` and `end` are the job's progress before and after, 0 to 1.

    Doing it again writes the same order. Raises PermanentFailure when the project has no champion.
    """
    champion = champion_of(loop.project)
    if champion is None:
        raise PermanentFailure("The project has no champion that could rank its pool. Train a teacher first.")
    share = end - start
    job.progress(start, "Predicting the pool")

    def at(fraction: float) -> None:
        job.progress(start + 0.7 * share * fraction, "Predicting the pool")

    if task_of(champion) != "segmentation":
        predict_pool(version=champion, fenced=job.fenced, progress=at, log=job.log)
    outliner = outliner_of(loop.project)
    for version in {one.pk: one for one in (champion, outliner) if one is not None}.values():
        if task_of(version) == "segmentation":
            outline_pool(version=version, fenced=job.fenced, check=job.check, progress=at, log=job.log)
    job.progress(start + 0.75 * share, "Ranking the pool")
    seed = 1000 * loop.pk + iteration.number
    with job.fenced():
        _, audits = write_pseudolabels(loop=loop, version=champion, seed=seed)
    ranking, moved = rank_pool(worklist=loop.worklist, version=champion, query=loop.query, seed=seed, audits=audits)
    with job.fenced():
        Iteration.objects.filter(pk=iteration.pk).update(ranking=ranking, moved=_named(moved))
    return champion


def _named(moved: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict(
        Study.objects.filter(pk__in=[m["study"] for m in moved]).values_list("pk", "patient__pseudonym")
    )
    return [m | {"label": names.get(m["study"], "")} for m in moved]
