"""What reports say becomes observations: of matched studies, of the project's findings, under sources of their own.

One act writes one batch per source (the rules; each promoted text model). Only lines that differ from what stands are
written, and what no report says any more is withdrawn; withdrawing the batch undoes the act. What a reader has judged
stands as that reader's own line, so no machine repeats or contradicts it. Studies of reserved sets are left out:
nothing but readers' eyes on the image says what is true there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from annotation.models import Batch, CurrentObservation, Finding, Observation, ObservationState, Source
from annotation.services.ledger import Line, get_source, record_observations
from core import audit
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Split, Study
from reports_nlp.models import Extraction, Report, ReportVerdict
from reports_nlp.selectors.labels import (
    STATE_OF,
    STRONGEST_FIRST,
    FindingLabel,
    active_findings,
    labels_of_many,
    strongest,
)
from reports_nlp.services.attributes import grade_of, laterality_of
from reports_nlp.services.extraction import project_of
from reports_nlp.services.overrides import Override, Overrides, promoted_overrides
from reports_nlp.services.rules_versions import rules_in_force
from reports_nlp.services.text_models import enqueue_voices
from reports_nlp.services.verdicts import as_shown
from workers.engine import JobContext, defer
from workers.models import Job

KIND = "reports.publish"
BATCH = 200
"""Studies looked at and written in one transaction."""
PREVIEWED = 3000
"""Studies that a preview looks at: a million would keep a page waiting for minutes."""
PREFIXES = ("rules:", "text:")
"""Sources of kind `report` without a user whose name begins so belong to publishing; imported labels do not."""
Fenced = Callable[[], AbstractContextManager[Any]]
Labels = dict[int, dict[Finding, list[tuple[Extraction, FindingLabel]]]]
"""Study → finding → what each of its newest reports says of it."""


@dataclass
class Published:
    """What an act of publishing wrote, or would write. Lines, but for the studies."""

    studies: int = 0
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    judged: int = 0
    """Labels that readers have judged: their lines stand instead."""
    reserved_studies: int = 0
    unmatched_reports: int = 0
    not_extracted_reports: int = 0
    batches: list[int] = field(default_factory=list)
    is_partial: bool = False
    """A preview that looked at the first studies only."""

    @property
    def lines(self) -> int:
        return self.new + self.changed + self.withdrawn

    @property
    def sentence(self) -> str:
        """For the page, before and after."""
        told = f"{self.new} new, {self.changed} changed, {self.withdrawn} withdrawn, {self.unchanged} as they are; "
        told += f"from the reports of {self.studies} studies."
        left = [
            f"{number} {what}" for number, what in (
                (self.judged, "labels that readers have judged (their own lines stand)"),
                (self.reserved_studies, "studies of reserved sets"), (self.unmatched_reports, "unmatched reports"),
                (self.not_extracted_reports, "reports not extracted yet"),
            ) if number
        ]
        told = f"Of the first studies alone: {told}" if self.is_partial else told
        return told + (f" Left out: {', '.join(left)}." if left else "")


@dataclass(frozen=True)
class _Word:
    """A line that ought to stand; its evidence is put together only when it is written."""

    line: Line
    evidence: Callable[[], list[dict[str, Any]]] = list

    def written(self) -> Line:
        evidence = self.evidence()
        return replace(self.line, shown={"evidence": evidence}) if evidence else self.line


def enqueue_publishing(*, project: Project, user: User | None) -> Job:
    """Queue it; an unfinished job of the project is returned instead. Raises Invalid when there is nothing to say."""
    if not Extraction.objects.filter(report__project=project, is_current=True, report__is_latest=True).exists():
        raise Invalid("No report of this project has been extracted yet. Import reports first.")
    # What the models have not read yet is published as the rules read it, and again when they have.
    enqueue_voices(project=project)
    return defer(
        KIND, payload={}, project=project, user=user, label="Publish report labels",
        dedupe_key=f"publish-reports:{project.pk}",
    )


def run_publishing(*, job: JobContext) -> dict[str, Any]:
    """The job's work. Cut off and run again, it goes on where it ended, in the same batch."""
    done = publish_labels(
        project=project_of(job), user=job.created_by(), key=str(job.id), fenced=job.fenced,
        progress=job.progress,
    )
    return {**vars(done), "sentence": done.sentence}


