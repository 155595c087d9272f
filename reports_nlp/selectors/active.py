"""Reports in the order in which judging them teaches most: where rules, text model and image model disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.models import Project, User
from reports_nlp.learning.disagreement import disagreement
from reports_nlp.learning.types import STATES
from reports_nlp.models import Extraction, Report, ReportVerdict, ReportVoice, TextModel
from reports_nlp.selectors.labels import active_findings, values_of_many
from reports_nlp.selectors.withheld import readable_reports
from reports_nlp.services.image_word import ImageWord, image_words
from reports_nlp.services.rules_versions import rules_in_force

CHUNK = 500
DOUBT = 0.2
"""Score of a doubt that the rules read; `learning.disagreement` says how the others are scored, 0 to 1."""


@dataclass(frozen=True)
class QueuedReport:
    """A report that waits for a verdict. `score` orders; `reason` names who says what."""

    report: Report
    finding: str
    score: float
    reason: str


def queue_of_reports(*, project: Project, user: User, count: int = 50) -> list[QueuedReport]:
    """The `count` reports that teach most, without those that this person has judged or must not see yet.

    A trained text model against the rules teaches most (weighted by how sure it is), then a doubt of the text, then the
    image model against the report.
    """
    names = {finding.code: finding.name for finding in active_findings(project)}
    codes = {finding.pk: finding.code for finding in active_findings(project)}
    finding_map = rules_in_force(project=project).finding_map
    best: list[QueuedReport] = []
    for extractions in _chunks(project, user):
        values = values_of_many(extractions=[one.pk for one in extractions], finding_map=finding_map)
        reports = {one.report_id: one for one in extractions}
        voices = _voices(reports, codes)
        words = image_words(
            project=project, studies={one.report.study_id for one in extractions if one.report.study_id is not None}
        )
        for extraction in extractions:
            scored = [
                _score(extraction, code, names[code], values.get((extraction.pk, code)), voices, words)
                for code in names
            ]
            best.append(max(scored, key=lambda one: one.score))
        best = sorted((one for one in best if one.score > 0), key=lambda one: (-one.score, one.report.pk))[:count]
    return best


def _chunks(project: Project, user: User) -> Iterator[list[Extraction]]:
    judged = ReportVerdict.objects.filter(is_current=True, report__project=project).values("report")
    reports = readable_reports(user=user, project=project).exclude(pk__in=judged)
    rows = Extraction.objects.filter(report__in=reports, is_current=True).select_related("report__study__patient")
    after = 0
    while chunk := list(rows.order_by("pk").filter(pk__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1].pk


def _voices(reports: Mapping[int, Extraction], codes: Mapping[int, str]) -> dict[tuple[int, str], list[ReportVoice]]:
    found: dict[tuple[int, str], list[ReportVoice]] = defaultdict(list)
    promoted = set(TextModel.objects.filter(finding__in=codes, state="promoted").values_list("finding", "definition"))
    for voice in ReportVoice.objects.filter(report__in=reports, finding__in=codes):
        if not voice.source.startswith("llm:") and (voice.finding_id, voice.definition) not in promoted:
            continue  # a candidate's word, or that of a model which is no longer in use
        found[(voice.report_id, codes[voice.finding_id])].append(voice)
    return found


def _score(
    extraction: Extraction, code: str, name: str, value: int | None,
    voices: Mapping[tuple[int, str], list[ReportVoice]], words: Mapping[tuple[int, str], ImageWord],
) -> QueuedReport:
    rules = {1: "present", 0: "absent", -1: "equivocal", None: "not_mentioned"}[value]
    told = {1: "present", 0: "absent", -1: "a doubt", None: "nothing"}[value]
    options = [(0.0, "")]
    for voice in voices.get((extraction.report_id, code), ()):
        if voice.state != rules:
            options.append((_apart(rules, voice), (
                f"{name}: the rules read {told}, {voice.source} reads {voice.state.replace('_', ' ')}"
            )))
    if value == -1:
        options.append((DOUBT, f"{name}: the rules read a doubt"))
    word = words.get((extraction.report.study_id or 0, code))
    if word is not None and value in (0, 1) and word.is_present != bool(value):
        said = "present" if word.is_present else "absent"
        options.append((disagreement(rules=rules, image=word.probability).score, (
            f"{name}: the report says {told}, {word.model} says {said} ({100 * word.probability:.0f}%)"
        )))
    score, reason = max(options)
    return QueuedReport(extraction.report, code, score, reason)


def _apart(rules: str, voice: ReportVoice) -> float:
    if voice.probability is None:
        return disagreement(rules=rules, llm=voice.state).score
    rest = (1 - voice.probability) / (len(STATES) - 1)
    model = {state: voice.probability if state == voice.state else rest for state in STATES}
    return disagreement(rules=rules, model=model).score
