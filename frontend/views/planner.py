"""How many cases, and hours of reading, it takes to see a difference."""

from __future__ import annotations

from typing import Any

from annotation.models import Finding
from core.errors import DomainError
from frontend.forms.comparison import posted_numbers
from frontend.views.page import ProjectPage

FIELDS = ("control", "strategy", "prevalence", "correlation", "power", "seconds", "readers")


class Planner(ProjectPage):
    template = "frontend/planner.html"
    partial = "frontend/partials/plan_result.html"

    def context(self) -> dict[str, Any]:
        from learning.selectors.planning import known_of

        asked = self.request.GET
        finding = asked.get("finding", "")
        known = known_of(self.project, finding)
        values = {
            "control": known.control, "strategy": round(min(known.control + 0.05, 0.99), 3),
            "prevalence": round(100 * known.prevalence, 1), "correlation": known.correlation, "power": 80,
            "seconds": known.seconds, "readers": 1,
        } | {name: asked[name] for name in FIELDS if asked.get(name, "").strip()}
        return super().context() | {
            "known": known, "values": values, "finding": finding,
            "findings": Finding.objects.active().filter(project=self.project), **self._planned(values, finding),
        }

    def _planned(self, values: dict[str, Any], finding: str) -> dict[str, Any]:
        from learning.selectors.planning import plan_of
        from learning.toolkit.planner import Expectation, PlanError

        try:
            number = {name: posted_numbers(values, name, whole=name == "readers", default=0) for name in FIELDS}
            expected = Expectation(
                number["control"], number["strategy"], number["prevalence"] / 100, number["correlation"]
            )
            plan = plan_of(
                project=self.project, expected=expected, wanted=number["power"] / 100, finding=finding,
                seconds=max(number["seconds"], 0.0), readers=max(1, int(number["readers"])),
            )
        except (PlanError, DomainError) as error:
            return {"plan": None, "why_not": str(error)}
        points = [{"cases": cases, "power": round(value, 4)} for cases, value in plan.curve]
        return {"plan": plan, "points": points, "why_not": ""}
