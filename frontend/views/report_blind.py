"""A report drawn at random, and the reader's word on it before anything is suggested: accuracy without its pull."""

from __future__ import annotations

from typing import Any

from django.contrib import messages

from core.errors import NotFound
from frontend.reports import words
from frontend.views.page import ProjectPage
from reports_nlp.models import Report
from reports_nlp.selectors.labels import active_findings
from reports_nlp.services.blind import answer_blind, next_blind_report

PREFIX = "answer-"
CHOICES = [(state, key, words.SIGNS[state], words.STATE_WORDS[state]) for state, key in words.STATE_KEYS]


class BlindReport(ProjectPage):
    needs = "annotate"
    template = "frontend/reports/blind.html"
    acts = {"answer": ("answer", "annotate")}

    def context(self) -> dict[str, Any]:
        report = next_blind_report(project=self.project, reader=self.person)
        given = {name: value for name, value in self.request.POST.items() if name.startswith(PREFIX)}
        findings = [
            {"finding": finding, "field": f"{PREFIX}{finding.code}", "chosen": given.get(f"{PREFIX}{finding.code}", "")}
            for finding in active_findings(self.project)
        ]
        return super().context() | {"report": report, "findings": findings, "choices": CHOICES}

    def answer(self) -> None:
        sent = self.request.POST
        pk = sent.get("report", "")
        reports = Report.objects.visible_to(self.person).filter(project=self.project)
        report = reports.select_related("study__patient", "project").filter(pk=pk if pk.isdigit() else 0).first()
        if report is None:
            raise NotFound("There is no such report in this project.")
        answers = {name.removeprefix(PREFIX): str(value) for name, value in sent.items() if name.startswith(PREFIX)}
        answer_blind(report=report, reader=self.person, digest=sent.get("digest", ""), answers=answers)
        messages.success(self.request, f"Report {report.pk} is answered. Here is the next one.")
