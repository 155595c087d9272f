"""Rows for stored files: patient, study, series, instance, in groups that commit together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from pydicom.dataset import Dataset

from core.models import Project
from imaging import storage
from imaging.dicom.deidentify import age_years
from imaging.dicom.equipment import NOTHING_TOLD, Equipment, kept_equipment
from imaging.dicom.keys import Keys
from imaging.dicom.pixels import StoredFile
from imaging.models import Instance, Patient, ProjectStudy, Series, Study, VaultIdentity
from imaging.services.equipment import fill_equipment
from imaging.services.patients import patient_for

ARRIVAL_STEPS: list[Callable[[Project, Sequence[Study]], None]] = []
"""What other apps do with studies that have come into a project, after the commit. They add to it when ready."""


@dataclass(frozen=True)
class Incoming:
    """A file that was read and de-identified, or recognised as stored already (`known`).

    equipment  what it says of scanner and site, where that is not known of its series yet.
    """

    name: str
    label: str | None
    source_digest: str
    patient_id: str
    stand_in: str | None
    stored: StoredFile | None
    known: Instance | None
    equipment: Equipment = NOTHING_TOLD


@dataclass(frozen=True)
class Archived:
    name: str
    label: str | None
    verdict: str
    reason: str
    instance: Instance | None


def link_existing(project: Project, source_digest: str) -> Instance | None:
    """The instance made from the same file earlier, at this site; None when the file is new."""
    found = Instance.objects.filter(source_digest=source_digest, series__study__patient__withdrawn_at=None)
    return found.select_related("series__study__patient").first()


def archive_group(project: Project, keys: Keys, group: Sequence[Incoming]) -> list[Archived]:
    """Files durably on disk first, then all rows in one transaction: a crash leaves files without rows, not rows
    without files. Files of a withdrawn patient are not written at all. Once committed, ARRIVAL_STEPS hear of it."""
    gone = _withdrawn(keys, group)
    for attempt in range(3):
        try:
            archived = _archive_once(project, keys, group, gone)
            _tell(project, archived)
            return archived
        except IntegrityError:
            # Another import stored one of these images between our look and our write; now it is known.
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def _tell(project: Project, archived: Sequence[Archived]) -> None:
    studies = {a.instance.series.study_id: a.instance.series.study for a in archived if a.instance is not None}
    if not studies:
        return
    for step in ARRIVAL_STEPS:
        transaction.on_commit(partial(step, project, list(studies.values())), robust=True)


def _archive_once(project: Project, keys: Keys, group: Sequence[Incoming], gone: set[str]) -> list[Archived]:
    fresh: dict[str, Incoming] = {}
    for incoming in group:
        if incoming.stored is not None and incoming.stand_in not in gone:
            # Of two files with one identifier the first counts: its row and its bytes must be of one file.
            fresh.setdefault(str(incoming.stored.header.SOPInstanceUID), incoming)
    known = Instance.objects.filter(sop_uid__in=list(fresh)).select_related("series__study__patient")
    here = {instance.sop_uid: instance for instance in known}
    storage.write_files(
        (storage.relative_path(uid), i.stored.content) for uid, i in fresh.items() if uid not in here and i.stored
    )
    with transaction.atomic():
        return [_archive(project, keys, incoming, here, gone) for incoming in group]


def _withdrawn(keys: Keys, group: Sequence[Incoming]) -> set[str]:
    """Identifiers in the group whose patient has been withdrawn at this site."""
    digests = {keys.digest("patient", i.stand_in): i.stand_in for i in group if i.stand_in}
    identities = VaultIdentity.objects.filter(kind="patient", digest__in=digests, patient__withdrawn_at__isnull=False)
    return {digests[digest] for digest in identities.values_list("digest", flat=True)}


def _archive(
    project: Project, keys: Keys, incoming: Incoming, here: dict[str, Instance], gone: set[str]
) -> Archived:
    if incoming.stand_in in gone:
        return Archived(incoming.name, incoming.label, "refused", "This patient was withdrawn at this site.", None)
    if incoming.known is not None:
        return _already(project, incoming, incoming.known)
    assert incoming.stored is not None
    header = incoming.stored.header
    known = here.get(str(header.SOPInstanceUID))
    if known is not None:
        return _already(project, incoming, known)
    patient = patient_for(patient_id=incoming.stand_in or "", keys=keys)
    if not incoming.patient_id and patient.is_identified:
        Patient.objects.filter(pk=patient.pk).update(is_identified=False)
    study = _study(header, patient)
    if study.patient_id != patient.pk:
        reason = "Its study belongs to another patient here. Check the patient ids."
        return Archived(incoming.name, incoming.label, "refused", reason, None)
    ProjectStudy.objects.get_or_create(project=project, study=study)
    instance = _instance(_series(header, study), incoming)
    here[instance.sop_uid] = instance
    reason = "" if incoming.patient_id else "No patient id: kept out of reserved sets."
    return Archived(incoming.name, incoming.label, "stored", reason, instance)


def _already(project: Project, incoming: Incoming, known: Instance) -> Archived:
    ProjectStudy.objects.get_or_create(project=project, study=known.series.study)
    found = incoming.equipment if incoming.stored is None else kept_equipment(incoming.stored.header)
    reason = "Scanner or site was not known of it, and is now." if fill_equipment(known.series, found) else ""
    return Archived(incoming.name, incoming.label, "already-there", reason, known)


def _study(header: Dataset, patient: Patient) -> Study:
    study, _ = Study.objects.get_or_create(
        uid=str(header.StudyInstanceUID),
        defaults={
            "patient": patient, "date": _date(str(header.get("StudyDate") or "")), "age_years": age_years(header),
            "accession": str(header.get("AccessionNumber") or ""), "sex": str(header.get("PatientSex") or ""),
        },
    )
    return study


def _date(text: str) -> date | None:
    return datetime.strptime(text, "%Y%m%d").date() if text else None


def _series(header: Dataset, study: Study) -> Series:
    equipment = kept_equipment(header)
    series, _ = Series.objects.get_or_create(
        uid=str(header.SeriesInstanceUID),
        defaults={
            "study": study, "modality": str(header.get("Modality") or "OT"), "number": header.get("SeriesNumber"),
            "body_part": str(header.get("BodyPartExamined") or ""),
            "view_position": str(header.get("ViewPosition") or ""),
            "laterality": str(header.get("ImageLaterality") or header.get("Laterality") or ""),
            "frame_of_reference_uid": str(header.get("FrameOfReferenceUID") or ""), **asdict(equipment),
        },
    )
    return series


def _instance(series: Series, incoming: Incoming) -> Instance:
    stored = incoming.stored
    assert stored is not None
    header = stored.header
    return Instance.objects.create(
        sop_uid=str(header.SOPInstanceUID), sop_class_uid=str(header.SOPClassUID), series=series,
        number=header.get("InstanceNumber"), rows=int(header.Rows), columns=int(header.Columns),
        frames=len(stored.frame_table), transfer_syntax_uid=stored.transfer_syntax_uid,
        path=storage.relative_path(str(header.SOPInstanceUID)), bytes=len(stored.content),
        sha256=hashlib.sha256(stored.content).hexdigest(), source_digest=incoming.source_digest,
        frame_table=stored.frame_table, metadata=header_json(header),
    )


def header_json(header: Dataset) -> dict[str, Any]:
    """DICOM JSON (PS3.18 F) without pixels."""
    plain = Dataset()
    for element in header:
        if element.keyword != "PixelData":
            plain.add(element)
    answer: dict[str, Any] = json.loads(plain.to_json(bulk_data_threshold=2**40))
    return answer
