"""Where report and image model contradict each other, strongest first, in words that name both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from annotation.models import CurrentObservation, Finding
from core.models import Project
from imaging.models import Split, Study
from reports_nlp.models import Extraction
from reports_nlp.selectors.labels import STATE_OF, active_findings, values_of_many
from reports_nlp.services.image_word import ImageWord, image_words
from reports_nlp.services.rules_versions import rules_in_force

CHUNK = 2000
MOST_NAMED = 3


@dataclass(frozen=True)
class Contradiction:
    """One finding of one study. `strength` is how sure the model is of the opposite, 0 to 1."""

    study: int
    report: int
    finding: str
    name: str
    report_state: str
    probability: float
    model: str
    strength: float

    @property
    def reason(self) -> str:
        percent = f"{100 * self.probability:.0f}%"
        said = "present" if self.report_state == "present" else "no"
        if said == "present":
            return f"the report says {self.name.lower()}, {self.model} says no ({percent})"
        return f"the report says no {self.name.lower()}, {self.model} says yes ({percent})"


def contradictions(*, project: Project) -> list[Contradiction]:
    """All of the training pool that no reader has answered, strongest first. Doubts contradict nobody.

    Reserved and quarantined patients are not looked at.
    """
    findings, finding_map = active_findings(project), rules_in_force(project=project).finding_map
    found: list[Contradiction] = []
    for extracted in _chunks(project):
        values = values_of_many(extractions=[one.extraction for one in extracted], finding_map=finding_map)
        studies = {one.study for one in extracted}
        words = image_words(project=project, studies=studies)
        answered = _answered(project, studies)
        for one in extracted:
            found += _of_report(one, findings, values, words, answered)
    return sorted(found, key=lambda one: (-one.strength, one.study, one.finding))


class _Extracted(NamedTuple):
    """Keys alone: the texts of a pool are hundreds of megabytes, and none is needed here."""

    extraction: int
    report: int
    study: int


def _chunks(project: Project) -> Iterator[list[_Extracted]]:
    pool = Study.objects.filter(
        projects=project, patient__split=Split.POOL, patient__withdrawn_at=None, patient__is_quarantined=False
    )
    rows = Extraction.objects.filter(
        report__project=project, report__is_latest=True, report__study__in=pool, is_current=True
    ).order_by("pk")
    keys = [_Extracted(*row) for row in rows.values_list("pk", "report", "report__study")]
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def _answered(project: Project, studies: set[int]) -> set[tuple[int, int]]:
    """(study, finding) that a reader has seen on the image: there is nothing left to settle."""
    return set(CurrentObservation.objects.filter(
        project=project, study__in=studies, subject="study", source__kind="reader"
    ).values_list("study_id", "finding_id"))


def _of_report(
    extracted: _Extracted, findings: Sequence[Finding], values: Mapping[tuple[int, str], int],
    words: Mapping[tuple[int, str], ImageWord], answered: set[tuple[int, int]],
) -> Iterator[Contradiction]:
    study = extracted.study
    for finding in findings:
        word, value = words.get((study, finding.code)), values.get((extracted.extraction, finding.code))
        if value not in (0, 1) or word is None or (study, finding.pk) in answered:
            continue
        if word.is_present == bool(value):
            continue
        yield Contradiction(
            study, extracted.report, finding.code, finding.name, STATE_OF[value], word.probability, word.model,
            strength=_strength(word),
        )


def _strength(word: ImageWord) -> float:
    """How far the probability lies on its side of the model's threshold, 0 at the threshold, 1 at certainty."""
    if word.is_present:
        return (word.probability - word.threshold) / max(1e-9, 1.0 - word.threshold)
    return (word.threshold - word.probability) / max(1e-9, word.threshold)


def by_study(found: list[Contradiction]) -> dict[int, list[Contradiction]]:
    """Study → its contradictions, strongest first, in the order of the strongest of each."""
    grouped: dict[int, list[Contradiction]] = {}
    for one in found:
        grouped.setdefault(one.study, []).append(one)
    return grouped


def reason_of(found: list[Contradiction]) -> str:
    """For a worklist: the strongest first, at most three named."""
    more = len(found) - MOST_NAMED
    told = "; ".join(one.reason for one in found[:MOST_NAMED])
    return told + (f"; and {more} more" if more > 0 else "")


