"""Worklists: made, filled, opened and closed; their queue; the reserved sets they depend on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from annotation.models import Reading, ReadingMode, Worklist, WorklistKind
from annotation.selectors.queue import top_of_queue
from annotation.selectors.reserved import reserved_overview
from annotation.services.filling import fill_worklist
from annotation.services.reserve import PURPOSES, draw_reserved_sets
from annotation.services.worklists import create_worklist, edit_worklist
from core.errors import Invalid, NotFound
from core.models import Project, User
from frontend.forms.worklists import FillForm, WorklistForm, WorklistSettingsForm
from frontend.selectors.reserved import ABOUT, suggested_sizes
from frontend.selectors.worklists import addable, modalities, worklist_lines
from frontend.views.page import ProjectPage
from learning.models import ModelState, ModelVersion
from reports_nlp.models import Report
from reports_nlp.selectors.disagreement import by_study, contradictions
from reports_nlp.services.disagreement import make_disagreement_worklist

SHOWN = 50


class Worklists(ProjectPage):
    template = "frontend/worklists.html"
    acts = {"create": ("create", "manage"), "draw": ("draw", "manage"), "disagree": ("disagree", "manage")}
    form: WorklistForm | None = None

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "lines": worklist_lines(self.project, self.person), "form": self.form or WorklistForm(),
            "reserved": reserved_overview(project=self.project), "about": ABOUT,
            "suggested": suggested_sizes(self.project), "has_reports": self._has_reports(),
        }

    def create(self) -> HttpResponse:
        self.form = WorklistForm(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("Something in the form is wrong: see below.")
        fields = dict(self.form.cleaned_data)
        fields["unaided_share"] = fields.pop("unaided_percent") / 100
        if fields["kind"] == WorklistKind.REFERENCE:
            fields["mode"] = ReadingMode.UNAIDED
        made = create_worklist(project=self.project, user=self.person, **fields)
        messages.success(self.request, f"{made.name} is there. Now put studies on it.")
        return redirect(f"/p/{self.project.slug}/worklists/{made.pk}/")

    def _has_reports(self) -> bool:
        """Whether report and image can contradict each other at all."""
        champions = ModelVersion.objects.filter(project=self.project, state=ModelState.CHAMPION)
        return champions.exists() and Report.objects.filter(project=self.project, study__isnull=False).exists()

    def disagree(self) -> HttpResponse:
        made = make_disagreement_worklist(project=self.project, user=self.person)
        messages.success(
            self.request, f"{made.worklist.name}: {made.contradictions} contradictions in {made.studies} studies."
        )
        return redirect(f"/p/{self.project.slug}/worklists/{made.worklist.pk}/")

    def draw(self) -> None:
        sizes = sizes_in(self.request.POST)
        drawn = draw_reserved_sets(
            project=self.project, sizes=sizes, seed=secrets.randbelow(2**31), user=self.person
        )
        said = ", ".join(f"{purpose} {count}" for purpose, count in drawn.items()) or "none"
        messages.success(self.request, f"Drawn at random, whole patients: {said}. Everybody else is in the pool.")


class Disagreement(ProjectPage):
    """How many studies have a report that says otherwise than the image model; counted when somebody asks."""

    needs = "train"
    template = "frontend/reports/disagreement.html"
    http_method_names = ["get", "options"]

    def context(self) -> dict[str, Any]:
        found = contradictions(project=self.project)
        present = sum(one.report_state == "present" for one in found)
        return super().context() | {
            "studies": len(by_study(found)), "present": present, "absent": len(found) - present,
        }


class OneWorklist(ProjectPage):
    """One list: settings, progress, what waits in which order, and adding to it."""

    template = "frontend/worklist.html"
    acts = {
        "open": ("open_list", "manage"), "close": ("close_list", "manage"), "fill": ("fill", "manage"),
        "settings": ("change_settings", "manage"),
    }
    worklist: Worklist
    settings_form: WorklistSettingsForm | None = None

    def open(self) -> None:
        super().open()
        found = Worklist.objects.visible_to(self.person).filter(project=self.project, pk=self.kwargs["worklist"])
        worklist = found.select_related("project", "ranking").first()
        if worklist is None:
            raise NotFound("There is no such worklist in this project.")
        self.worklist = worklist

    def context(self) -> dict[str, Any]:
        context = super().context()
        line = next(w for w in worklist_lines(self.project, self.person) if w.worklist.pk == self.worklist.pk)
        may = context["may"]
        sees_queue = may["train"] or may["review"]
        skipped = Reading.objects.filter(item__worklist=self.worklist, state="skipped").select_related("reader")
        return context | {
            "line": line, "worklist": self.worklist, "sees_queue": sees_queue,
            "queue": top_of_queue(worklist=self.worklist, user=self.person, count=SHOWN) if sees_queue else [],
            "skipped": skipped[:20] if sees_queue else [],
            "addable": len(addable(self.worklist)) if may["manage"] else 0, "modalities": modalities(self.project),
            "settings_form": self.settings_form or WorklistSettingsForm(initial=settings_of(self.worklist)),
            "unaided": self.worklist.items.filter(retired_at=None, is_always_unaided=True).count(),
        }

    def change_settings(self) -> None:
        self.settings_form = WorklistSettingsForm(self.request.POST)
        if not self.settings_form.is_valid():
            raise Invalid("Something in the settings is wrong: see below.")
        fields = dict(self.settings_form.cleaned_data)
        fields["unaided_share"] = fields.pop("unaided_percent") / 100
        fields["reread_share"] = fields.pop("reread_percent") / 100
        edit_worklist(worklist=self.worklist, user=self.person, **fields)
        messages.success(self.request, "Kept. Cases that somebody has opened stay as they were opened.")

    def open_list(self) -> None:
        edit_worklist(worklist=self.worklist, user=self.person, is_open=True)
        messages.success(self.request, f"{self.worklist.name} hands out cases again.")

    def close_list(self) -> None:
        edit_worklist(worklist=self.worklist, user=self.person, is_open=False)
        messages.success(self.request, f"{self.worklist.name} is closed. What is being read can be submitted.")

    def fill(self) -> None:
        form = FillForm(self.request.POST)
        if not form.is_valid():
            raise Invalid("The number of studies must be a whole number of at least 1, or empty for all.")
        chosen = addable(self.worklist, form.cleaned_data["modality"])
        number = form.cleaned_data["number"]
        added = fill_worklist(worklist=self.worklist, user=self.person, studies=chosen[:number] if number else chosen)
        said = f"{added} studies added to the end of the queue." if added else "Nothing to add."
        messages.success(self.request, said)


def settings_of(worklist: Worklist) -> dict[str, Any]:
    """What the form of a list's settings shows at first."""
    return {
        "mode": worklist.mode, "report_policy": worklist.report_policy, "has_second_look": worklist.has_second_look,
        "unaided_percent": round(100 * worklist.unaided_share, 2), "reservation_minutes": worklist.reservation_minutes,
        "cases_ahead": worklist.cases_ahead, "reread_percent": round(100 * worklist.reread_share, 2),
        "reread_after_days": worklist.reread_after_days,
    }


