"""What every page shows around its content: navigation, project menu, running jobs; and how values are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.access import may_create_projects
from core.models import Project
from frontend.navigation import groups_for
from imaging.models import Instance
from workers.models import Job, JobState
from workers.selectors import Steering

register = template.Library()


@register.inclusion_tag("frontend/partials/navigation.html", takes_context=True)
def project_navigation(context: RequestContext) -> dict[str, Any]:
    request: HttpRequest = context["request"]
    return {"groups": groups_for(request.user, context["project"], request.path)}  # type: ignore[arg-type]


@register.inclusion_tag("frontend/partials/project_menu.html", takes_context=True)
def project_menu(context: RequestContext) -> dict[str, Any]:
    user: Any = context["request"].user
    projects = Project.objects.visible_to(user).filter(archived_at=None)
    return {"projects": projects[:30], "project": context.get("project"), "may_create": may_create_projects(user)}


@register.inclusion_tag("frontend/partials/jobs_menu.html", takes_context=True)
def jobs_menu(context: RequestContext) -> dict[str, Any]:
    project: Project = context["project"]
    unfinished = Job.objects.filter(project=project, parent=None, state__in=[JobState.QUEUED, JobState.RUNNING])
    steering = Steering.of(context["request"].user)
    jobs = [(job, not steering.includes(job)) for job in unfinished.order_by("created_at")[:20]]
    return {"project": project, "jobs": jobs}


@register.filter
def percent(fraction: float | None) -> int:
    """0.427 → 43."""
    return round(100 * (fraction or 0.0))


@register.filter
def time_left(seconds: float | None) -> str:
    """Seconds in the words a person would use; empty when nobody knows."""
    if seconds is None or seconds <= 0:
        return ""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    if seconds < 5400:
        return f"{round(seconds / 60)} min left"
    return f"{seconds / 3600:.1f} h left"


@register.filter
def took(job: Job) -> str:
    """How long an ended job worked; empty when it never began."""
    if job.started_at is None or job.finished_at is None:
        return ""
    return f"took {time_left((job.finished_at - job.started_at).total_seconds()).removesuffix(' left') or '1 s'}"


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    """A moment as the reader's own locale writes it: the script replaces the text, this is what is read without it."""
    if moment is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), moment.strftime("%Y-%m-%d %H:%M"))


@register.filter
def day(moment: datetime | date | None) -> SafeString | str:
    """The day alone, as the reader's own locale writes it."""
    if moment is None:
        return ""
    written = moment.strftime("%Y-%m-%d")
    return format_html('<time datetime="{}">{}</time>', written, written)


@register.filter
def count(number: int | None) -> str:
    """1234 → 1 234 with a thin space, which no locale misreads."""
    return f"{number or 0:,}".replace(",", "\u202f")


@register.simple_tag
def picture(project: Project, instance: Instance, size: int = 240) -> str:
    """Address of an image as PNG, the middle frame of a stack, at most `size` pixels wide and high."""
    series = instance.series
    place = f"studies/{series.study.uid}/series/{series.uid}/instances/{instance.sop_uid}"
    frame = instance.frames // 2 + 1
    return f"/dicomweb/projects/{project.slug}/{place}/frames/{frame}/rendered?viewport={size},{size}"


@register.filter
def lookup(table: Mapping[str, Any], key: str) -> Any:
    """A value by a key that is a variable; empty when there is none."""
    return table.get(key, "")


@register.simple_tag(takes_context=True)
def with_page(context: RequestContext, number: int) -> str:
    """This page's address with another page number, filters kept."""
    asked = context["request"].GET.copy()
    asked["page"] = str(number)
    return f"{context['request'].path}?{asked.urlencode()}"


@register.filter
def action_words(action: str) -> str:
    """reading.submitted → reading submitted."""
    return action.replace(".", " ").replace("_", " ")
