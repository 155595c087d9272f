"""How right the labelers are, per finding: against verdicts on the reports' text, or against answers on the images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from annotation.models import Finding
from annotation.selectors.answers import verified_answers
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Study
from reports_nlp.models import Extraction, Report, ReportVoice, TextModel
from reports_nlp.selectors.labels import STATE_OF, labels_of_many, values_of_many
from reports_nlp.selectors.verdict_cases import RESERVED, VerdictCase, active_by_code, is_held_out, verdict_cases
from reports_nlp.selectors.withheld import withheld_studies
from reports_nlp.services.rules_versions import rules_in_force

if TYPE_CHECKING:
    from reports_nlp.learning.evaluate import Case, Scores

AGAINST = ("verdicts", "readings")
ONLY = ("all", "blind")
SEEN = "Verdicts given while seeing a suggestion lean towards it: readers let pass what they would not have written."
BLIND = "Blind verdicts only: given before any suggestion was shown."
PICKED = "Reports that were read because voices disagree are harder than the average report."
HELD_OUT = "Text models are judged on held-out patients alone; `rules` beside them are the rules on the same cases."
IMAGES = (
    "Against answers on the images: a report that is understood rightly may still differ from what a reader sees, and "
    "what a report does not mention is not counted as absent."
)


@dataclass(frozen=True)
class Judged:
    """One labeler's word on one report and finding beside the reader's."""

    report_id: int
    patient: str
    finding: Finding
    labeler: str
    """rules, text:<kind> or llm:<model>."""
    truth: str
    said: str
    spans: tuple[tuple[int, int], ...]
    """What decided the labeler; of the rules, told of errors alone."""
    reader_spans: tuple[tuple[int, int], ...]
    is_blind: bool
    is_held_out: bool
    rules_said: str


@dataclass(frozen=True)
class LabelerScores:
    labeler: str
    scores: Scores
    rules: Scores | None
    """The rules on the same cases; None for the rules themselves."""


@dataclass(frozen=True)
class Accuracy:
    against: str
    only: str
    caveats: tuple[str, ...]
    left_out: dict[str, int]
    simulated: int
    """Cases answered by simulated readers alone."""
    overall: tuple[LabelerScores, ...]
    findings: tuple[tuple[Finding, tuple[LabelerScores, ...]], ...]


@dataclass(frozen=True)
class _Cases:
    cases: tuple[VerdictCase, ...]
    left_out: dict[str, int]


def accuracy(*, project: Project, against: str = "verdicts", only: str = "all") -> Accuracy:
    """Scores of every labeler that has said something, per finding and over all. Raises Invalid for unknown choices."""
    given = _given(project, against, only)
    rows = judged(project=project, given=given.cases)
    by_finding: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        by_finding[row.finding.code].append(row)
    findings = active_by_code(project)
    return Accuracy(
        against, only, _caveats(against, only), given.left_out, sum(case.is_simulated for case in given.cases),
        _scored(rows),
        tuple((finding, _scored(by_finding[code])) for code, finding in findings.items() if by_finding[code]),
    )


def errors(
    *, project: Project, user: User, against: str = "verdicts", only: str = "all", finding: str = "", labeler: str = ""
) -> list[Judged]:
    """Where labeler and reader differ, newest report first; reports that this person must not see yet are left out."""
    given = _given(project, against, only)
    visible = Report.objects.visible_to(user).filter(pk__in={case.report_id for case in given.cases})
    visible = visible.exclude(study__in=withheld_studies(user=user, project=project))
    seen = set(visible.values_list("pk", flat=True))
    rows = judged(project=project, given=[case for case in given.cases if case.report_id in seen])
    wrong = [
        row for row in rows
        if row.said != row.truth and finding in ("", row.finding.code) and labeler in ("", row.labeler)
    ]
    return sorted(_located(wrong, project), key=lambda row: (-row.report_id, row.finding.code, row.labeler))


def _located(rows: list[Judged], project: Project) -> list[Judged]:
    """With the mentions that decided the rules: looked up for errors alone, which are few."""
    reports = {row.report_id for row in rows if row.labeler == "rules"}
    current = {one.pk: one for one in Extraction.objects.filter(report__in=reports, is_current=True)}
    labels = labels_of_many(
        extractions=current.values(), findings=list(active_by_code(project).values()),
        finding_map=rules_in_force(project=project).finding_map,
    )
    where = {
        (current[pk].report_id, label.finding.pk): tuple((one.start, one.end) for one in label.mentions)
        for pk, found in labels.items() for label in found
    }
    return [
        replace(row, spans=where.get((row.report_id, row.finding.pk), ())) if row.labeler == "rules" else row
        for row in rows
    ]


def _given(project: Project, against: str, only: str) -> _Cases:
    if against not in AGAINST:
        raise Invalid(f"{against!r} is nothing to compare with; known: {', '.join(AGAINST)}.", field="against")
    if only not in ONLY:
        raise Invalid(f"{only!r} is no choice of verdicts; known: {', '.join(ONLY)}.", field="only")
    if against == "readings":
        if only == "blind":
            raise Invalid("Only verdicts on reports are blind or not.", field="only")
        return _readings(project)
    found = verdict_cases(project=project, only_blind=only == "blind")
    return _Cases(found.cases, found.left_out)


def _caveats(against: str, only: str) -> tuple[str, ...]:
    if against == "readings":
        return (IMAGES, HELD_OUT)
    return (BLIND if only == "blind" else SEEN, PICKED, HELD_OUT)


def _readings(project: Project) -> _Cases:
    """Readers' answers on images as cases of the studies' newest reports; reserved sets stay out."""
    reports = Report.objects.filter(project=project, is_latest=True, study__isnull=False)
    studies = Study.objects.filter(pk__in=reports.values("study"), patient__is_quarantined=False)
    pool = studies.filter(patient__withdrawn_at=None).exclude(patient__split__in=RESERVED)
    patient_of = dict(pool.values_list("pk", "patient__pseudonym"))
    report_of: dict[int, int] = dict(reports.order_by("pk").values_list("study_id", "pk"))
    answers = verified_answers(project=project, studies=patient_of)
    cases, unclear = [], 0
    for (study, code), answer in answers.items():
        if answer.state not in ("present", "absent", "equivocal"):
            unclear += 1
            continue
        patient = patient_of[study]
        cases.append(VerdictCase(
            report_of[study], study, patient, code, answer.state, is_blind=False, is_accepted=False,
            is_held_out=is_held_out(patient), is_simulated=answer.is_simulated, spans=(),
        ))
    return _Cases(tuple(cases), {"not assessable": unclear} if unclear else {})


def judged(*, project: Project, given: Iterable[VerdictCase]) -> list[Judged]:
    """Every labeler's word beside each case. Text models speak of held-out patients alone."""
    cases = list(given)
    findings = active_by_code(project)
    reports = {case.report_id for case in cases}
    current = dict(Extraction.objects.filter(report__in=reports, is_current=True).values_list("report", "pk"))
    finding_map = rules_in_force(project=project).finding_map
    values = values_of_many(extractions=list(current.values()), finding_map=finding_map)
    voices = _voices(reports, project)
    rows: list[Judged] = []
    for case in cases:
        finding, extraction = findings.get(case.finding), current.get(case.report_id)
        if finding is None or extraction is None:
            continue
        ruled = STATE_OF[values.get((extraction, case.finding))]
        said: list[_Word] = [("rules", ruled, ()), *voices.get((case.report_id, finding.pk), [])]
        rows += [
            Judged(
                case.report_id, case.patient, finding, labeler, case.state, state, spans, case.spans, case.is_blind,
                case.is_held_out, ruled,
            )
            for labeler, state, spans in said if case.is_held_out or not labeler.startswith("text:")
        ]
    return rows


