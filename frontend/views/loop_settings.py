"""The loop's settings: each explained, changed by a manager, on record in the audit log."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages

from annotation.models import Finding, Worklist, WorklistKind
from core.errors import Invalid, NotFound
from core.models import AuditEvent
from frontend.forms.loop import LoopSettingsForm
from frontend.forms.recipe import described
from frontend.views.page import ProjectPage
from learning.models import Loop
from learning.services.loop_settings import change_settings
from learning.services.loops import queries_for
from learning.services.runs import recipe_named, validated

SHOWN = 20


class LoopSettingsPage(ProjectPage):
    template = "frontend/loop_settings.html"
    acts = {"change": ("change", "manage")}
    form: LoopSettingsForm | None = None

    @cached_property
    def loop(self) -> Loop | None:
        return Loop.objects.visible_to(self.person).filter(project=self.project).select_related("project").first()

    def context(self) -> dict[str, Any]:
        context = super().context()
        if self.loop is None:
            return context
        acts = AuditEvent.objects.filter(project=self.project, action="loop.changed").select_related("actor")
        return context | {
            "loop": self.loop, "form": self.form or self._form(), "recipe": described(validated(self.loop.recipe)),
            "changes": [(one, _told(one.detail)) for one in acts.order_by("-sequence")[:SHOWN]],
        }

    def change(self) -> None:
        if self.loop is None:
            raise NotFound("This project has no loop yet. Start it first.")
        self.form = self._form(self.request.POST)
        if not self.form.is_valid():
            raise Invalid("Something in the form is wrong: see below.")
        preset = self.form.cleaned_data["preset"]
        recipe = recipe_named(preset)[0] if preset else None
        changed = change_settings(loop=self.loop, user=self.person, recipe=recipe, **self.form.changes())
        told = "Saved. The next turn follows it." if changed else "Nothing differs from what is saved."
        messages.success(self.request, told)

    def _form(self, posted: Any = None) -> LoopSettingsForm:
        assert self.loop is not None
        lists = Worklist.objects.listed().filter(project=self.project, kind=WorklistKind.RANKED)
        return LoopSettingsForm(
            posted, loop=self.loop, worklists=list(lists), findings=list(Finding.objects.active().filter(
                project=self.project
            )), queries=queries_for(validated(self.loop.recipe).targets.kind),
        )


def _told(detail: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Setting, before and after; a recipe is too long to be shown here."""
    return [
        (name.removesuffix("_id").replace("_", " "), *(("another", "this") if name == "recipe" else values))
        for name, values in detail.get("changed", {}).items()
    ]
