"""Records of any kind, as parsers give them, become rows and verdicts: what files and listeners share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports_nlp.models import ReportIntake
from reports_nlp.services.intake_coded import store_codes
from reports_nlp.services.intake_door import Door
from reports_nlp.services.intake_store import Stored, store_reports, write_verdicts
from reports_nlp.services.matching import match_waiting_reports
from reports_nlp.sources import CodedItem, Problem, Record, ReportRecord


@dataclass(frozen=True)
class Taken:
    """What became of a group, and the reports that it brought, new or not."""

    outcomes: list[Stored]
    reports: list[int]


def take_group(*, intake: ReportIntake, door: Door, name: str, group: Sequence[Record]) -> Taken:
    """Store reports and codes, write a verdict for every record. All of it is committed when it returns."""
    reports = [record for record in group if isinstance(record, ReportRecord)]
    codes = [record for record in group if isinstance(record, CodedItem)]
    problems = [record for record in group if isinstance(record, Problem)]
    outcomes: list[Stored] = []
    if reports:
        outcomes += store_reports(intake=intake, door=door, name=name, records=reports)
        stored = [one.report for one in outcomes if one.report is not None and one.verdict != "already-there"]
        match_waiting_reports(project=intake.project, reports=[r.pk for r in stored if r.study_id is None])
    if codes:
        outcomes += store_codes(intake=intake, door=door, name=name, items=codes)
    if problems:
        refused = [Stored(p.place, "ignored" if p.is_ignored else "refused", p.message) for p in problems]
        write_verdicts(intake=intake, name=name, outcomes=refused)
        outcomes += refused
    return Taken(outcomes, [one.report.pk for one in outcomes if one.report is not None])
