"""How far a project's reports are: imported, matched, extracted, judged, published; and what they say, counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count

from annotation.models import CurrentObservation
from core.models import Project
from reports_nlp.models import Extraction, Report, ReportLabel, ReportVerdict
from reports_nlp.selectors.flags import flagged_verdicts
from reports_nlp.selectors.labels import active_findings
from reports_nlp.services.rules_versions import rules_in_force
from workers.models import Job, JobState

EXTRACTING = "reports.extract"


def coverage(*, project: Project) -> dict[str, Any]:
    """Counts of newest versions; `findings` counts reports by what the labels behind each finding say."""
    latest = Report.objects.filter(project=project, is_latest=True)
    extracted = Extraction.objects.filter(report__in=latest, is_current=True)
    verdicts = ReportVerdict.objects.filter(report__project=project, is_current=True)
    lines = CurrentObservation.objects.filter(project=project, source__kind="report", subject="study")
    job = Job.objects.filter(
        project=project, kind=EXTRACTING, state__in=[JobState.QUEUED, JobState.RUNNING]
    ).order_by("-created_at").first()
    rules = rules_in_force(project=project)
    return {
        "reports": latest.count(), "matched": latest.exclude(study=None).count(), "extracted": extracted.count(),
        "judged": verdicts.values("report").distinct().count(), "verdicts": verdicts.count(),
        "flagged": len(flagged_verdicts(project=project)),
        "published_studies": lines.filter(source__user=None).values("study").distinct().count(),
        "published_lines": lines.filter(source__user=None).count(),
        "rules": rules.number, "policy": rules.policy, "job": None if job is None else str(job.pk),
        "findings": _by_finding(project, rules.finding_map),
    }


def _by_finding(project: Project, finding_map: Any) -> list[dict[str, Any]]:
    """Where several names stand for one finding, each counts: the sum may exceed the number of reports."""
    labels = ReportLabel.objects.filter(
        extraction__is_current=True, extraction__report__project=project, extraction__report__is_latest=True
    ).values_list("finding", "value").annotate(n=Count("pk")).order_by()
    counts: Counter[tuple[str, int]] = Counter()
    for name, value, number in labels:
        counts[(name, value)] += number
    return [
        {
            "code": finding.code, "name": finding.name, "names": list(finding_map.get(finding.code, ())),
            **{
                state: sum(counts[(name, value)] for name in finding_map.get(finding.code, ()))
                for state, value in (("present", 1), ("absent", 0), ("equivocal", -1))
            },
        }
        for finding in active_findings(project)
    ]
