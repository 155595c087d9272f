"""Simulated readers of reports: on phantoms the truth is on record and their reports are true to it.

They use the same service as people and stay marked; their verdicts show what the accuracy page is for.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from annotation.services.simulated_readers import truth_of
from core.errors import Invalid
from core.models import Project, User
from reports_nlp.models import Extraction, Report, ReportVerdict
from reports_nlp.selectors.labels import FindingLabel, active_findings, finding_labels
from reports_nlp.selectors.withheld import readable_reports
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.verdicts import Shown, accept_label, correct_label

SLIPS = 0.02
"""How often a simulated reader presses the wrong key."""


def judge_reports(
    *, project: Project, reader: User, count: int, seed: int, after_each: Callable[[int], None] = lambda done: None
) -> int:
    """Judge every finding of up to `count` extracted reports that this reader has not judged; returns how many.

    Raises Invalid unless the reader is marked as simulated.
    """
    if not reader.is_simulated:
        raise Invalid(f"{reader} is a person; only simulated readers may be driven by a program.")
    judged = ReportVerdict.objects.filter(reader=reader, is_current=True).values("report")
    extracted = Extraction.objects.filter(is_current=True).values("report")
    reports = readable_reports(user=reader, project=project).exclude(study=None).exclude(pk__in=judged)
    chosen = reports.filter(pk__in=extracted).select_related("study__patient", "project").order_by("digest")[:count]
    for done, report in enumerate(list(chosen), start=1):
        _judge(report, reader, seed)
        after_each(done)
    return len(chosen)


def _judge(report: Report, reader: User, seed: int) -> None:
    assert report.study is not None
    truth = truth_of(report.study)
    extraction = Extraction.objects.get(report=report, is_current=True)
    rules = rules_in_force(project=report.project)
    # One stream per report: the same reader judges the same report the same way, whatever the order.
    generator = random.Random(f"{seed}:{reader.username}:{report.digest}")
    shown = Shown(extraction.definition, report.digest)
    labels = finding_labels(
        extraction=extraction, findings=active_findings(report.project), finding_map=rules.finding_map
    )
    for label in labels:
        if label.finding.code not in truth:
            continue
        state = _said(label, truth[label.finding.code], generator)
        if state is None:
            accept_label(report=report, finding=label.finding, reader=reader, shown=shown)
        else:
            correct_label(report=report, finding=label.finding, reader=reader, shown=shown, state=state)


def _said(label: FindingLabel, is_there: bool, generator: random.Random) -> str | None:
    """None accepts. A report may leave out what is absent; what is there it names."""
    if generator.random() < SLIPS:
        return "absent" if is_there else "present"
    if is_there:
        return None if label.value == 1 else "present"
    return None if label.value in (0, None) else "absent"
