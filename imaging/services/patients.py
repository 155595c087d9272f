"""Patients: a pseudonym for each identity, one split for ever, withdrawal on request."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Conflict, Invalid
from core.models import User
from imaging import storage
from imaging.dicom.keys import Keys
from imaging.models import ImportVerdict, Instance, Patient, Series, Split, Study, VaultIdentity
from imaging.pixels import stores

WITHDRAWAL_STEPS: list[Callable[[Patient], None]] = []
"""What other apps remove or mark when a patient is withdrawn. They add to it when they are ready."""
MERGE_STEPS: list[Callable[[Patient, Patient], None]] = []
"""What other apps move from the second patient to the first when two are merged."""


def site_keys() -> Keys:
    return Keys(settings.VAULT_KEY)


def patient_for(*, patient_id: str, keys: Keys) -> Patient:
    """The patient behind an original identifier; an empty one makes a patient of its own, flagged as unidentified."""
    is_identified = bool(patient_id.strip())
    original = patient_id.strip() or f"none:{uuid.uuid4()}"
    digest = keys.digest("patient", original)
    known = VaultIdentity.objects.filter(kind="patient", digest=digest).select_related("patient").first()
    if known is not None:
        return known.patient
    with transaction.atomic():
        patient, _ = Patient.objects.get_or_create(
            pseudonym=keys.pseudonym(original),
            defaults={
                "split_digest": keys.digest("split", original), "day_shift": keys.day_shift(original),
                "is_identified": is_identified,
            },
        )
        VaultIdentity.objects.get_or_create(kind="patient", digest=digest, defaults={"patient": patient})
    return patient


def assign_split(*, patient: Patient, split: str) -> None:
    """Write a patient's split, once. Raises Conflict when it is another one already, Invalid for an unknown one."""
    if split not in Split.values or split == Split.UNASSIGNED:
        raise Invalid(f"{split!r} is no split; known: {', '.join(v for v in Split.values if v)}.")
    changed = Patient.objects.filter(pk=patient.pk, split=Split.UNASSIGNED).update(split=split)
    patient.refresh_from_db()
    if not changed and patient.split != split:
        raise Conflict(f"This patient belongs to the {patient.split} set for ever.", split=patient.split)


def merge_patients(*, keep: Patient, other: Patient, user: User | None) -> Patient:
    """Two pseudonyms turn out to be one person. Across splits the merged patient is kept out of every set."""
    if keep.pk == other.pk:
        raise Invalid("Choose two different patients.")
    with transaction.atomic():
        splits = {keep.split, other.split} - {Split.UNASSIGNED}
        other.studies.update(patient=keep)
        VaultIdentity.objects.filter(patient=other).update(patient=keep)
        for step in MERGE_STEPS:
            step(keep, other)
        Patient.objects.filter(pk=keep.pk).update(
            is_quarantined=keep.is_quarantined or other.is_quarantined or len(splits) > 1,
            split=keep.split or other.split,
        )
        audit.record("patient.merged", actor=user, subject=f"patient:{keep.pseudonym}", other=other.pseudonym)
        other.delete()
    keep.refresh_from_db()
    return keep


def withdraw_patient(*, patient: Patient, user: User | None) -> None:
    """Files and everything made from them go; ledger lines become tombstones; models that used them are marked."""
    with transaction.atomic():
        changed = Patient.objects.filter(pk=patient.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
        if not changed:
            raise Conflict("This patient has been withdrawn already.")
        for step in WITHDRAWAL_STEPS:
            step(patient)
        count = _blank(patient)
        audit.record("patient.withdrawn", actor=user, subject=f"patient:{patient.pseudonym}", images=count)
        transaction.on_commit(lambda: erase_withdrawn(patient))
    patient.refresh_from_db()


def _blank(patient: Patient) -> int:
    """Rows stay as tombstones without what they said; file names, which are PHI, go. Returns the number of images."""
    Study.objects.filter(patient=patient).update(age_years=None, sex="", accession="", date=None)
    Series.objects.filter(study__patient=patient).update(manufacturer="", model_name="", site="")
    images = Instance.objects.filter(series__study__patient=patient)
    ImportVerdict.objects.filter(instance__in=images).delete()
    return images.update(metadata={})


def erase_withdrawn(patient: Patient) -> int:
    """Files and pixel rows of a withdrawn patient; doing it twice does no harm. Returns how many files there were."""
    instances = list(Instance.objects.filter(series__study__patient=patient))
    there = [i for i in instances if storage.path_of(i.path).exists()]
    for instance in there:
        storage.remove(instance.path)
    for store in stores():
        store.forget(i.sop_uid for i in instances)
    return len(there)
