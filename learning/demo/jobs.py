"""The demo as a background job: built once, resumable, then the loop is started."""

from __future__ import annotations

from core.models import Project, User
from learning.demo.build import build
from learning.demo.plan import SMALL, DemoPlan
from learning.demo.reports import defer_reports
from learning.models import Loop
from learning.services.loops import start_loop
from workers.engine import JobContext, defer
from workers.models import Job

KIND = "learning.demo"


def ensure_build(*, project_id: int, small: bool) -> Job | None:
    """The job that builds the demo; None when an earlier one has finished."""
    if Job.objects.filter(kind=KIND, project_id=project_id, state="done").exists():
        return None
    project = Project.objects.get(pk=project_id)
    return defer(
        KIND, payload={"small": small}, project=project, user=User.objects.get(username="admin"),
        label="Build the demo project", dedupe_key=f"demo:{project_id}",
    )


def run(job: JobContext) -> dict[str, int]:
    """Build the data, then start the loop with its weak first teacher."""
    assert job.project_id is not None
    project = Project.objects.get(pk=job.project_id)
    plan = SMALL if job.payload.get("small") else DemoPlan()

    def progress(fraction: float, message: str) -> None:
        job.check()
        job.progress(fraction, message)

    build(project=project, plan=plan, progress=progress)
    admin = User.objects.get(username="admin")
    defer_reports(project=project, user=admin, seed=plan.seed, judged=plan.judged_reports)
    if not Loop.objects.filter(project=project).exists():
        start_loop(project=project, user=User.objects.get(username="researcher"))
    return {"studies": plan.studies}
