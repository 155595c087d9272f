"""Which study a report or a coded record speaks of, whichever of the two arrived first."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core import audit
from core.errors import Conflict, Gone, Invalid
from core.models import Project, User
from imaging.models import Patient, Study
from reports_nlp.models import CodedRecord, Report
from reports_nlp.services.coded_records import record_codes
from reports_nlp.services.intake_door import Keyed
from reports_nlp.services.verdict_lines import follow_match
from workers.schedule import every

logger = logging.getLogger(__name__)
Row = TypeVar("Row", Report, CodedRecord)
GROUP = 400
MATCHED = "report.matched"
"""Of the audit log: a person said which study it is about."""
NOTHING = "No study here has its accession number, study UID or patient."
NO_KEYS = "It came without accession number, study UID or patient id."


class _Candidates:
    """The studies of a project that some keyed records could mean."""

    def __init__(self, project: Project, keyed: Sequence[Keyed]) -> None:
        self.by_uid: dict[str, Study] = {}
        self.by_accession: dict[str, list[Study]] = defaultdict(list)
        self.by_patient: dict[str, list[Study]] = defaultdict(list)
        wanted = (
            Q(uid__in={k.study_uid for k in keyed} - {""}), Q(accession__in={k.accession for k in keyed} - {""}),
            Q(patient__pseudonym__in={k.pseudonym for k in keyed} - {""}),
        )
        # One query for each: joined by OR, no index helps, and every study is looked at.
        present = Study.objects.filter(projects=project, patient__withdrawn_at=None).select_related("patient")
        found = {study.pk: study for each in wanted for study in present.filter(each)}
        for _, study in sorted(found.items()):
            self.by_uid[study.uid] = study
            if study.accession:
                self.by_accession[study.accession].append(study)
            self.by_patient[study.patient.pseudonym].append(study)

    def find(self, keyed: Keyed) -> tuple[Study | None, str]:
        """The study, or None and why."""
        if not (keyed.accession or keyed.study_uid or keyed.pseudonym):
            return None, NO_KEYS
        if keyed.study_uid and keyed.study_uid in self.by_uid:
            return _of_patient([self.by_uid[keyed.study_uid]], keyed, "study UID")
        if keyed.accession and keyed.accession in self.by_accession:
            return _of_patient(self.by_accession[keyed.accession], keyed, "accession number")
        studies = self.by_patient.get(keyed.pseudonym, [])
        if keyed.study_uid:
            # It names its examination, which is not here yet: another one of the patient would be the wrong one.
            return None, NOTHING
        if keyed.accession:
            studies = [study for study in studies if not study.accession]
        return _by_day(studies, keyed)


def _of_patient(studies: list[Study], keyed: Keyed, by: str) -> tuple[Study | None, str]:
    """Of studies with this number those of the patient; images without a patient id contradict nobody."""
    fitting = [
        s for s in studies
        if not keyed.pseudonym or not s.patient.is_identified or s.patient.pseudonym == keyed.pseudonym
    ]
    if not fitting:
        return None, f"The study with its {by} belongs to another patient."
    if len(fitting) > 1:
        return None, f"{len(fitting)} studies have its {by}."
    return fitting[0], ""


def _by_day(studies: list[Study], keyed: Keyed) -> tuple[Study | None, str]:
    """The patient alone tells a study when there is one, and no date contradicts; or when one is of that day."""
    if not studies:
        return None, NOTHING
    if keyed.date is not None:
        same = [s for s in studies if s.date == keyed.date]
        if len(same) == 1:
            return same[0], ""
        if same:
            return None, f"{len(same)} studies of the patient are of its day."
        if any(s.date is not None for s in studies):
            return None, "No study of the patient is of its day."
    if len(studies) == 1:
        return studies[0], ""
    return None, f"The patient has {len(studies)} studies; it does not say which one it is about."


def find_studies(*, project: Project, keyed: Sequence[Keyed]) -> list[tuple[Study | None, str]]:
    """For each record its study in this project, or None and why."""
    candidates = _Candidates(project, keyed)
    return [candidates.find(one) for one in keyed]


def keyed_of(row: Report | CodedRecord) -> Keyed:
    return Keyed(row.accession, row.study_uid, row.pseudonym, row.date)


def match_arrived(project: Project, studies: Sequence[Study]) -> None:
    """Studies have arrived: what waited for them is theirs. Called after the images' commit, never raises."""
    try:
        match_waiting(project=project, studies=studies)
    except Exception:
        logger.exception("reports waiting for new studies could not be matched; the sweep tries again")


