"""How this project reads its reports: the policy, the map, own phrases; tried before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from annotation.models import Finding
from core.errors import DomainError, Invalid
from frontend.forms import report_rules as form
from frontend.reports import words
from frontend.reports.pieces import blocks_of
from frontend.reports.tried import tried_marks
from frontend.views.page import ProjectPage
from reports_nlp.models import RulesVersion
from reports_nlp.selectors.labels import STATE_OF, active_findings, strongest
from reports_nlp.services.extraction import enqueue_extraction
from reports_nlp.services.finding_map import lexicon_names, suggest_map
from reports_nlp.services.rules_preview import preview_rules
from reports_nlp.services.rules_versions import Rules, checked, rules_in_force, save_rules
from reports_nlp.stages.rules import languages

MOST_CHARACTERS = 20_000
EXAMPLE = (
    "FINDINGS: The heart is mildly enlarged. Small left pleural effusion. No pneumothorax.\n"
    "IMPRESSION: Right basilar opacity, atelectasis versus pneumonia. Recommend CT to exclude a mass."
)


class WithRules(ProjectPage):
    """What the page and its parts share: the findings, the version in force, and what the form says."""

    @cached_property
    def findings(self) -> list[Finding]:
        return active_findings(self.project)

    @cached_property
    def newest(self) -> RulesVersion | None:
        return RulesVersion.objects.filter(project=self.project).select_related("created_by").first()

    def suggested(self, phrases: Sequence[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
        return suggest_map(findings=self.findings, phrases=phrases)

    def posted(self) -> form.RulesDraft:
        """Raises Invalid."""
        return form.posted_draft(self.request.POST, suggested=self.suggested([]))

    def rules(self, draft: form.RulesDraft) -> Rules:
        """Raises Invalid for what cannot be read."""
        return checked(project=self.project, **draft.as_arguments())


class RulesPage(WithRules):
    template = "frontend/reports/rules.html"
    acts = {"save": ("save", "manage")}

    def context(self) -> dict[str, Any]:
        draft, problem = self._draft()
        versions = list(RulesVersion.objects.filter(project=self.project).select_related("created_by"))
        return super().context() | {
            "draft": draft, "problem": problem, "policies": form.POLICIES.items(), "hedges": form.hedge_rows(draft),
            "worth": form.WORTH.items(), "kinds": [(name, said) for name, (said, _) in form.KINDS.items()],
            "rows": form.phrase_rows(draft.phrases), "map_rows": self._map_rows(draft),
            "lexicon": lexicon_names(phrases=draft.phrases), "versions": versions, "newest": self.newest,
            "base_number": self.request.POST.get("base_number") or (self.newest.number if self.newest else 0),
            "languages": languages(), "empty_row": form.PhraseRow(), "example": EXAMPLE,
            "note": self.request.POST.get("note", ""), "asked": self.request.GET.get("from", ""),
            **form.switches(draft),
        }

    def _draft(self) -> tuple[form.RulesDraft, str]:
        """What was sent and refused, an earlier version that is looked at again, or what is in force."""
        if self.request.method == "POST":
            try:
                return self.posted(), ""
            except Invalid as error:
                return form.draft_of(self.newest), error.message
        number = self.request.GET.get("from", "")
        if number.isdigit():
            earlier = RulesVersion.objects.filter(project=self.project, number=int(number)).first()
            return form.draft_of(earlier or self.newest), ""
        return form.draft_of(self.newest), ""

    def _map_rows(self, draft: form.RulesDraft) -> list[form.MapRow]:
        suggested = self.suggested(draft.phrases)
        return [
            form.MapRow(one, tuple(draft.finding_map.get(one.code, suggested[one.code])), suggested[one.code])
            for one in self.findings
        ]

    def save(self) -> HttpResponseBase:
        draft = self.posted()
        base = self.request.POST.get("base_number", "")
        made = save_rules(
            project=self.project, user=self.person, base_number=int(base) if base.isdigit() else -1,
            note=self.request.POST.get("note", ""), **draft.as_arguments(),
        )
        enqueue_extraction(project=self.project, user=self.person)
        messages.success(self.request, f"Version {made.number} is in force. The reports are being read again by it.")
        return redirect(reverse("report-rules-page", args=[self.project.slug]))


class RulesPart(WithRules):
    """A part that answers to what the form says now; nothing is saved."""

    http_method_names = ["post", "options"]
    problem = ""

    def post(self, request: HttpRequest, **_: Any) -> HttpResponseBase:
        try:
            self.look()
        except DomainError as error:
            self.problem = error.message
        return self.show()

    def look(self) -> None:
        """Raises Invalid for a form that cannot be read."""

    def context(self) -> dict[str, Any]:
        return super().context() | {"problem": self.problem}


class TryRules(RulesPart):
    """A text that somebody typed, read by the form's rules."""

    template = "frontend/reports/rules_try.html"
    found: dict[str, Any] = {}

    def look(self) -> None:
        text, language = self.request.POST.get("text", ""), self.request.POST.get("language", "en")
        if len(text) > MOST_CHARACTERS:
            raise Invalid(f"Try at most {MOST_CHARACTERS} characters at a time.", field="text")
        if not text.strip():
            return
        rules = self.rules(self.posted()) if "policy" in self.request.POST else rules_in_force(project=self.project)
        extraction = rules.extractor(language)(text)
        marks, whys = tried_marks(extraction)
        sections = [[one.kind.value, one.span.start, one.span.end] for one in extraction.sections]
        self.found = {
            "blocks": blocks_of(text, sections, marks), "whys": whys, "chips": list(self._chips(rules, extraction)),
            "beyond": [
                (one.finding, STATE_OF[one.value], words.SIGNS[STATE_OF[one.value]]) for one in extraction.labels
                if not any(one.finding in names for names in rules.finding_map.values())
            ],
        }

    def _chips(self, rules: Rules, extraction: Any) -> Any:
        for finding in self.findings:
            labels = [extraction.label(name) for name in rules.finding_map.get(finding.code, ())]
            state = STATE_OF[strongest(label.value for label in labels if label is not None)]
            if state != "not_mentioned":
                yield finding.name, state, words.SIGNS[state]

    def context(self) -> dict[str, Any]:
        return super().context() | self.found


class PreviewRules(RulesPart):
    """What the form's rules would change, over a sample of reports."""

    needs = "manage"
    template = "frontend/reports/rules_preview.html"
    preview: Any = None

    def look(self) -> None:
        self.preview = preview_rules(project=self.project, user=self.person, rules=self.rules(self.posted()))

    def context(self) -> dict[str, Any]:
        names = {finding.code: finding.name for finding in self.findings}
        return super().context() | {"preview": self.preview, "names": names}