def publish_labels(
    *, project: Project, user: User | None, key: str | None = None, fenced: Fenced = transaction.atomic,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Published:
    """Bring the ledger to what the reports say now. Publishing twice writes nothing the second time.

    key  names the act, so that a job that was cut off goes on in its own batch.
    """
    act = _Act(project, user, key)
    for fraction, studies in _chunks(project):
        with fenced():
            act.write(studies)
        progress(fraction)
    act.end()
    return act.done


def retract_unsaid(*, project: Project, study: Study, user: User | None) -> Published:
    """Withdraw or correct the published lines of a study that its reports no longer bear out; publish nothing new."""
    act = _Act(project, user, None)
    act.write([study], only_standing=True)
    act.end()
    return act.done


def preview_publication(*, project: Project, most: int | None = PREVIEWED) -> Published:
    """The same counts, nothing written; of about `most` studies (None: of all), and it says so."""
    act = _Act(project, None, None, is_rehearsal=True)
    for fraction, studies in _chunks(project):
        act.write(studies)
        if most is not None and act.done.studies >= most and fraction < 1.0:
            act.done.is_partial = True
            break
    return act.done


def _chunks(project: Project) -> Iterator[tuple[float, list[Study]]]:
    """Studies that have a report or had published lines, in the order of their keys, with the share that is done."""
    ours = Observation.objects.filter(project=project, source__in=our_sources(project))
    studies = Study.objects.filter(
        Q(pk__in=Report.objects.filter(project=project).exclude(study=None).values("study"))
        | Q(pk__in=ours.values("study")), patient__withdrawn_at=None,
    ).select_related("patient").order_by("pk")
    total, after, seen = studies.count(), 0, 0
    while chunk := list(studies.filter(pk__gt=after)[:BATCH]):
        after, seen = chunk[-1].pk, seen + len(chunk)
        yield min(1.0, seen / max(1, total)), chunk


def our_sources(project: Project) -> QuerySet[Source]:
    """The sources that publishing writes under, and withdraws from."""
    named = Q()
    for prefix in PREFIXES:
        named |= Q(name__startswith=prefix)
    return Source.objects.filter(named, project=project, kind="report", user=None)


class _Act:
    """One act of publishing: what it found, and the batches that it opened when it had something to write."""

    def __init__(self, project: Project, user: User | None, key: str | None, *, is_rehearsal: bool = False) -> None:
        self.done = Published()
        self._project, self._user, self._key, self._is_rehearsal = project, user, key, is_rehearsal
        self._rules = rules_in_force(project=project)
        self._findings = active_findings(project)
        self._batches: dict[str, Batch] = {}
        latest = Report.objects.filter(project=project, is_latest=True)
        extracted = Extraction.objects.filter(is_current=True).values("report")
        self.done.unmatched_reports = latest.filter(study=None).count()
        self.done.not_extracted_reports = latest.exclude(study=None).exclude(pk__in=extracted).count()

    def write(self, studies: Sequence[Study], *, only_standing: bool = False) -> None:
        """Compare these studies' reports with the ledger, and write what differs; or of what stands there already."""
        wanted = self._wanted(studies)
        current = _standing(self._project, studies)
        for name in sorted({*current} if only_standing else {*wanted, *current}):
            standing, said = current.get(name, {}), wanted.get(name, {})
            if only_standing:
                said = {key: word for key, word in said.items() if key in standing}
            words = list(self._differing(said, standing))
            if words and not self._is_rehearsal:
                self._record(name, words)

    def end(self) -> None:
        for batch in self._batches.values():
            self.done.batches.append(batch.pk)
            audit.record(
                "reports.published", actor=self._user, project=self._project, subject=f"batch:{batch.pk}",
                lines=batch.observations.count(),
            )

    def _wanted(self, studies: Sequence[Study]) -> dict[str, dict[tuple[int, int], _Word]]:
        """Source name → (finding, study) → the line that ought to stand."""
        wanted: dict[str, dict[tuple[int, int], _Word]] = defaultdict(dict)
        reserved = [study for study in studies if study.patient.split not in (Split.POOL, Split.UNASSIGNED)]
        self.done.reserved_studies += len(reserved)
        usable = {s.pk: s for s in studies if s not in reserved and not s.patient.is_quarantined}
        labels, judged = _unjudged(self._labels(usable))
        self.done.judged += judged
        reports = [one.report_id for rows in labels.values() for pairs in rows.values() for one, _ in pairs]
        overrides = promoted_overrides(project=self._project, reports=set(reports))
        for study, rows in labels.items():
            self.done.studies += 1
            for finding, pairs in rows.items():
                name, word = self._word(usable[study], finding, pairs, overrides)
                if word is not None:
                    wanted[name][(finding.pk, study)] = word
        return wanted

    def _labels(self, studies: dict[int, Study]) -> Labels:
        extractions = {
            one.pk: one for one in Extraction.objects.filter(
                report__project=self._project, report__is_latest=True, report__study__in=studies, is_current=True
            ).select_related("report").order_by("report_id")
        }
        labels = labels_of_many(
            extractions=extractions.values(), findings=self._findings, finding_map=self._rules.finding_map,
            # A rehearsal compares: sides and grades come from present mentions, the rest would be evidence.
            mentions_of=(1,) if self._is_rehearsal else STRONGEST_FIRST,
        )
        found: Labels = {}
        for pk, extraction in extractions.items():
            study = extraction.report.study_id
            assert study is not None
            rows = found.setdefault(study, defaultdict(list))
            for label in labels[pk]:
                rows[label.finding].append((extraction, label))
        return found

    def _word(
        self, study: Study, finding: Finding, pairs: Sequence[tuple[Extraction, FindingLabel]], overrides: Overrides
    ) -> tuple[str, _Word | None]:
        """A promoted text model's word where it has one, else the rules'."""
        override = overrides.of(finding=finding, reports=[extraction.report_id for extraction, _ in pairs])
        if override is not None:
            return override.source, _override_word(study, finding, override)
        return f"rules:{self._rules.policy}", _rules_word(study, finding, pairs)

    def _differing(
        self, wanted: dict[tuple[int, int], _Word], current: dict[tuple[int, int], Observation]
    ) -> Iterator[_Word]:
        for key, word in wanted.items():
            before = current.get(key)
            if before is None:
                self.done.new += 1
                yield word
            elif _said(before) != _said(word.line):
                self.done.changed += 1
                yield word
            else:
                self.done.unchanged += 1
        for key, gone in current.items():
            if key not in wanted:
                self.done.withdrawn += 1
                yield _Word(Line(gone.finding, gone.study, ObservationState.WITHDRAWN))

    def _record(self, name: str, words: Sequence[_Word]) -> None:
        """What the batch holds already is left: an attempt that was cut off has written it."""
        batch = self._batch(name)
        here = Observation.objects.filter(batch=batch, study__in=[word.line.study.pk for word in words])
        known = set(here.values_list("finding_id", "study_id"))
        record_observations(batch=batch, lines=[
            word.written() for word in words if (word.line.finding.pk, word.line.study.pk) not in known
        ])

    def _batch(self, name: str) -> Batch:
        if name not in self._batches:
            source = get_source(project=self._project, kind="report", name=name)
            note = f"{name}, rules {self._rules.number}, {self._rules.definition('en')[:12]}"
            fields = {"source": source, "act": "report", "created_by": self._user, "note": note}
            if self._key is None:
                self._batches[name] = Batch.objects.create(project=self._project, **fields)
            else:
                self._batches[name], _ = Batch.objects.get_or_create(
                    project=self._project, key=f"publish:{self._key}:{name}"[:160], defaults=fields
                )
        return self._batches[name]


def _said(line: Observation | Line) -> tuple[str, int | None, str, float | None]:
    return line.state, line.grade, line.laterality, line.probability


def _standing(project: Project, studies: Sequence[Study]) -> dict[str, dict[tuple[int, int], Observation]]:
    """Source name → (finding, study) → the line of publishing that counts now."""
    rows = CurrentObservation.objects.filter(
        project=project, study__in=studies, subject="study", source__in=our_sources(project)
    ).select_related("observation__finding", "observation__study", "source").defer("observation__shown")
    found: dict[str, dict[tuple[int, int], Observation]] = defaultdict(dict)
    for row in rows:
        found[row.source.name][(row.finding_id, row.study_id)] = row.observation
    return found


def _unjudged(labels: Labels) -> tuple[Labels, int]:
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


def _rules_word(
    study: Study, finding: Finding, pairs: Sequence[tuple[Extraction, FindingLabel]]
) -> _Word | None:
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
    return _Word(line, lambda: [as_shown(extraction=extraction, label=label) for extraction, label in deciding])


def _override_word(study: Study, finding: Finding, override: Override) -> _Word | None:
    if override.state == "not_mentioned":
        return None
    evidence = {
        "definition": override.definition, "report": override.report, "state": override.state,
        "spans": [list(span) for span in override.spans],
    }
    return _Word(Line(finding, study, override.state, probability=override.probability), lambda: [evidence])
