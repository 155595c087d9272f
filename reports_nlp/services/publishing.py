"""What reports say becomes observations: of matched studies, of the project's findings, under sources of their own.

One act writes one batch per source (the rules; each promoted text model). Only lines that differ from what stands are
written, and what no report says any more is withdrawn; withdrawing the batch undoes the act. What a reader has judged
stands as that reader's own line, so no machine repeats or contradicts it. Studies of reserved sets are left out:
nothing but readers' eyes on the image says what is true there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.models import Q

from annotation.models import Observation
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Study
from reports_nlp.models import Extraction, Report
from reports_nlp.services.extraction import project_of
from reports_nlp.services.published_words import our_sources
from reports_nlp.services.publishing_act import Act, Published
from reports_nlp.services.text_models import enqueue_voices
from workers.engine import JobContext, defer
from workers.models import Job

KIND = "reports.publish"
BATCH = 200
"""Studies looked at and written in one transaction."""
PREVIEWED = 3000
"""Studies that a preview looks at: a million would keep a page waiting for minutes."""
Fenced = Callable[[], AbstractContextManager[Any]]


def enqueue_publishing(*, project: Project, user: User | None) -> Job:
    """Queue it; an unfinished job of the project is returned instead. Raises Invalid when there is nothing to say."""
    if not Extraction.objects.filter(report__project=project, is_current=True, report__is_latest=True).exists():
        raise Invalid("No report of this project has been extracted yet. Import reports first.")
    # What the models have not read yet is published as the rules read it, and again when they have.
    enqueue_voices(project=project)
    return defer(
        KIND, payload={}, project=project, user=user, label="Publish report labels",
        dedupe_key=f"publish-reports:{project.pk}",
    )


def run_publishing(*, job: JobContext) -> dict[str, Any]:
    """The job's work. Cut off and run again, it goes on where it ended, in the same batch."""
    done = publish_labels(
        project=project_of(job), user=job.created_by(), key=str(job.id), fenced=job.fenced,
        progress=job.progress,
    )
    return {**vars(done), "sentence": done.sentence}


def publish_labels(
    *, project: Project, user: User | None, key: str | None = None, fenced: Fenced = transaction.atomic,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Published:
    """Bring the ledger to what the reports say now. Publishing twice writes nothing the second time.

    key  names the act, so that a job that was cut off goes on in its own batch.
    """
    act = Act(project, user, key)
    for fraction, studies in _chunks(project):
        with fenced():
            act.write(studies)
        progress(fraction)
    act.end()
    return act.done


def retract_unsaid(*, project: Project, study: Study, user: User | None) -> Published:
    """Withdraw or correct the published lines of a study that its reports no longer bear out; publish nothing new."""
    act = Act(project, user, None)
    act.write([study], only_standing=True)
    act.end()
    return act.done


def preview_publication(*, project: Project, most: int | None = PREVIEWED) -> Published:
    """The same counts, nothing written; of about `most` studies (None: of all), and it says so."""
    act = Act(project, None, None, is_rehearsal=True)
    for fraction, studies in _chunks(project):
        act.write(studies)
        if most is not None and act.done.studies >= most and fraction < 1.0:
            act.done.is_partial = True
            break
    return act.done


def _chunks(project: Project) -> Iterator[tuple[float, list[Study]]]:
    """Studies that have a report or had published lines, in the order of their keys, with the share that is done."""
    ours = Observation.objects.filter(project=project, source__in=our_sources(project))
    studies = Study.objects.filter(
        Q(pk__in=Report.objects.filter(project=project).exclude(study=None).values("study"))
        | Q(pk__in=ours.values("study")), patient__withdrawn_at=None,
    ).select_related("patient").order_by("pk")
    total, after, seen = studies.count(), 0, 0
    while chunk := list(studies.filter(pk__gt=after)[:BATCH]):
        after, seen = chunk[-1].pk, seen + len(chunk)
        yield min(1.0, seen / max(1, total)), chunk
