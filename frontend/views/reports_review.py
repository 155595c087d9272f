"""One report: its text with marks, what it says of each finding, and what readers answered to that."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase

from core import audit
from core.access import may
from core.errors import NotFound
from frontend.middleware import is_htmx
from frontend.reports import words
from frontend.reports.marks import marks_of, why_of
from frontend.reports.pieces import blocks_of
from frontend.reports.queue import Queue
from frontend.reports.rows import Said, rows_of
from frontend.views.page import ProjectPage
from imaging.dicomweb.access import note_opening
from reports_nlp.models import Extraction, Report, ReportLink, ReportVerdict, ReportVoice, RulesVersion
from reports_nlp.selectors.flags import flags_of
from reports_nlp.selectors.labels import active_findings, finding_labels
from reports_nlp.selectors.verdict_cases import RESERVED
from reports_nlp.selectors.withheld import is_withheld
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.unmatching import is_matched_by_hand, unmatch

STATE_KEYS = [(state, key, words.SIGNS[state], words.STATE_WORDS[state]) for state, key in words.STATE_KEYS]


class ReviewReport(ProjectPage):
    template = "frontend/reports/review.html"
    partial = "frontend/reports/reading.html"
    http_method_names = ["get", "post", "options"]
    acts = {"unmatch": ("unmatch", "import")}
    report: Report

    def open(self) -> None:
        super().open()
        found = Report.objects.visible_to(self.person).filter(project=self.project, pk=self.kwargs["report"])
        report = found.select_related("study__patient", "project").first()
        if report is None:
            raise NotFound("There is no such report in this project.")
        self.report = report
        if report.study is not None and not self.is_withheld():
            note_opening(self.person, report.study, self.project)

    def is_withheld(self) -> bool:
        return is_withheld(user=self.person, report=self.report)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Looking at the page is an opening of the report: who has seen how it is read can't answer it blind."""
        if not is_htmx(request) and not self.is_withheld():
            subject = f"report:{self.report.pk}"
            audit.record("report.opened", actor=self.person, project=self.project, subject=subject)
        return super().get(request, **kwargs)

    def unmatch(self) -> None:
        done = unmatch(report=self.report, user=self.person)
        lines = f"{done.lines} line{'' if done.lines == 1 else 's'} of the ledger about it withdrawn or corrected"
        messages.success(self.request, f"Taken from study …{done.study.uid[-12:]}: {lines}. The report waits again.")

    def context(self) -> dict[str, Any]:
        context = super().context() | {"report": self.report, "state_keys": STATE_KEYS}
        context["is_matched_by_hand"] = context["may"]["import"] and is_matched_by_hand(self.report)
        queue = Queue(self.project, self.person, self.request.GET)
        context |= queue.around(self.report)
        if self.is_withheld():
            return context | {"is_withheld": True}
        return context | self._reading() | self._versions()

    def _reading(self) -> dict[str, Any]:
        report = self.report
        extraction = Extraction.objects.filter(report=report, is_current=True).first()
        links = list(ReportLink.objects.filter(report=report, created_by=None))
        if extraction is None:
            return {"blocks": blocks_of(report.text, [], marks_of([], links, report.text)), "links": links}
        mentions = list(extraction.mentions.all())
        whys = [why_of(mention, report.text) for mention in mentions]
        labels = finding_labels(
            extraction=extraction, findings=active_findings(self.project),
            finding_map=rules_in_force(project=self.project).finding_map,
        )
        rows = rows_of(labels=labels, lexicon=list(extraction.labels.all()), whys=whys, said=self._said())
        own = [row for row in rows if row.finding is not None]
        return {
            "blocks": blocks_of(report.text, extraction.sections, marks_of(mentions, links, report.text)),
            "extraction": extraction, "links": links, "whys": whys,
            "said_rows": [row for row in own if row.is_said], "unsaid_rows": [row for row in own if not row.is_said],
            "beyond_rows": [row for row in rows if row.finding is None],
            "answered": sum(row.mine is not None for row in own), "answerable": len(own),
            "may_answer": may(self.person, "annotate", self.project) and report.is_latest,
            "is_reserved": report.study is not None and report.study.patient.split in RESERVED,
            "rules": RulesVersion.objects.filter(project=self.project).first(),
        }

    def _said(self) -> Said:
        report = self.report
        given = ReportVerdict.objects.filter(report__project=self.project, report__key=report.key, is_current=True)
        verdicts = list(given.select_related("reader", "finding", "report").order_by("pk"))
        return Said(
            report, self.person, verdicts, flags_of(verdicts=verdicts, project=self.project),
            list(ReportVoice.objects.filter(report=report)),
        )

    def _versions(self) -> dict[str, Any]:
        report = self.report
        versions = list(
            Report.objects.filter(project=self.project, key=report.key).defer("text").order_by("-version")
        )
        before = Report.objects.filter(project=self.project, key=report.key, version__lt=report.version).first()
        return {
            "versions": versions, "latest": versions[0], "before": before,
            "changes": list(_changes(before.text, report.text)) if before else [],
        }


def _changes(before: str, after: str) -> Iterable[tuple[str, str]]:
    """(same | ins | del, words) in reading order; lines stay lines."""
    old, new = before.split(" "), after.split(" ")
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", " ".join(old[a:b])
            continue
        if a < b:
            yield "del", " ".join(old[a:b])
        if c < d:
            yield "ins", " ".join(new[c:d])
