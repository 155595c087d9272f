"""One act of publishing: what the reports of some studies say, beside what stands in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from annotation.models import Batch, Finding, Observation, ObservationState
from annotation.services.ledger import Line, get_source, record_observations
from core import audit
from core.models import Project, User
from imaging.models import Split, Study
from reports_nlp.models import Extraction, Report
from reports_nlp.selectors.labels import STRONGEST_FIRST, FindingLabel, active_findings, labels_of_many
from reports_nlp.services.overrides import Overrides, promoted_overrides
from reports_nlp.services.published_words import Labels, Word, override_word, rules_word, said_by, standing, unjudged
from reports_nlp.services.rules_versions import rules_in_force


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


class Act:
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
        current = standing(self._project, studies)
        for name in sorted({*current} if only_standing else {*wanted, *current}):
            there, said = current.get(name, {}), wanted.get(name, {})
            if only_standing:
                said = {key: word for key, word in said.items() if key in there}
            words = list(self._differing(said, there))
            if words and not self._is_rehearsal:
                self._record(name, words)

    def end(self) -> None:
        for batch in self._batches.values():
            self.done.batches.append(batch.pk)
            audit.record(
                "reports.published", actor=self._user, project=self._project, subject=f"batch:{batch.pk}",
                lines=batch.observations.count(),
            )

    def _wanted(self, studies: Sequence[Study]) -> dict[str, dict[tuple[int, int], Word]]:
        """Source name → (finding, study) → the line that ought to stand."""
        wanted: dict[str, dict[tuple[int, int], Word]] = defaultdict(dict)
        reserved = [study for study in studies if study.patient.split not in (Split.POOL, Split.UNASSIGNED)]
        self.done.reserved_studies += len(reserved)
        usable = {s.pk: s for s in studies if s not in reserved and not s.patient.is_quarantined}
        labels, judged = unjudged(self._labels(usable))
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
    ) -> tuple[str, Word | None]:
        """A promoted text model's word where it has one, else the rules'."""
        override = overrides.of(finding=finding, reports=[extraction.report_id for extraction, _ in pairs])
        if override is not None:
            return override.source, override_word(study, finding, override)
        return f"rules:{self._rules.policy}", rules_word(study, finding, pairs)

    def _differing(
        self, wanted: dict[tuple[int, int], Word], current: dict[tuple[int, int], Observation]
    ) -> Iterator[Word]:
        for key, word in wanted.items():
            before = current.get(key)
            if before is None:
                self.done.new += 1
                yield word
            elif said_by(before) != said_by(word.line):
                self.done.changed += 1
                yield word
            else:
                self.done.unchanged += 1
        for key, gone in current.items():
            if key not in wanted:
                self.done.withdrawn += 1
                yield Word(Line(gone.finding, gone.study, ObservationState.WITHDRAWN))

    def _record(self, name: str, words: Sequence[Word]) -> None:
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
