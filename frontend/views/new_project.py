"""A new project, begun and led in small steps to its first case."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from annotation.services.reserve import draw_reserved_sets
from annotation.services.starter_sets import STARTER_SETS
from core.access import may_create_projects
from core.errors import Invalid, NotAllowed, NotFound
from core.services.projects import create_project
from frontend.forms.projects import ProjectForm
from frontend.selectors.reserved import suggested_sizes
from frontend.setup_steps import next_step, steps_of
from frontend.views.findings import Findings
from frontend.views.imports import import_context
from frontend.views.members import Members
from frontend.views.page import Page, ProjectPage
from frontend.views.worklists import sizes_in, worklist_with_everything


class NewProject(Page):
    """The first step: name and question. The project exists from here on."""

    template = "frontend/start/name.html"
    acts = {"create": ("create", "")}
    form: ProjectForm | None = None

    def open(self) -> None:
        if not may_create_projects(self.person):
            raise NotAllowed("This account can't begin projects.")

    def context(self) -> dict[str, Any]:
        return {"form": self.form or ProjectForm(), "steps": steps_of(None), "here": "name"}

    def create(self) -> HttpResponse:
        self.form = ProjectForm(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("Something is missing: see below.")
        project = create_project(user=self.person, **self.form.cleaned_data)
        return redirect(f"/p/{project.slug}/start/findings/")


class StartFindings(Findings):
    needs = "manage"
    template = "frontend/start/findings.html"

    def context(self) -> dict[str, Any]:
        return super().context() | _way(self, "findings")


class StartImages(ProjectPage):
    needs = "import"
    template = "frontend/start/images.html"

    def context(self) -> dict[str, Any]:
        context = import_context(self.project, self.person)
        last = context["batches"][0] if context["batches"] else None
        after = f"/p/{self.project.slug}/start/images/"
        return super().context() | context | {"last": last, "after": after} | _way(self, "images")


class StartWorklist(ProjectPage):
    """Set cases aside, put the rest on a list: one button, with the reasons beside it."""

    needs = "manage"
    template = "frontend/start/worklist.html"
    acts = {"begin": ("begin", "manage")}

    def context(self) -> dict[str, Any]:
        return super().context() | {"suggested": suggested_sizes(self.project)} | _way(self, "worklist")

    def begin(self) -> HttpResponse:
        sizes = sizes_in(self.request.POST)
        suggested = suggested_sizes(self.project)
        if not suggested.studies:
            raise Invalid("There are no images yet. Import some first.")
        if not suggested.is_drawn:
            draw_reserved_sets(project=self.project, sizes=sizes, seed=self.project.pk, user=self.person)
        name = self.request.POST.get("name", "").strip() or "First worklist"
        worklist_with_everything(self.project, self.person, name=name, mode=self.request.POST.get("mode", ""))
        return redirect(f"/p/{self.project.slug}/start/members/")


class StartMembers(Members):
    needs = "manage"
    template = "frontend/start/members.html"

    def context(self) -> dict[str, Any]:
        return super().context() | _way(self, "members")


STEP_PAGES: dict[str, type[ProjectPage]] = {
    "findings": StartFindings, "images": StartImages, "worklist": StartWorklist, "members": StartMembers,
}


def start(request: Any, slug: str, step: str) -> Any:
    """The page of one step. Raises NotFound for a step there is not."""
    if step == "name":
        return redirect(f"/p/{slug}/")
    page = STEP_PAGES.get(step)
    if page is None:
        raise NotFound("There is no such step.")
    return page.as_view()(request, slug=slug)


def _way(page: ProjectPage, here: str) -> dict[str, Any]:
    steps = steps_of(page.project)
    follows = next_step(page.project, after=here)
    is_ready = all(step.is_done for step in steps if step.is_needed)
    end = ("read/", "Read the first case") if is_ready else ("", "Project overview")
    return {
        "steps": steps, "here": here, "sets": STARTER_SETS,
        "next_href": follows.href if follows is not None else f"/p/{page.project.slug}/{end[0]}",
        "next_title": f"Next: {follows.title}" if follows is not None else end[1],
    }
