"""The audit log: who did what and when; whether its chain of hashes is whole."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date

from core.audit import first_break
from core.models import AuditEvent
from frontend.views.page import Page, ProjectPage, SitePage

PER_PAGE = 100


def audit_context(page: Page, events: QuerySet[AuditEvent]) -> dict[str, Any]:
    """The events that the address asks for, newest first, and what may be asked for."""
    asked = page.request.GET
    actions = list(events.order_by("action").values_list("action", flat=True).distinct())
    if asked.get("action"):
        events = events.filter(action=asked["action"])
    if asked.get("actor"):
        events = events.filter(actor__username__icontains=asked["actor"])
    if asked.get("subject"):
        events = events.filter(subject__icontains=asked["subject"])
    since, until = parse_day(asked.get("since", "")), parse_day(asked.get("until", ""))
    if since is not None:
        events = events.filter(at__date__gte=since)
    if until is not None:
        events = events.filter(at__date__lte=until)
    shown = events.select_related("actor", "project").order_by("-sequence")
    return {"page": Paginator(shown, PER_PAGE).get_page(asked.get("page")), "actions": actions, "asked": asked}


def parse_day(text: str) -> Any:
    """A date, or None for anything that is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


class SiteAudit(SitePage):
    """The whole log."""

    template = "frontend/audit.html"
    partial = "frontend/partials/audit_table.html"

    def context(self) -> dict[str, Any]:
        return {"is_site": True} | audit_context(self, AuditEvent.objects.visible_to(self.person))


class ChainCheck(SitePage):
    """Recomputes every hash, from the first event on."""

    def get(self, request: Any, **_: Any) -> HttpResponse:
        broken = first_break()
        context = {"broken": broken, "events": AuditEvent.objects.count()}
        return render(request, "frontend/partials/chain_check.html", context)


class ProjectAudit(ProjectPage):
    """A project's part of it, for its managers."""

    needs = "manage"
    template = "frontend/audit.html"
    partial = "frontend/partials/audit_table.html"

    def context(self) -> dict[str, Any]:
        events = AuditEvent.objects.filter(project=self.project)
        return super().context() | audit_context(self, events)
