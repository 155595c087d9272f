"""The loop's settings as a form: labels, explanations and bounds are those of the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from annotation.models import Finding, Worklist
from frontend.forms.styled import StyledForm
from learning.models import Loop
from learning.recipe import PRESETS
from learning.services.loop_settings import LEAST_THRESHOLD, QUERIES, SETTINGS

OWN = "threshold:"
"""Prefix of the fields of findings with a threshold of their own."""


class LoopSettingsForm(StyledForm):
    """`changes` is what the service takes; an empty threshold of a finding means the common one."""

    def __init__(
        self, *args: Any, loop: Loop, worklists: Sequence[Worklist], queries: Sequence[str],
        findings: Sequence[Finding], **kwargs: Any,
    ) -> None:
        self._worklists = {str(one.pk): one for one in worklists}
        self._findings = findings
        super().__init__(*args, initial=_initial(loop), **kwargs)
        self.fields["worklist"] = forms.ChoiceField(
            choices=[(pk, one.name) for pk, one in self._worklists.items()], label="Worklist",
            help_text="What is ranked, and whose readings count towards a turn.",
        )
        for name, setting in SETTINGS.items():
            self.fields[name] = _field(name, queries)
            self.fields[name].label, self.fields[name].help_text = setting.label, setting.explanation
        self.fields["preset"] = forms.ChoiceField(
            required=False, choices=[("", "as it is"), *((name, name) for name in PRESETS)], label="Recipe",
            help_text="What every turn and its random arm train. Another one makes turns before and after differ.",
        )
        for finding in findings:
            self.fields[OWN + finding.code] = forms.FloatField(
                required=False, min_value=LEAST_THRESHOLD, max_value=1, label=finding.name,
                widget=forms.NumberInput(attrs={"step": "any", "placeholder": "the common one"}),
            )
        self.dress()

    @property
    def own_thresholds(self) -> list[forms.BoundField]:
        return [self[OWN + finding.code] for finding in self._findings]

    @property
    def common(self) -> list[forms.BoundField]:
        return [self[name] for name in ("worklist", *SETTINGS, "preset")]

    def changes(self) -> dict[str, Any]:
        """Of a valid form; without the recipe, which `preset` names."""
        found = self.cleaned_data
        own = {one.code: found[OWN + one.code] for one in self._findings if found[OWN + one.code] is not None}
        return {name: found[name] for name in SETTINGS} | {
            "worklist": self._worklists[found["worklist"]], "pseudolabel_thresholds": own,
        }


def _initial(loop: Loop) -> dict[str, Any]:
    own = {OWN + code: value for code, value in loop.pseudolabel_thresholds.items()}
    return {name: getattr(loop, name) for name in SETTINGS} | {"worklist": str(loop.worklist_id)} | own


def _field(name: str, queries: Sequence[str]) -> forms.Field:
    setting = SETTINGS[name]
    if name == "query":
        return forms.ChoiceField(choices=[(one, f"{one}: {QUERIES[one]}") for one in queries])
    if name == "rule":
        return forms.ChoiceField(choices=[(rule, rule.replace("_", "-")) for rule, _ in Loop.RULES])
    if setting.low is None or setting.high is None:
        return forms.BooleanField(required=False)
    if name == "corrections_per_turn":
        return forms.IntegerField(min_value=int(setting.low), max_value=int(setting.high))
    step = forms.NumberInput(attrs={"step": "any"})
    return forms.FloatField(min_value=setting.low, max_value=setting.high, widget=step)
