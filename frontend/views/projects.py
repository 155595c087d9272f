"""`/`: the projects of whoever is signed in."""

from __future__ import annotations

from typing import Any

from core.access import may_create_projects
from frontend.selectors.projects import archived_projects, project_lines
from frontend.views.page import Page


class Projects(Page):
    template = "frontend/projects.html"

    def context(self) -> dict[str, Any]:
        return {
            "lines": project_lines(self.person), "archived": archived_projects(self.person),
            "may_create": may_create_projects(self.person),
        }