def match_waiting(*, project: Project, studies: Sequence[Study] | None = None) -> int:
    """Match what waits, all of it or what these studies' keys fit. Returns how many reports and coded records."""
    fits = Q() if studies is None else _fits(studies)
    waiting = Report.objects.filter(fits, project=project, study=None).defer("text", "headings").order_by("pk")
    matched = sum(_match_reports(project, group) for group in _groups(waiting))
    coded = CodedRecord.objects.filter(fits, project=project, study=None).order_by("pk")
    return matched + sum(_match_codes(project, group) for group in _groups(coded))


def match_waiting_reports(*, project: Project, reports: Sequence[int]) -> int:
    """A second look after the commit: images that arrived in the same moment did not see these reports wait."""
    rows = Report.objects.filter(pk__in=reports, study=None).defer("text", "headings").order_by("pk")
    return sum(_match_reports(project, group) for group in _groups(rows))


def match_waiting_codes(*, project: Project, records: Sequence[int]) -> int:
    rows = CodedRecord.objects.filter(pk__in=records, study=None).order_by("pk")
    return sum(_match_codes(project, group) for group in _groups(rows))


def _fits(studies: Sequence[Study]) -> Q:
    pseudonyms = set(Study.objects.filter(pk__in=[s.pk for s in studies]).values_list("patient__pseudonym", flat=True))
    accessions = {s.accession for s in studies} - {""}
    return Q(study_uid__in=[s.uid for s in studies]) | Q(accession__in=accessions) | Q(pseudonym__in=pseudonyms)


def _groups(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    last = 0
    while group := list(rows.filter(pk__gt=last)[:GROUP]):
        yield group
        last = group[-1].pk


def _match_reports(project: Project, group: Sequence[Report]) -> int:
    found = find_studies(project=project, keyed=[keyed_of(report) for report in group])
    matched: list[int] = []
    with transaction.atomic():
        for report, (study, _) in zip(group, found, strict=True):
            if study is not None and Report.objects.filter(pk=report.pk, study=None).update(study=study):
                matched.append(report.pk)
        follow_match(reports=matched)
    return len(matched)


def _match_codes(project: Project, group: Sequence[CodedRecord]) -> int:
    found = find_studies(project=project, keyed=[keyed_of(record) for record in group])
    studies = {}
    count = 0
    with transaction.atomic():
        for record, (study, _) in zip(group, found, strict=True):
            if study is not None and CodedRecord.objects.filter(pk=record.pk, study=None).update(study=study):
                studies[study.pk] = study
                count += 1
        record_codes(project=project, studies=list(studies.values()))
    return count


def match_by_hand(*, report: Report, study: Study, user: User) -> Report:
    """A person says which study a waiting report is about; its versions follow.

    Raises Conflict when it has a study already, Invalid for a study of another project, Gone for a withdrawn patient.
    """
    if not study.projects.filter(pk=report.project_id).exists():
        raise Invalid("That study is not in this project.", field="study")
    with transaction.atomic():
        patient = Patient.objects.select_for_update(no_key=True).get(pk=study.patient_id)
        if patient.withdrawn_at is not None:
            raise Gone("That patient has been withdrawn.")
        versions = Report.objects.filter(project=report.project_id, key=report.key, study=None)
        if not versions.filter(pk=report.pk).update(study=study):
            raise Conflict("This report has a study already.")
        versions.update(study=study)
        follow_match(reports=[report.pk])
        audit.record(
            MATCHED, actor=user, project=report.project, subject=f"report:{report.pk}", study=study.uid
        )
    report.refresh_from_db()
    return report


@every(3600)
def match_forgotten() -> int:
    """What a process that died between a commit and its second look left waiting though its study is here."""
    waiting = (model.objects.filter(project=OuterRef("pk"), study=None) for model in (Report, CodedRecord))
    reports, codes = map(Exists, waiting)
    return sum(match_waiting(project=project) for project in Project.objects.filter(reports | codes))
