"""Start a training: presets, the whole recipe as a form, what it would learn from and cost; and all runs."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from annotation.models import Finding
from core.errors import Conflict, Invalid, NotFound
from frontend.forms.recipe import RecipeSection, checked, described, sections_of, values_from
from frontend.forms.saved_recipes import OWN, cards, name_of, saved_in
from frontend.views.page import ProjectPage
from learning.models import Run, RunPurpose, SavedRecipe, WeightsFile
from learning.recipe import PRESETS, Recipe, estimate_cost
from learning.recipe_parts.warnings import dropout_warning, repetition_warning
from learning.selectors.runs import run_rows
from learning.selectors.snapshot_preview import SOURCE_NAMES, SnapshotPreview, preview_snapshot
from learning.selectors.training_data import Forecast, forecast
from learning.services.invariances import alterations_in_words
from learning.services.preview import preview_sheet
from learning.services.runs import start_run
from learning.services.saved_recipes import remove_recipe, save_recipe
from learning.services.snapshot_checks import ONE_PATIENT
from learning.services.start_state import models_to_start_from

MOST_NAMED = 3


class Train(ProjectPage):
    template = "frontend/train.html"
    acts = {"start": ("start", "train"), "save": ("save", "train"), "remove": ("remove", "train")}

    def open(self) -> None:
        super().open()
        self.unusable = ""
        self.name, self.values = self._asked_for()
        self.sources = ["reader"]
        self.errors: Mapping[str, str] = {}

    def get(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        return self.show()

    def _asked_for(self) -> tuple[str, Mapping[str, Any]]:
        """`?preset=NAME`, `?saved=ID` or `?run=ID` fills the form in with that recipe."""
        opened = self.request.POST.get("opened") or self.request.GET.get("saved", "")
        self.saved = saved_in(self.person, self.project, opened)
        if self.saved is not None:
            return self.saved.name, self.saved.recipe
        number = self.request.GET.get("run", "")
        own = Run.objects.filter(project=self.project).exclude(purpose=RunPurpose.FOREIGN)
        run = own.filter(pk=number).first() if number.isdigit() else None
        if run is not None:
            recipe, problems = checked(run.recipe)
            if recipe is not None:
                return run.recipe_name or OWN, run.recipe
            said = " ".join(problems.values())
            self.unusable = f"The recipe of run {run.pk} can't be used here. {said} The form holds a preset instead."
        name = self.request.GET.get("preset", "")
        name = name if name in PRESETS else next(iter(PRESETS))
        return name, PRESETS[name].model_dump(mode="json")

    def read(self) -> Recipe | None:
        """The posted recipe, or None with `errors` set."""
        self.values = values_from(self.request.POST)
        self.sources = [s for s in self.request.POST.getlist("sources") if s in SOURCE_NAMES]
        recipe, self.errors = checked(self.values)
        self.name = name_of(recipe, SavedRecipe.objects.filter(project=self.project)) if recipe is not None else OWN
        return recipe

    def start(self) -> HttpResponseBase:
        recipe = self.read()
        if recipe is None:
            raise Invalid("The recipe is not valid; what is to be corrected stands above the start button.")
        if not self.sources:
            raise Invalid("Choose at least one kind of source to learn from.")
        run = start_run(
            project=self.project, recipe=recipe, user=self.person, recipe_name=self.name, sources=self.sources
        )
        return redirect("run-page", self.project.slug, run.pk)

    def save(self) -> HttpResponseBase:
        """Under the name that was typed; in place of the recipe that the form was opened with where that has it."""
        recipe, name = self.read(), self.request.POST.get("save_as", "")
        if recipe is None:
            raise Invalid("The recipe is not valid; the fields below say why.")
        is_same = self.saved is not None and self.saved.name.lower() == name.strip().lower()
        kept = save_recipe(project=self.project, user=self.person, name=name, recipe=recipe, replace=is_same)
        messages.success(self.request, f"The recipe is kept as “{kept.name}”; comparisons offer it, too.")
        return redirect(f"{self.request.path}?saved={kept.pk}")

    def remove(self) -> HttpResponseBase:
        if self.saved is None:
            raise NotFound("There is no such recipe in this project any more.")
        remove_recipe(saved=self.saved, user=self.person)
        messages.success(self.request, f"“{self.saved.name}” is removed. Runs and comparisons keep their copies.")
        return redirect(self.request.path)

    def context(self) -> dict[str, Any]:
        recipe, _ = checked(self.values)
        choices = {
            "targets.findings": [(f.code, f.name) for f in Finding.objects.active().filter(project=self.project)],
            "start.model": models_to_start_from(self.person, self.project),
            "start.weights": [
                (w.name, f"{w.network}, {w.licence}") for w in WeightsFile.objects.visible_to(self.person)
            ],
        }
        sections = sections_of(self.values, errors=self.errors, choices=choices)
        planned = plan(self, recipe, self.sources, problems_in(sections, self.errors))
        return super().context() | planned | {
            "presets": presets(self.name, planned["cost"]), "chosen": self.name, "saved": self.saved,
            "kept": cards(self.person, self.project, self.saved, planned["cost"]),
            "save_as": self.request.POST.get("save_as", self.saved.name if self.saved is not None else ""),
            "sections": sections, "unusable": self.unusable,
            "runs": run_rows(self.person, self.project), "sources": self.sources,
        }


class TrainPlan(Train):
    """What the form, as it stands, would learn from and cost: HTMX asks while it changes."""

    acts = {"start": ("start", "train")}
    needs = "train"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **_: Any) -> HttpResponse:
        recipe = self.read()
        sections = sections_of(self.values, errors=self.errors)
        context = ProjectPage.context(self) | {
            "sections": sections, "sources": self.sources, "is_update": True,
            **plan(self, recipe, self.sources, problems_in(sections, self.errors)),
        }
        return render(request, "frontend/partials/train_plan.html", context)


class TrainPreview(Train):
    """What the recipe, as the form stands, does to some of the project's images."""

    acts = {"start": ("start", "train")}
    needs = "train"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **_: Any) -> HttpResponse:
        recipe = self.read()
        told: dict[str, Any] = {"problem": "Correct the recipe to see what it does to images."}
        if recipe is not None:
            try:
                png = preview_sheet(project=self.project, recipe=recipe, user=self.person)
                told = {"sheet": b64encode(png).decode(), "altered": alterations_in_words(self.project, recipe)}
            except (Invalid, Conflict) as error:
                told = {"problem": error.message}
        place = "input-preview" if request.POST.get("place") == "input-preview" else "recipe-preview"
        return render(request, "frontend/partials/train_preview.html", told | {"place": place})


