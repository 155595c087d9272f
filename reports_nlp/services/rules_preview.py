"""What a change of the rules would change, tried on a sample of reports before anything is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotation.models import Finding
from core.models import Project, User
from reports_nlp.models import Report, ReportVerdict
from reports_nlp.selectors.labels import STATE_OF, active_findings, strongest
from reports_nlp.selectors.withheld import readable_reports
from reports_nlp.services.rules_versions import Rules, rules_in_force
from reports_nlp.stages import types

SAMPLE, MOST_EXAMPLES = 200, 20


@dataclass(frozen=True)
class Example:
    """One label that would change; start and end are the sentence that decides, 0 and 0 where none does."""

    report: int
    finding: str
    before: str
    after: str
    start: int = 0
    end: int = 0
    sentence: str = ""


@dataclass
class RulesPreview:
    """Counts over the sample. `agree_before` and `agree_after` of `verdicts` readers' verdicts on it."""

    reports: int = 0
    changed_reports: int = 0
    labels: int = 0
    changed_labels: int = 0
    changes: list[dict[str, object]] = field(default_factory=list)
    """finding, before, after, count; most frequent first."""
    examples: list[Example] = field(default_factory=list)
    verdicts: int = 0
    agree_before: int = 0
    agree_after: int = 0


def preview_rules(*, project: Project, user: User, rules: Rules, sample: int = SAMPLE) -> RulesPreview:
    """Read a sample under the rules in force and under `rules`; judged reports first, then by the text's digest.

    Nothing is saved, and only reports that this person may see are read.
    """
    before, findings = rules_in_force(project=project), active_findings(project)
    reports = _sample(project, user, sample)
    told = RulesPreview(reports=len(reports))
    changes: Counter[tuple[str, str, str]] = Counter()
    verdicts = _verdicts(reports)
    for report in reports:
        old, new = (one.extractor(report.language)(report.text, labels_only=True) for one in (before, rules))
        is_changed = False
        for finding in findings:
            then, now = _state(old, before, finding), _state(new, rules, finding)
            told.labels += then[0] != "not_mentioned" or now[0] != "not_mentioned"
            for said in verdicts.get((report.pk, finding.pk), ()):
                told.verdicts += 1
                told.agree_before += said == then[0]
                told.agree_after += said == now[0]
            if then[0] == now[0]:
                continue
            is_changed = True
            changes[(finding.code, then[0], now[0])] += 1
            if len(told.examples) < MOST_EXAMPLES:
                told.examples.append(_example(report, finding, then, now))
        told.changed_reports += is_changed
    told.changed_labels = sum(changes.values())
    told.changes = [
        {"finding": code, "before": then, "after": now, "count": count}
        for (code, then, now), count in changes.most_common()
    ]
    return told


def _sample(project: Project, user: User, size: int) -> list[Report]:
    """In an order that nothing but the texts decides, so that two previews look at the same reports."""
    rows = readable_reports(user=user, project=project)
    judged = ReportVerdict.objects.filter(report__project=project, is_current=True).values("report")
    chosen = list(rows.filter(pk__in=judged).order_by("digest", "pk")[:size])
    return chosen + list(rows.exclude(pk__in=judged).order_by("digest", "pk")[: size - len(chosen)])


def _verdicts(reports: Sequence[Report]) -> dict[tuple[int, int], list[str]]:
    found: dict[tuple[int, int], list[str]] = {}
    rows = ReportVerdict.objects.filter(report__in=reports, is_current=True)
    for report, finding, state in rows.values_list("report_id", "finding_id", "state"):
        found.setdefault((report, finding), []).append(state)
    return found


Said = tuple[str, types.Span | None]


def _state(found: types.Extraction, rules: Rules, finding: Finding) -> Said:
    """The finding's state, and the sentence that decides it."""
    labels = [one for name in rules.finding_map.get(finding.code, ()) if (one := found.label(name)) is not None]
    value = strongest(label.value for label in labels)
    deciding = [found.mentions[n] for label in labels if label.value == value for n in label.mentions]
    return STATE_OF[value], deciding[0].sentence if deciding else None


def _example(report: Report, finding: Finding, then: Said, now: Said) -> Example:
    sentence = now[1] or then[1]
    if sentence is None:
        return Example(report.pk, finding.code, then[0], now[0])
    return Example(
        report.pk, finding.code, then[0], now[0], sentence.start, sentence.end, sentence.of(report.text)[:400]
    )
