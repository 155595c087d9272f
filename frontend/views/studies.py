"""Studies of the project: a wall of thumbnails, and one study."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator

from annotation.models import Finding, Worklist
from annotation.services.schema import edit_finding
from core.errors import NotFound
from frontend.selectors.studies import ORDERS, READ_STATES, cards, studies_of
from frontend.selectors.talk import talk_on
from frontend.selectors.worklists import modalities
from frontend.views.findings import finding_of
from frontend.views.page import ProjectPage
from frontend.views.talk import StudyTalk
from imaging.models import Instance, Series, Split, Study

PER_PAGE = 48


class Studies(ProjectPage):
    template = "frontend/studies.html"
    partial = "frontend/partials/study_wall.html"

    def context(self) -> dict[str, Any]:
        asked = self.request.GET
        page = Paginator(studies_of(self.project, self.person, asked), PER_PAGE).get_page(asked.get("page"))
        return super().context() | {
            "page": page, "cards": cards(list(page.object_list)), "modalities": modalities(self.project),
            "sets": [(value, label) for value, label in Split.choices if value], "read_states": READ_STATES.items(),
            "orders": ORDERS.items(), "asked": asked,
            "is_filtered": any(asked.get(key) for key in ("modality", "set", "read", "text")),
        }


class OneStudy(StudyTalk):
    """One study: its series, what is known about it without saying what anybody found, and the talk about it."""

    template = "frontend/study.html"
    acts = {
        "example": ("use_as_example", "manage"), "say": ("say", "annotate"), "resolve": ("resolve", "annotate"),
        "reopen": ("reopen", "annotate"),
    }

    def open(self) -> None:
        super().open()
        visible = Study.objects.visible_to(self.person).filter(projects=self.project)
        found = visible.select_related("patient").filter(uid=self.kwargs["study"]).first()
        if found is None:
            raise NotFound("There is no such study in this project.")
        self.study = found

    def context(self) -> dict[str, Any]:
        series = Series.objects.filter(study=self.study).prefetch_related("instances")
        return super().context() | {
            "study": self.study, "series": [(one, _middle(one)) for one in series],
            "worklists": Worklist.objects.listed().filter(project=self.project, items__study=self.study),
            "findings": Finding.objects.active().filter(project=self.project),
            "talk": talk_on(study=self.study, project=self.project, user=self.person),
        }

    def use_as_example(self) -> None:
        finding = finding_of(self, self.request.POST.get("finding", ""))
        image = self.request.POST.get("image", "")
        chosen = Instance.objects.filter(series__study=self.study, pk=int(image) if image.isdigit() else 0).first()
        if chosen is None:
            raise NotFound("There is no such image in this study.")
        edit_finding(finding=finding, user=self.person, example=chosen)
        messages.success(self.request, f"This image now stands beside the definition of {finding.name}.")


def _middle(series: Series) -> Instance | None:
    images = list(series.instances.all())
    return images[len(images) // 2] if images else None
