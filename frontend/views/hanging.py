"""A project's hanging protocols: edited, tried on a study while one edits, saved as a version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase

from core.errors import DomainError
from frontend.forms import hanging as form
from frontend.selectors.hanging import pictures, samples
from frontend.views.page import ProjectPage
from imaging.hanging import DEFAULTS
from imaging.models import HangingVersion, Study
from imaging.selectors.hanging import decision_for, newest_version, rules_in_force
from imaging.selectors.priors import prior_studies
from imaging.services.hanging import checked_rules, save_hanging


class WithRules(ProjectPage):
    """What the page and its parts share."""

    needs = "manage"

    def rules(self) -> form.Rules:
        """As the form says them, or as they are in force."""
        if self.request.method == "POST" and "count" in self.request.POST:
            return form.posted(self.request.POST)
        in_force: form.Rules = rules_in_force(self.project).model_dump(mode="json")["rules"]
        return in_force

    def fields(self, rules: form.Rules, in_hand: int | None = None) -> dict[str, Any]:
        """`in_hand`: place of the rule that stands open."""
        return {
            "rows": form.rows_of(rules), "in_hand": in_hand, "layouts": form.LAYOUT_CHOICES,
            "priors": form.PRIOR_CHOICES, "planes": form.PLANE_CHOICES, "most": form.MOST,
        }


class HangingPage(WithRules):
    template = "frontend/hanging/page.html"
    acts = {"save": ("save", "manage"), "shipped": ("back_to_shipped", "manage")}

    def context(self) -> dict[str, Any]:
        newest = newest_version(self.project)
        return super().context() | self.fields(self.rules()) | {
            "newest": newest, "base_number": self.request.POST.get("base_number") or (newest.number if newest else 0),
            "versions": list(HangingVersion.objects.filter(project=self.project).select_related("created_by")[:12]),
            "samples": samples(self.project, self.person),
        }

    def save(self) -> None:
        self._save({"rules": self.rules()})

    def back_to_shipped(self) -> None:
        self._save(DEFAULTS.model_dump(mode="json"))

    def _save(self, rules: Any) -> None:
        base = self.request.POST.get("base_number", "")
        made = save_hanging(
            project=self.project, user=self.person, base_number=int(base) if base.isdigit() else -1, rules=rules,
        )
        messages.success(self.request, f"Version {made.number} is in force: the next case hangs by it.")


class HangingPart(WithRules):
    """A part that answers to what the form says now; nothing is saved."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        return self.show()


class HangingRules(HangingPart):
    """The rules after a button beside them, or after another layout was chosen."""

    template = "frontend/hanging/rules.html"

    def context(self) -> dict[str, Any]:
        rules, do = self.rules(), self.request.POST.get("do", "")
        return super().context() | self.fields(form.changed(rules, do), form.place_after(rules, do))


class HangingPreview(HangingPart):
    """How a study would hang."""

    template = "frontend/hanging/preview.html"

    def context(self) -> dict[str, Any]:
        study = Study.objects.visible_to(self.person).filter(
            projects=self.project, uid=self.request.POST.get("study", "")
        ).first()
        if study is None:
            return super().context()
        try:
            rules = checked_rules({"rules": self.rules()})
        except DomainError as error:
            return super().context() | {"problem": error.message}
        priors = prior_studies(study=study, project=self.project, user=self.person)
        decision = decision_for(rules=rules, study=study, priors=priors)
        panes = list(zip(decision.chosen.panes, pictures(decision.chosen), strict=True))
        weighed = sorted(decision.weighed, key=lambda one: (one.points is None, -(one.points or 0)))
        return super().context() | {"chosen": decision.chosen, "panes": panes, "weighed": weighed, "priors": priors}
