"""The label schema: listed, added to, edited, merged, retired and restored, each change previewed and kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from annotation.models import Finding, FindingState
from annotation.selectors.examples import examples_for
from annotation.selectors.previews import preview_change
from annotation.services import schema
from annotation.services.starter_sets import STARTER_SETS, add_starter_set
from core.errors import Invalid, NotFound
from frontend.forms.findings import FindingForm, initial_of
from frontend.selectors.findings import changes_between, example_choices, finding_lines, history
from frontend.views.page import ProjectPage
from imaging.models import Instance
from reports_nlp.selectors.traits import described
from reports_nlp.services.traits import enqueue_mining

TRAITS_SHOWN = 40


class Findings(ProjectPage):
    """The list, and adding to it."""

    template = "frontend/findings.html"
    acts = {"add": ("add", "manage"), "add_set": ("add_set", "manage")}
    form: FindingForm | None = None

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "lines": finding_lines(self.project), "sets": STARTER_SETS,
            "retired": finding_lines(self.project, FindingState.ARCHIVED),
            "merged": finding_lines(self.project, FindingState.MERGED),
            "form": self.form or FindingForm(project=self.project),
        }

    def add(self) -> None:
        self.form = FindingForm(self.request.POST, project=self.project)
        fields = checked(self.form)
        finding = schema.create_finding(project=self.project, user=self.person, **fields)
        messages.success(self.request, f"{finding.name} has been added.")

    def add_set(self) -> None:
        added = add_starter_set(project=self.project, user=self.person, name=self.request.POST.get("set", ""))
        said = f"Added: {', '.join(f.name for f in added)}." if added else "The project has all of them already."
        messages.success(self.request, said)


class OneFinding(ProjectPage):
    """One finding: its definition, what rests on it, its history, and what can be done to it."""

    template = "frontend/finding.html"
    acts = {
        "edit": ("edit", "manage"), "retire": ("retire", "manage"), "restore": ("restore", "manage"),
        "merge": ("merge", "manage"), "unmerge": ("unmerge", "manage"), "example": ("set_example", "manage"),
        "traits": ("keep_traits", "manage"), "mine": ("mine", "train"),
    }
    form: FindingForm | None = None
    finding: Finding

    def open(self) -> None:
        super().open()
        self.finding = finding_of(self, self.kwargs["finding"])

    def context(self) -> dict[str, Any]:
        others = Finding.objects.active().filter(project=self.project, kind=self.finding.kind)
        return super().context() | {
            "finding": self.finding, "example": self._example(),
            "form": self.form or FindingForm(project=self.project, finding=self.finding),
            "preview": preview_change(finding=self.finding), "history": history(self.finding),
            "others": others.exclude(pk=self.finding.pk), "examples": example_choices(self.finding, self.person),
            "described": described(finding=self.finding, user=self.person), "shown": f":{TRAITS_SHOWN}",
        }

    def _example(self) -> Instance | None:
        """Not of a study that this person is yet to read unaided."""
        return examples_for(user=self.person, findings=[self.finding]).get(self.finding.pk)

    def edit(self) -> None:
        self.form = FindingForm(self.request.POST, project=self.project, finding=self.finding)
        fields = checked(self.form)
        schema.edit_finding(finding=self.finding, user=self.person, note=self.request.POST.get("note", ""), **fields)
        messages.success(self.request, f"{self.finding.name} has been changed. The history keeps what it was.")

    def retire(self) -> None:
        schema.archive_finding(finding=self.finding, user=self.person, note=self.request.POST.get("note", ""))
        messages.success(self.request, f"{self.finding.name} is off the form. What was said about it stays.")

    def restore(self) -> None:
        schema.restore_finding(finding=self.finding, user=self.person)
        messages.success(self.request, f"{self.finding.name} is on the form again.")

    def merge(self) -> HttpResponse:
        into = finding_of(self, self.request.POST.get("into", ""))
        note = self.request.POST.get("note", "")
        schema.merge_findings(into=into, from_=self.finding, user=self.person, note=note)
        messages.success(self.request, f"{self.finding.name} now counts as {into.name}.")
        return redirect(f"/p/{self.project.slug}/findings/{into.pk}/")

    def unmerge(self) -> None:
        note = self.request.POST.get("note", "")
        left = schema.unmerge_finding(finding=self.finding, user=self.person, note=note)
        told = f" Moved elsewhere since, and left there: {', '.join(left)}." if left else ""
        messages.success(self.request, f"{self.finding.name} stands for itself again, with what was said of it.{told}")

    def keep_traits(self) -> None:
        shown = {row.term for row in described(finding=self.finding, user=self.person).traits[:TRAITS_SHOWN]}
        others = [trait for trait in self.finding.traits if trait not in shown]
        ticked = dict.fromkeys(term for term in self.request.POST.getlist("trait") if term in shown)
        kept = [*others, *ticked]
        schema.edit_finding(finding=self.finding, user=self.person, traits=kept)
        plural = "" if len(kept) == 1 else "s"
        messages.success(self.request, f"{len(kept)} trait{plural} kept with {self.finding.name}.")

    def mine(self) -> None:
        enqueue_mining(project=self.project, user=self.person)
        messages.success(self.request, "Reports are being gone through; the table is new when the job has ended.")

    def set_example(self) -> None:
        image = self.request.POST.get("example", "")
        chosen = Instance.objects.visible_to(self.person).filter(
            series__study__projects=self.project, pk=int(image) if image.isdigit() else 0
        ).first()
        if chosen is None and image:
            raise NotFound("There is no such image in this project.")
        schema.edit_finding(finding=self.finding, user=self.person, example=chosen)
        messages.success(self.request, "The example has been set." if chosen else "The example has been taken away.")


class FindingPreview(ProjectPage):
    """What a change would touch, put into the page before anything happens."""

    needs = "manage"

    def get(self, request: Any, **_: Any) -> HttpResponse:
        return self._previewed(request.GET)

    def post(self, request: Any, **_: Any) -> HttpResponse:
        return self._previewed(request.POST)

    def _previewed(self, asked: Any) -> HttpResponse:
        finding = finding_of(self, self.kwargs["finding"])
        act = asked.get("would", "")
        context: dict[str, Any] = {"project": self.project, "finding": finding, "act": act}
        if act == "edit":
            form = FindingForm(asked, project=self.project, finding=finding)
            after = checked(form)
            context["changes"] = changes_between(_comparable(initial_of(finding)), _comparable(after))
        elif act == "merge":
            context["into"] = finding_of(self, asked.get("into", ""))
            schema.check_merge(into=context["into"], from_=finding)
        context["preview"] = preview_change(finding=finding, into=context.get("into"))
        return render(self.request, "frontend/partials/finding_preview.html", context)


def _comparable(fields: dict[str, Any]) -> dict[str, Any]:
    """Definitions in the same words, whether they come from the form or from the row."""
    grades = fields["grades"]
    return fields | {
        "parent": str(fields["parent"] or ""),
        "grades": [g.strip() for g in grades.split(",") if g.strip()] if isinstance(grades, str) else grades,
    }


def checked(form: FindingForm) -> dict[str, Any]:
    """The form's fields. Raises Invalid when it says anything wrong; the form itself shows where."""
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else name
        raise Invalid(f"{label}: {errors[0]}", field=name)
    return dict(form.cleaned_data)


def finding_of(page: ProjectPage, pk: Any) -> Finding:
    """Raises NotFound for a finding of another project."""
    known = Finding.objects.visible_to(page.person).filter(project=page.project)
    found = known.select_related("parent", "merged_into", "example__series__study").filter(
        pk=int(pk) if str(pk).isdigit() else 0
    ).first()
    if found is None:
        raise NotFound("There is no such finding in this project.")
    return found
