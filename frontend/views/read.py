"""The reading room's page. What it shows comes from the API; this only says who reads which list."""

from __future__ import annotations

from typing import Any

from annotation.models import Worklist
from annotation.selectors.begun import drafts_out_of_turn
from annotation.services.preferences import preferences_of
from core.errors import NotFound
from frontend.views.page import ProjectPage
from learning.demo.project import SLUG as DEMO


class ReadingRoom(ProjectPage):
    template = "frontend/read.html"
    needs = "annotate"

    def context(self) -> dict[str, Any]:
        worklist = Worklist.objects.visible_to(self.person).filter(
            project=self.project, pk=self.kwargs["worklist_id"]
        ).first()
        if worklist is None:
            raise NotFound("There is no such worklist in this project. Choose one on the project's Read page.")
        own = preferences_of(user=self.person)
        settings = {
            "person": self.person.username, "project": self.project.slug, "projectName": self.project.name,
            "worklist": worklist.pk, "worklistName": worklist.name, "mode": worklist.mode, "isOpen": worklist.is_open,
            "isDemo": self.project.slug == DEMO,
            "begun": drafts_out_of_turn(worklist=worklist, reader=self.person),
            "preferences": {"keys": own.keys, "breakMinutes": own.break_minutes, "tour": own.tour},
        }
        return super().context() | {"worklist": worklist, "settings": settings}