def sizes_in(posted: Mapping[str, str]) -> dict[str, int]:
    """How many cases for each reserved set. Raises Invalid for anything but whole numbers."""
    sizes = {}
    for purpose in PURPOSES:
        text = str(posted.get(purpose, "") or "0").strip()
        if not text.isdigit():
            raise Invalid(f"The size of the {purpose} set must be a whole number, 0 or more.", field=purpose)
        sizes[purpose] = int(text)
    return {purpose: size for purpose, size in sizes.items() if size}


def worklist_with_everything(project: Project, user: User, *, name: str, mode: str) -> Worklist:
    """A ranked worklist with every study of the pool, and a reference list when there are reserved sets."""
    chosen = mode if mode in ReadingMode.values else ReadingMode.CONCURRENT
    made = create_worklist(project=project, user=user, name=name, mode=chosen)
    fill_worklist(worklist=made, user=user)
    if any(line["cases"] for line in reserved_overview(project=project)["sets"]) and not _has_reference(project):
        reference = create_worklist(project=project, user=user, name="Reference", kind=WorklistKind.REFERENCE)
        fill_worklist(worklist=reference, user=user)
    return made


def _has_reference(project: Project) -> bool:
    return Worklist.objects.filter(project=project, kind=WorklistKind.REFERENCE).exists()
