"""Public weights that this site keeps: what they are, whose, on which terms, and what else can be added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from frontend.views.page import ProjectPage
from learning.models import WeightsFile
from learning.recipe_parts.families import FAMILIES, Family, family_of


@dataclass(frozen=True)
class WeightsLine:
    weights: WeightsFile
    family: Family
    short_sha256: str


class Weights(ProjectPage):
    template = "frontend/weights.html"

    def context(self) -> dict[str, Any]:
        found = WeightsFile.objects.visible_to(self.person)
        lines = [WeightsLine(w, FAMILIES[family_of(w.name)], w.sha256[:16]) for w in found]
        return super().context() | {"lines": lines, "families": FAMILIES}
