"""What to try on this project's cases: three recipes, each with its reasons, started in one click."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect

from core.errors import Invalid
from frontend.forms.recipe import described
from frontend.views.page import ProjectPage
from learning.advice import Advice, Facts, advise
from learning.advice.choose import judging, plain
from learning.recipe_strategies import differences
from learning.selectors.project_facts import facts_of
from learning.services.comparisons.making import ArmWish, start_comparison
from learning.services.runs import start_run


class AdvicePage(ProjectPage):
    template = "frontend/advice.html"
    acts = {"train": ("train", "train"), "compare": ("compare", "train"), "compare_all": ("compare_all", "train")}

    def _chosen(self) -> Advice:
        name = self.request.POST.get("advice", "")
        found = next((one for one in advise(facts_of(self.project, self.person)) if one.name == name), None)
        if found is None:
            raise Invalid("This advice no longer fits the project; look at what is advised now.")
        return found

    def train(self) -> HttpResponseBase:
        one = self._chosen()
        run = start_run(project=self.project, recipe=one.recipe, user=self.person, recipe_name=one.name)
        return redirect("run-page", self.project.slug, run.pk)

    def compare(self) -> HttpResponseBase:
        one = self._chosen()
        arms = [ArmWish("control arm", one.control, True), ArmWish(one.name, one.recipe)]
        found = start_comparison(
            project=self.project, user=self.person, arms=arms, findings=one.recipe.targets.findings,
            name=f"Does it help: {one.name}", folds=folds_for(facts_of(self.project, self.person)),
        )
        return redirect("comparison-page", self.project.slug, found.pk)

    def compare_all(self) -> HttpResponseBase:
        facts = facts_of(self.project, self.person)
        arms = [ArmWish("plain", plain(facts), True), *(ArmWish(one.name, one.recipe) for one in advise(facts))]
        found = start_comparison(
            project=self.project, user=self.person, arms=arms, findings=facts.learnable,
            name="What is advised, side by side", folds=folds_for(facts),
        )
        return redirect("comparison-page", self.project.slug, found.pk)

    def context(self) -> dict[str, Any]:
        facts = facts_of(self.project, self.person)
        advice = advise(facts) if facts.fewest else []
        return super().context() | {
            "facts": facts, "lines": [_line(one) for one in advice], "judging": judging(facts), "notes": notes(facts),
        }


def folds_for(facts: Facts) -> int:
    """Five, or as many as there are patients."""
    return max(2, min(5, facts.patients))


def _line(one: Advice) -> dict[str, Any]:
    return {"advice": one, "words": described(one.recipe), "differs": differences(one.recipe, one.control)}


def notes(facts: Facts) -> list[tuple[str, str, str]]:
    """What else the project has that could help: sentence, page below the project, and what that is called."""
    found = []
    if facts.unlabelled >= 3 * max(1, facts.labelled):
        found.append((
            f"{facts.unlabelled} studies wait without an answer. The loop ranks them, and learns from its own "
            "confident answers too (S1, S5, N9).", "loop/", "Open the loop",
        ))
    if facts.reports >= max(20, facts.labelled):
        found.append((
            f"{facts.reports} reports are here: their labels can be trained on beside readers' answers (N4, N5); "
            "experts should check a share of them (N8).", "reports/accuracy/", "See their accuracy",
        ))
    if facts.boxes:
        marks = f"{facts.boxes} marks say where findings lie: training on crops around them is an input setting (T8)."
        found.append((marks, "train/#section-input", "Set the input"))
    for number, what, one in ((facts.makers, "makers of scanners", "maker"), (facts.sites, "sites", "site")):
        if number > 1:
            found.append((
                f"Images come from {number} {what}: see that each has cases with and without the finding, or a "
                f"network learns the {one} (G2). A run's page shows its figures by {one}.", "studies/",
                "See the studies",
            ))
    return found
