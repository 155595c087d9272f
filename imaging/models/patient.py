from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from core.models import User


class Split(models.TextChoices):
    """Which set a patient belongs to, for ever and across projects. Empty: not drawn yet."""

    UNASSIGNED = "", "not drawn yet"
    POOL = "pool", "pool (training, ranking, pseudolabels)"
    CALIBRATION = "calibration", "calibration (temperature, thresholds)"
    GATE = "gate", "gate (promotion)"
    TEST = "test", "test (opened by an explicit act)"


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: User) -> PatientQuerySet:
        from imaging.models.study import Study

        return self.filter(studies__in=Study.objects.visible_to(user)).distinct()


class Patient(models.Model):
    """A pseudonym. Nothing here leads back to a person without the vault's key."""

    pseudonym = models.CharField(max_length=32, unique=True)
    split = models.CharField(max_length=12, choices=Split, default=Split.UNASSIGNED, blank=True)
    split_digest = models.CharField(
        max_length=64, unique=True, help_text="Keyed hash that orders patients for random draws (site-level)."
    )
    day_shift = models.IntegerField(help_text="Days added to every date of this patient; fixed for ever.")
    is_identified = models.BooleanField(
        default=True, help_text="False: the files had no patient id, so leakage between patients can't be excluded."
    )
    is_quarantined = models.BooleanField(default=False, help_text="Merged across splits: kept out of every set.")
    withdrawn_at = models.DateTimeField(null=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(split__in=Split.values), name="patient_split_is_known"),
            models.CheckConstraint(condition=~Q(pseudonym=""), name="patient_has_a_pseudonym"),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class VaultIdentity(models.Model):
    """Keyed digest of an original identifier. No plain identifier is stored anywhere."""

    KINDS = [("patient", "Patient ID"), ("accession", "Accession Number"), ("study", "Study Instance UID")]

    kind = models.CharField(max_length=10, choices=KINDS)
    digest = models.CharField(max_length=64)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="identities")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="one_patient_per_identity")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.patient}"
