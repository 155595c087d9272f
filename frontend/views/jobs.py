"""Background work of a project: what runs, how far it is, what failed and why."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from core.errors import NotFound
from frontend.views.page import ProjectPage
from workers.engine import request_cancel, retry
from workers.models import Job, JobState
from workers.selectors import UNFINISHED, Steering, require_steering

PER_PAGE = 30
LINES_SHOWN = 300


class Jobs(ProjectPage):
    """The list renews itself when the project's event stream says that a job has changed."""

    template = "frontend/jobs.html"
    partial = "frontend/partials/jobs_table.html"
    acts = {"cancel": ("cancel", ""), "retry": ("try_again", "")}

    def context(self) -> dict[str, Any]:
        jobs = Job.objects.visible_to(self.person).filter(project=self.project).select_related("created_by", "parent")
        state = self.request.GET.get("state", "")
        shown = jobs.filter(state=state) if state in JobState.values else jobs.filter(parent=None)
        page = Paginator(shown.order_by("-created_at"), PER_PAGE).get_page(self.request.GET.get("page"))
        steering = Steering.of(self.person)
        return super().context() | {
            "page": page, "rows": [(job, steering.includes(job)) for job in page], "state": state,
            "states": JobState.choices, "running": jobs.filter(state__in=UNFINISHED).count(),
        }

    def cancel(self) -> None:
        job = self._named()
        require_steering(self.person, job)
        request_cancel(job)
        messages.success(self.request, f"{job.label} has been told to stop.")

    def try_again(self) -> None:
        job = self._named()
        require_steering(self.person, job)
        retry(job)
        messages.success(self.request, f"{job.label} is in the queue again.")

    def _named(self) -> Job:
        return job_of(self, self.request.POST.get("job", ""))


class OneJob(ProjectPage):
    """One job with its log; the log renews itself while the job runs."""

    template = "frontend/job.html"
    partial = "frontend/partials/job_now.html"
    acts = {"cancel": ("cancel", ""), "retry": ("try_again", "")}
    job: Job

    def open(self) -> None:
        super().open()
        self.job = job_of(self, self.kwargs["job"])

    def context(self) -> dict[str, Any]:
        lines = list(self.job.lines.order_by("-id")[:LINES_SHOWN])
        return super().context() | {
            "job": self.job, "lines": lines[::-1], "is_unfinished": self.job.state in UNFINISHED,
            "may_steer": Steering.of(self.person).includes(self.job),
            "children": self.job.children.order_by("created_at"),
        }

    def get(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        answer = self.show()
        answer["Cache-Control"] = "no-store"
        return answer

    def cancel(self) -> None:
        require_steering(self.person, self.job)
        request_cancel(self.job)

    def try_again(self) -> HttpResponse | None:
        require_steering(self.person, self.job)
        retry(self.job)
        return None


def job_of(page: ProjectPage, pk: Any) -> Job:
    """Raises NotFound for a job of another project."""
    visible = Job.objects.visible_to(page.person).filter(project=page.project).select_related("project", "created_by")
    text = str(pk)
    found = visible.filter(pk=text).first() if len(text.replace("-", "")) == 32 else None
    if found is None:
        raise NotFound("There is no such job in this project.")
    return found
