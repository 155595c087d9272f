"""The line that ought to stand of a finding in a study, and the lines of publishing that do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from annotation.models import CurrentObservation, Finding, Observation, Source
from annotation.services.ledger import Line
from core.models import Project
from imaging.models import Study
from reports_nlp.models import Extraction, ReportVerdict
from reports_nlp.selectors.labels import STATE_OF, FindingLabel, strongest
from reports_nlp.services.attributes import grade_of, laterality_of
from reports_nlp.services.overrides import Override
from reports_nlp.services.verdicts import as_shown

PREFIXES = ("rules:", "text:")
"""Sources of kind `report` without a user whose name begins so belong to publishing; imported labels do not."""
Labels = dict[int, dict[Finding, list[tuple[Extraction, FindingLabel]]]]
"""Study → finding → what each of its newest reports says of it."""


@dataclass(frozen=True)
class Word:
    """A line that ought to stand; its evidence is put together only when it is written."""

    line: Line
    evidence: Callable[[], list[dict[str, Any]]] = list

    def written(self) -> Line:
        evidence = self.evidence()
        return replace(self.line, shown={"evidence": evidence}) if evidence else self.line


def our_sources(project: Project) -> QuerySet[Source]:
    """The sources that publishing writes under, and withdraws from."""
    named = Q()
    for prefix in PREFIXES:
        named |= Q(name__startswith=prefix)
    return Source.objects.filter(named, project=project, kind="report", user=None)


def said_by(line: Observation | Line) -> tuple[str, int | None, str, float | None]:
    return line.state, line.grade, line.laterality, line.probability


def standing(project: Project, studies: Sequence[Study]) -> dict[str, dict[tuple[int, int], Observation]]:
    """Source name → (finding, study) → the line of publishing that counts now."""
    rows = CurrentObservation.objects.filter(
        project=project, study__in=studies, subject="study", source__in=our_sources(project)
    ).select_related("observation__finding", "observation__study", "source").defer("observation__shown")
    found: dict[str, dict[tuple[int, int], Observation]] = defaultdict(dict)
    for row in rows:
        found[row.source.name][(row.finding_id, row.study_id)] = row.observation
    return found


def unjudged(labels: Labels) -> tuple[Labels, int]:
    """Without the labels that a reader has judged, and how many of those said something."""
    reports = {one.report_id for rows in labels.values() for pairs in rows.values() for one, _ in pairs}
    verdicts = ReportVerdict.objects.filter(report__in=reports, is_current=True)
    said_of = Coalesce("finding__merged_into", "finding")
    judged = set(verdicts.annotate(said_of=said_of).values_list("report_id", "said_of"))
    left: Labels = {}
    number = 0
    for study, rows in labels.items():
        left[study] = {}
        for finding, pairs in rows.items():
            mine = [pair for pair in pairs if (pair[0].report_id, finding.pk) not in judged]
            number += sum(label.value is not None for pair, label in pairs if (pair.report_id, finding.pk) in judged)
            if mine:
                left[study][finding] = mine
    return left, number


def rules_word(
    study: Study, finding: Finding, pairs: Sequence[tuple[Extraction, FindingLabel]]
) -> Word | None:
    """Of several reports of a study the strongest word counts. None where none says anything."""
    value = strongest(label.value for _, label in pairs)
    if value is None:
        return None
    deciding = [(extraction, label) for extraction, label in pairs if label.value == value]
    mentions = [mention for _, label in deciding for mention in label.mentions] if value == 1 else []
    line = Line(
        finding, study, STATE_OF[value], grade=grade_of(finding=finding, mentions=mentions),
        laterality=laterality_of(finding=finding, mentions=mentions),
    )
    return Word(line, lambda: [as_shown(extraction=extraction, label=label) for extraction, label in deciding])


def override_word(study: Study, finding: Finding, override: Override) -> Word | None:
    if override.state == "not_mentioned":
        return None
    evidence = {
        "definition": override.definition, "report": override.report, "state": override.state,
        "spans": [list(span) for span in override.spans],
    }
    return Word(Line(finding, study, override.state, probability=override.probability), lambda: [evidence])
