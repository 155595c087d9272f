"""What to try on this project's cases: three recipes, each with its reasons."""

from __future__ import annotations

from frontend.views.page import ProjectPage


class AdvicePage(ProjectPage):
    template = "frontend/advice.html"