def problems_in(sections: list[RecipeSection], errors: Mapping[str, str]) -> list[dict[str, str]]:
    """What is to be corrected, each with the anchor of its field; a closed section would hide it."""
    known = {name for section in sections for name in (section.name, *(one.path for one in section.fields))}
    found = [{"anchor": "", "title": "", "words": words} for name, words in errors.items() if name not in known]
    for section in sections:
        if section.error:
            found.append({"anchor": f"section-{section.name}", "title": section.title, "words": section.error})
        found += [
            {"anchor": f"field-{one.key}", "title": f"{section.title}, {one.title}", "words": one.error}
            for one in section.fields if one.error
        ]
    return found


def plan(
    page: ProjectPage, recipe: Recipe | None, sources: list[str], problems: list[dict[str, str]]
) -> dict[str, Any]:
    """Snapshot to be and cost, and what stands in the way of a start."""
    wanted = recipe.targets.findings if recipe is not None else ()
    preview = preview_snapshot(project=page.project, sources=sources, findings=wanted)
    cost: Forecast | None = None
    why = ""
    if recipe is not None:
        try:
            cost, why = forecast(project=page.project, recipe=recipe, sources=sources), ""
        except Invalid as error:
            why = error.message
    kind = recipe.targets.kind if recipe is not None else "binary"
    missing = why or _missing(preview, sources, kind)
    learnable = [f.code for f in preview.findings if f.is_learnable] if kind == "binary" else []
    return {
        "preview": preview, "cost": cost, "missing": missing, "problems": problems,
        "may_start": recipe is not None and not missing,
        "learnable": learnable if len(learnable) < len(preview.findings) else [],
        "altered": alterations_in_words(page.project, recipe) if recipe is not None else [],
        "cautions": _cautions(recipe, preview, cost),
    }


def _cautions(recipe: Recipe | None, preview: SnapshotPreview, cost: Forecast | None) -> list[str]:
    """What is to be said of this recipe on so many cases; nothing stands in its way."""
    if recipe is None or cost is None:
        return []
    sides = [n for f in preview.findings for n in (f.present, f.absent) if n]
    said = [
        dropout_warning(recipe.regularisation, cost.images),
        repetition_warning(recipe.imbalance, min(sides, default=0), cost.images, len(sides)),
    ]
    return [words for words in said if words]


def _missing(preview: SnapshotPreview, sources: list[str], kind: str) -> str:
    """Why a start would be refused, as far as counts tell; empty when nothing is known to stand in its way."""
    if not sources:
        return "Choose at least one kind of source to learn from."
    one_sided = [f.name for f in preview.findings if not f.is_learnable]
    if one_sided and kind == "binary":
        named = ", ".join(one_sided) if len(one_sided) <= MOST_NAMED else f"{len(one_sided)} findings, marked above"
        return f"{named}: learning needs present and absent answers. Read more cases, or choose findings under Targets."
    return ONE_PATIENT if preview.patients == 1 else ""


def presets(chosen: str, cost: Forecast | None) -> list[dict[str, Any]]:
    """Each preset in words, with what it would cost on the labels there are."""
    threads = os.cpu_count() or 1
    return [
        {
            "name": name, "words": described(one), "is_chosen": name == chosen,
            "seconds": estimate_cost(
                one, n_images=cost.images, threads=threads, n_patients=cost.studies
            ).seconds if cost is not None else None,
        }
        for name, one in PRESETS.items()
    ]
