"""The demo's reports: read, some judged by a simulated reader, published. Beside the first training, not before it."""

from __future__ import annotations

from typing import Any

from core.models import Project, User
from learning.demo.accounts import simulated_reader
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.publishing import publish_labels
from reports_nlp.services.simulated_verdicts import judge_reports
from workers.engine import JobContext, defer
from workers.models import Job

KIND = "learning.demo-reports"
READER = "simulated-reports"


def defer_reports(*, project: Project, user: User, seed: int, judged: int) -> Job:
    """Queue it; an unfinished job is returned instead. `judged` reports get verdicts."""
    return defer(
        KIND, payload={"seed": seed, "judged": judged}, project=project, user=user,
        label="Read the demo's reports", dedupe_key=f"demo-reports:{project.pk}",
    )


def run(job: JobContext) -> dict[str, Any]:
    """The job's work; run again it goes on where it ended."""
    assert job.project_id is not None
    project = Project.objects.get(pk=job.project_id)
    total = max(1, project.reports.count())
    job.progress(0.0, "Reading reports")
    extract_reports(
        project=project, fenced=job.fenced, progress=lambda done: job.progress(0.6 * min(1.0, done / total)),
    )
    job.progress(0.6, "A simulated reader judges some")
    judged = judge_reports(
        project=project, reader=simulated_reader(project, READER), count=job.payload["judged"],
        seed=job.payload["seed"], after_each=lambda done: job.check(),
    )
    job.progress(0.85, "Publishing what they say")
    done = publish_labels(project=project, user=job.created_by(), key=str(job.id), fenced=job.fenced)
    return {"reports": total, "judged": judged, "published": done.sentence}
