"""What suggestions do to readers: automation bias, and whether the second look pays. Nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.models import Worklist
from frontend.pictures import Forest, forest_picture
from frontend.views.page import ProjectPage
from learning.selectors.aid import Contrast, automation_bias, second_look_benefit

VERDICTS = {
    "gain": ("good", "a gain"), "harm": ("bad", "a harm"), "equivalent": ("", "no difference that matters"),
    "undecided": ("warn", "undecided"),
}


@dataclass(frozen=True)
class ContrastRow:
    """A contrast with its picture and its verdict in words."""

    contrast: Contrast
    picture: Forest | None
    css: str
    words: str


class Aid(ProjectPage):
    """Aggregates over all readers; researchers and managers see them."""

    needs = "train"
    template = "frontend/aid.html"

    def context(self) -> dict[str, Any]:
        bias = automation_bias(project=self.project)
        look = second_look_benefit(project=self.project)
        lists = Worklist.objects.listed().filter(project=self.project, kind="ranked").exclude(mode="unaided")
        return super().context() | {
            "bias": bias, "rows": [_row(one) for one in bias.contrasts], "look": look,
            "look_css": VERDICTS[look.verdict][0], "look_words": VERDICTS[look.verdict][1], "lists": lists,
        }


def _row(contrast: Contrast) -> ContrastRow:
    picture = forest_picture([
        ("with suggestions", "aided", contrast.aided.share), ("unaided", "unaided", contrast.unaided.share),
    ])
    return ContrastRow(contrast, picture, *VERDICTS[contrast.verdict])
