"""The reading room's page. What it shows comes from the API; this only says who reads which list."""

from __future__ import annotations

from typing import Any

from annotation.models import Worklist
from core.errors import NotFound
from frontend.views.page import ProjectPage


class ReadingRoom(ProjectPage):
    template = "frontend/read.html"
    needs = "annotate"

    def context(self) -> dict[str, Any]:
        worklist = Worklist.objects.visible_to(self.person).filter(
            project=self.project, pk=self.kwargs["worklist_id"]
        ).first()
        if worklist is None:
            raise NotFound("There is no such worklist in this project. Choose one on the project's Read page.")
        settings = {
            "person": self.person.username, "project": self.project.slug, "projectName": self.project.name,
            "worklist": worklist.pk, "worklistName": worklist.name, "mode": worklist.mode, "isOpen": worklist.is_open,
        }
        return super().context() | {"worklist": worklist, "settings": settings}
