"""`/p/<project>/`: what is here, what to do next, what the loop did last."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.template.loader import select_template

from core.errors import Invalid
from core.models import Membership
from core.services.projects import archive_project, edit_project, restore_project
from frontend.forms.projects import ProjectForm
from frontend.selectors.overview import facts, latest_events, next_acts
from frontend.selectors.worklists import worklist_lines
from frontend.setup_steps import steps_of
from frontend.views.page import ProjectPage
from learning.selectors.loop_overview import loop_overview


class Overview(ProjectPage):
    template = "frontend/overview.html"
    acts = {"edit": ("edit", "manage"), "archive": ("archive", "manage"), "restore": ("restore", "manage")}
    form: ProjectForm | None = None

    def context(self) -> dict[str, Any]:
        loop = loop_overview(self.project)
        steps = steps_of(self.project)
        initial = {"name": self.project.name, "question": self.project.question}
        return super().context() | {
            "facts": facts(self.project), "next_acts": next_acts(self.project, self.person),
            "steps": steps, "is_set_up": all(step.is_done for step in steps if step.is_needed),
            "story": loop.story, "missing": loop.missing, "jobs_now": loop.jobs,
            "lines": [line for line in worklist_lines(self.project, self.person) if line.worklist.is_open][:6],
            "events": latest_events(self.project, self.person), "form": self.form or ProjectForm(initial=initial),
            "role": Membership.objects.filter(project=self.project, user=self.person).first(),
            "loop_line": select_template(["frontend/partials/loop_line.html", "frontend/partials/no_loop_line.html"]),
        }

    def edit(self) -> None:
        self.form = ProjectForm(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("A project needs a name.")
        edit_project(project=self.project, user=self.person, **self.form.cleaned_data)
        messages.success(self.request, "Saved.")

    def archive(self) -> None:
        archive_project(project=self.project, user=self.person)
        messages.success(self.request, "Archived. It can be looked at and exported; its loop rests.")

    def restore(self) -> None:
        restore_project(project=self.project, user=self.person)
        messages.success(self.request, "Restored. Its loop is stopped until somebody starts it.")
