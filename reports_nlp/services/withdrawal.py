"""What reports_nlp removes when a patient is withdrawn (invariant 8), and moves when two are merged."""

from __future__ import annotations

from django.db.models import Q

from imaging.models import Patient, Study, VaultIdentity
from reports_nlp.models import CodedRecord, IntakeVerdict, Report

GROUP = 500


def erase_reports(patient: Patient) -> None:
    """The text of every version goes, waiting ones too, with coded records and the names of the files they came in.

    Runs inside the transaction of the withdrawal, before the studies' accession numbers go: what the patient's
    examinations are called is marked in the vault, so that a report that comes later with nothing else is refused.
    """
    theirs = _of(patient)
    known = Report.objects.filter(theirs)
    # Every version of a report goes, also one that came without the keys that the others had.
    bare = Q(key__in=known.values("key"), project__in=known.values("project"), study=None, pseudonym="")
    reports = list(Report.objects.filter(Q(pk__in=known.values("pk")) | bare).values_list("pk", flat=True))
    records = list(CodedRecord.objects.filter(theirs).values_list("pk", flat=True))
    _mark(patient, reports, records)
    for start in range(0, max(len(reports), len(records)), GROUP):
        group, coded = reports[start : start + GROUP], records[start : start + GROUP]
        IntakeVerdict.objects.filter(Q(report__in=group) | Q(coded_record__in=coded)).delete()
        CodedRecord.objects.filter(pk__in=coded).delete()
        Report.objects.filter(pk__in=group).delete()


def _mark(patient: Patient, reports: list[int], records: list[int]) -> None:
    rows = [
        *Study.objects.filter(patient=patient).values_list("accession", "uid"),
        *Report.objects.filter(pk__in=reports).values_list("accession", "study_uid"),
        *CodedRecord.objects.filter(pk__in=records).values_list("accession", "study_uid"),
    ]
    marks = {("accession", accession) for accession, _ in rows} | {("study", uid) for _, uid in rows}
    VaultIdentity.objects.bulk_create(
        [VaultIdentity(kind=kind, digest=digest, patient=patient) for kind, digest in sorted(marks) if digest],
        ignore_conflicts=True,
    )


def follow_merge_of_reports(keep: Patient, other: Patient) -> None:
    """What waits for the second patient waits for the first."""
    for rows in (Report.objects, CodedRecord.objects):
        rows.filter(pseudonym=other.pseudonym).update(pseudonym=keep.pseudonym)


def _of(patient: Patient) -> Q:
    """Matched to a study of the patient, waiting under the pseudonym, or waiting with no more than a study's number."""
    studies = Study.objects.filter(patient=patient)
    accessions = studies.exclude(accession="").values("accession")
    numbers = Q(study_uid__in=studies.values("uid")) | Q(accession__in=accessions)
    return Q(study__patient=patient) | Q(pseudonym=patient.pseudonym) | (Q(study=None, pseudonym="") & numbers)