_Word = tuple[str, str, tuple[tuple[int, int], ...]]
"""Labeler, state, spans."""


def _voices(reports: set[int], project: Project) -> Mapping[tuple[int, int], list[_Word]]:
    """(report, finding) → (labeler, state, spans) of the newest text model of each kind and of language models."""
    newest: dict[tuple[int, str], TextModel] = {}
    for model in TextModel.objects.filter(project=project).order_by("pk"):
        newest[(model.finding_id, model.kind)] = model
    definitions = {(model.finding_id, model.definition): f"text:{model.kind}" for model in newest.values()}
    found: dict[tuple[int, int], dict[str, _Word]] = defaultdict(dict)
    for voice in ReportVoice.objects.filter(report__in=reports).order_by("source"):
        is_llm = voice.source.startswith("llm:")
        labeler = voice.source if is_llm else definitions.get((voice.finding_id, voice.definition), "")
        if labeler:
            spans = tuple((span[0], span[1]) for span in voice.spans)
            found[(voice.report_id, voice.finding_id)][labeler] = (labeler, voice.state, spans)
    return {key: list(said.values()) for key, said in found.items()}


def _scored(rows: list[Judged]) -> tuple[LabelerScores, ...]:
    from reports_nlp.learning.evaluate import Case, score

    by_labeler: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        by_labeler[row.labeler].append(row)
    told = []
    for labeler in sorted(by_labeler, key=lambda name: (name != "rules", name)):
        mine = by_labeler[labeler]
        own: list[Case] = [Case(row.patient, row.truth, row.said) for row in mine]
        ruled = [Case(row.patient, row.truth, row.rules_said) for row in mine]
        told.append(LabelerScores(labeler, score(own), None if labeler == "rules" else score(ruled)))
    return tuple(told)
