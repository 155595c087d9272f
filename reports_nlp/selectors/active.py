"""Reports in the order in which judging them teaches most: where rules, text model and image model disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.models import Project, User
from reports_nlp.learning.disagreement import disagreement
from reports_nlp.learning.types import STATES
from reports_nlp.models import Extraction, Report, ReportVerdict, ReportVoice, TextModel
from reports_nlp.selectors.labels import active_findings, values_of_many
from reports_nlp.selectors.withheld import readable_reports
from reports_nlp.services.image_word import ImageWord, image_words
from reports_nlp.services.rules_versions import rules_in_force

CHUNK = 2000
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
    best: list[_Scored] = []
    for extracted in _chunks(project, user):
        values = values_of_many(extractions=[one.extraction for one in extracted], finding_map=finding_map)
        voices = _voices([one.report for one in extracted], codes)
        words = image_words(project=project, studies={one.study for one in extracted if one.study is not None})
        for one in extracted:
            scored = [
                _score(one, code, names[code], values.get((one.extraction, code)), voices, words) for code in names
            ]
            best.append(max(scored, key=lambda each: each.score))
        best = sorted((each for each in best if each.score > 0), key=lambda each: (-each.score, each.report))[:count]
    reports = Report.objects.select_related("study__patient").in_bulk([each.report for each in best])
    return [QueuedReport(reports[each.report], each.finding, each.score, each.reason) for each in best]


class _Extracted(NamedTuple):
    """Keys alone: texts are fetched of those few that are chosen."""

    extraction: int
    report: int
    study: int | None


class _Scored(NamedTuple):
    report: int
    finding: str
    score: float
    reason: str


def _chunks(project: Project, user: User) -> Iterator[list[_Extracted]]:
    judged = ReportVerdict.objects.filter(is_current=True, report__project=project).values("report")
    reports = readable_reports(user=user, project=project).exclude(pk__in=judged)
    rows = Extraction.objects.filter(report__in=reports, is_current=True).order_by("pk")
    keys = [_Extracted(*row) for row in rows.values_list("pk", "report", "report__study")]
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _voices(reports: Sequence[int], codes: Mapping[int, str]) -> dict[tuple[int, str], list[ReportVoice]]:
    found: dict[tuple[int, str], list[ReportVoice]] = defaultdict(list)
    promoted = set(TextModel.objects.filter(finding__in=codes, state="promoted").values_list("finding", "definition"))
    for voice in ReportVoice.objects.filter(report__in=reports, finding__in=codes):
        if not voice.source.startswith("llm:") and (voice.finding_id, voice.definition) not in promoted:
            continue  # a candidate's word, or that of a model which is no longer in use
        found[(voice.report_id, codes[voice.finding_id])].append(voice)
    return found


def _score(
    extracted: _Extracted, code: str, name: str, value: int | None,
    voices: Mapping[tuple[int, str], list[ReportVoice]], words: Mapping[tuple[int, str], ImageWord],
) -> _Scored:
    rules = {1: "present", 0: "absent", -1: "equivocal", None: "not_mentioned"}[value]
    told = {1: "present", 0: "absent", -1: "a doubt", None: "nothing"}[value]
    options = [(0.0, "")]
    for voice in voices.get((extracted.report, code), ()):
        if voice.state != rules:
            options.append((_apart(rules, voice), (
                f"{name}: the rules read {told}, {voice.source} reads {voice.state.replace('_', ' ')}"
            )))
    if value == -1:
        options.append((DOUBT, f"{name}: the rules read a doubt"))
    word = words.get((extracted.study or 0, code))
    if word is not None and value in (0, 1) and word.is_present != bool(value):
        said = "present" if word.is_present else "absent"
        options.append((disagreement(rules=rules, image=word.probability).score, (
            f"{name}: the report says {told}, {word.model} says {said} ({100 * word.probability:.0f}%)"
        )))
    score, reason = max(options)
    return _Scored(extracted.report, code, score, reason)


def _apart(rules: str, voice: ReportVoice) -> float:
    if voice.probability is None:
        return disagreement(rules=rules, llm=voice.state).score
    rest = (1 - voice.probability) / (len(STATES) - 1)
    model = {state: voice.probability if state == voice.state else rest for state in STATES}
    return disagreement(rules=rules, model=model).score
