"""The project's reports: filtered, counted; read again by the rules in force; their labels published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.utils import timezone

from frontend.reports import words
from frontend.reports.queue import RANKED, SHOWN, Queue
from frontend.views.page import ProjectPage
from reports_nlp.models import Report
from reports_nlp.selectors.coverage import coverage
from reports_nlp.selectors.reports import ReportRow, rows_of, withheld_count
from reports_nlp.services.extraction import enqueue_extraction, outdated
from reports_nlp.services.publishing import enqueue_publishing, preview_publication
from reports_nlp.services.rules_versions import rules_in_force
from workers.models import Job, JobState

PER_PAGE = 50
WORK = ("reports.extract", "reports.publish")
STATES = [(state, f"{words.SIGNS[state]} {words.STATE_WORDS[state]}") for state, _ in words.STATE_KEYS]


@dataclass(frozen=True)
class Chip:
    name: str
    state: str
    sign: str


@dataclass(frozen=True)
class Line:
    row: ReportRow
    chips: list[Chip]
    reason: str


class Reports(ProjectPage):
    template = "frontend/reports/list.html"
    partial = "frontend/reports/list_part.html"
    acts: Mapping[str, tuple[str, str]] = {"extract": ("extract", "import"), "publish": ("publish", "manage")}

    @cached_property
    def queue(self) -> Queue:
        return Queue(self.project, self.person, self.request.GET)

    def context(self) -> dict[str, Any]:
        drawn = timezone.now()  # before anything is looked up: what ends from now on may not be in the page
        page = Paginator(self.queue.in_order(), PER_PAGE).get_page(self.request.GET.get("page"))
        return super().context() | {
            "page": page, "lines": self._lines(list(page.object_list)), "findings": self.queue.findings,
            "states": STATES, "shown": SHOWN.items(), "show": self.queue.show, "is_ranked": self.queue.show == RANKED,
            "asked": self.request.GET, "query": self.queue.query, "is_filtered": bool(self.queue.query),
            "withheld": withheld_count(project=self.project, user=self.person),
            **self._counts(), "jobs": self._jobs(), "drawn": drawn.isoformat(), "work": " ".join(WORK),
        }

    def _lines(self, reports: list[Report]) -> list[Line]:
        names = {finding.code: finding.name for finding in self.queue.findings}
        return [
            Line(row, _chips(row, names), self.queue.reasons.get(row.report.pk, ""))
            for row in rows_of(project=self.project, reports=reports)
        ]

    def _counts(self) -> dict[str, Any]:
        """Of all reports, whoever looks: the numbers are the project's, the list is the person's."""
        found = coverage(project=self.project)
        to_review = self._waiting()
        return {
            "has_reports": found["reports"] > 0, "coverage": found, "first_to_review": to_review[0],
            "facts": [
                ("all", "reports", found["reports"]), ("to_review", "to review", to_review[1]),
                ("judged", "answered", found["judged"]), ("flagged", "flagged answers", found["flagged"]),
                ("unmatched", "without a study", found["reports"] - found["matched"]),
            ],
            "outdated": outdated(project=self.project, rules=rules_in_force(project=self.project)).count(),
        }

    def _waiting(self) -> tuple[int | None, int]:
        """The first report to review, and how many there are."""
        rows = Queue(self.project, self.person, {"show": "to_review"}).reports
        return rows.values_list("pk", flat=True).first(), rows.count()

    def _jobs(self) -> list[Job]:
        unfinished = Job.objects.filter(
            project=self.project, kind__in=WORK, parent=None, state__in=[JobState.QUEUED, JobState.RUNNING]
        )
        return list(unfinished.order_by("created_at"))

    def extract(self) -> None:
        enqueue_extraction(project=self.project, user=self.person)
        messages.success(self.request, "The reports are being read by the rules in force.")

    def publish(self) -> None:
        enqueue_publishing(project=self.project, user=self.person)
        messages.success(self.request, "Publishing has begun. It is one act in the ledger, and can be undone.")


class PublishPreview(ProjectPage):
    """What publishing would write, counted without writing it."""

    needs = "train"
    template = "frontend/reports/publish.html"
    http_method_names = ["get", "options"]

    def context(self) -> dict[str, Any]:
        return super().context() | {"preview": preview_publication(project=self.project)}


def _chips(row: ReportRow, names: Mapping[str, str]) -> list[Chip]:
    """What is there before what may be there before what is not."""
    groups = [("present", row.present), ("equivocal", row.equivocal), ("absent", row.absent)]
    return [
        Chip(names[code], state, words.SIGNS[state]) for state, codes in groups for code in codes if code in names
    ]
