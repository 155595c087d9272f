"""Which reports a person looks at, in which order: filters of the list, and the way from one report to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from annotation.models import Finding
from core.models import Project, User
from frontend.reports import words
from reports_nlp.models import Report
from reports_nlp.selectors.active import queue_of_reports
from reports_nlp.selectors.labels import active_findings
from reports_nlp.selectors.reports import ReportFilter, report_list

SHOWN: dict[str, str] = {
    "all": "all reports", "to_review": "to review: nobody has answered",
    "disagree": "where rules, models and image differ",
    "flagged": "flagged: read otherwise since it was answered", "judged": "answered", "unmatched": "without a study",
    "not_extracted": "not searched for findings yet",
}
RANKED = "disagree"
MOST_RANKED = 100
KEPT = ("show", "finding", "state", "text")


@dataclass(frozen=True)
class Queue:
    """The reports that fit what was asked for: newest first, or ranked where voices differ."""

    project: Project
    person: User
    asked: Mapping[str, str]

    @cached_property
    def findings(self) -> list[Finding]:
        return active_findings(self.project)

    @property
    def show(self) -> str:
        show = self.asked.get("show", "")
        return show if show in SHOWN else "all"

    @property
    def finding(self) -> Finding | None:
        return next((one for one in self.findings if one.code == self.asked.get("finding")), None)

    @property
    def state(self) -> str:
        """Only said together with a finding."""
        state = self.asked.get("state", "")
        return (state if state in words.STATE_WORDS else "present") if self.finding else ""

    @cached_property
    def reasons(self) -> dict[int, str]:
        """Of a ranked queue: report → why it stands there, in the order of the queue."""
        if self.show != RANKED:
            return {}
        found = queue_of_reports(project=self.project, user=self.person, count=MOST_RANKED)
        return {one.report.pk: one.reason for one in found}

    @cached_property
    def reports(self) -> QuerySet[Report]:
        show = "all" if self.show == RANKED else self.show
        finding = self.finding.code if self.finding else ""
        chosen = ReportFilter(show=show, finding=finding, state=self.state)
        rows = report_list(project=self.project, user=self.person, chosen=chosen)
        if self.show == RANKED:
            rows = rows.filter(pk__in=self.reasons)
        text = self.asked.get("text", "").strip().lstrip("…")
        if not text:
            return rows
        found = Q(study__uid__endswith=text) | Q(study__patient__pseudonym__istartswith=text)
        return rows.filter(found | Q(pk=int(text)) if text.isdigit() and len(text) < 10 else found)

    def in_order(self) -> QuerySet[Report] | list[Report]:
        """What a pager is given."""
        if self.show != RANKED:
            return self.reports
        place = {pk: n for n, pk in enumerate(self.reasons)}
        return sorted(self.reports, key=lambda report: place[report.pk])

    @property
    def query(self) -> str:
        """What was asked for, as addresses carry it from page to page."""
        kept = {key: self.asked[key] for key in KEPT if self.asked.get(key)}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def words(self) -> str:
        """The filter as a person says it."""
        said = [SHOWN[self.show]] if self.show != "all" or not self.finding else []
        if self.finding:
            said.append(f"{self.finding.name} {words.STATE_WORDS[self.state]}")
        return ", ".join(said)

    def around(self, report: Report) -> dict[str, Any]:
        """The reports before and after this one, and where it stands."""
        before, after, place, length = self._neighbours(report)
        return {
            "queue_query": self.query, "queue_words": self.words, "queue_length": length, "queue_place": place,
            "queue_reason": self.reasons.get(report.pk, ""),
            "next_report": self._address(after), "previous_report": self._address(before),
        }

    def _neighbours(self, report: Report) -> tuple[int | None, int | None, int, int]:
        """Before, after, place from 1 (0: not in the queue any more, since it has been answered), length."""
        if self.show == RANKED:
            order = [one.pk for one in self.in_order()]
            place = order.index(report.pk) if report.pk in order else -1
            after = order[place + 1] if place + 1 < len(order) else None
            return order[place - 1] if place > 0 else None, after, place + 1, len(order)
        rows = self.reports
        after = rows.filter(pk__lt=report.pk).values_list("pk", flat=True).first()
        newer = rows.filter(pk__gt=report.pk)
        before = newer.order_by("pk").values_list("pk", flat=True).first()
        length, is_in = rows.count(), rows.filter(pk=report.pk).exists()
        return before, after, newer.count() + 1 if is_in else 0, length

    def _address(self, report: int | None) -> str:
        return "" if report is None else reverse("report-page", args=[self.project.slug, report]) + self.query
