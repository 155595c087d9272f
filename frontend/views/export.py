"""Taking labels and models away."""

from __future__ import annotations

from typing import Any

from annotation.models import ReservedSet
from annotation.selectors.unaided import studies_read_unaided
from frontend.selectors.exports import kind_lines
from frontend.views.page import ProjectPage
from learning.models import ModelVersion


class Export(ProjectPage):
    needs = "export"
    template = "frontend/export.html"

    def context(self) -> dict[str, Any]:
        models = ModelVersion.objects.visible_to(self.person).filter(project=self.project).order_by("-number")
        has_test = ReservedSet.objects.filter(project=self.project, purpose="test", cases__isnull=False).exists()
        return super().context() | {
            "left_out": studies_read_unaided(user=self.person, project=self.project).count(),
            "kinds": kind_lines(self.project), "models": models[:20], "has_test": has_test,
        }
