from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class StudyQuerySet(models.QuerySet["Study"]):
    def visible_to(self, user: User) -> StudyQuerySet:
        """Studies of the person's projects whose patient has not been withdrawn."""
        if not user.is_authenticated:
            return self.none()
        present = self.filter(patient__withdrawn_at__isnull=True)
        if user.is_superuser:
            return present
        return present.filter(projects__in=Project.objects.visible_to(user)).distinct()


class Study(models.Model):
    """DICOM study after de-identification: keyed UID, shifted date."""

    uid = models.CharField(max_length=64, unique=True)
    patient = models.ForeignKey("imaging.Patient", on_delete=models.CASCADE, related_name="studies")
    projects = models.ManyToManyField(Project, through="imaging.ProjectStudy", related_name="studies")
    date = models.DateField(null=True, help_text="Shifted by the patient's day shift.")
    accession = models.CharField(max_length=32, blank=True, help_text="Keyed pseudonym of the accession number.")
    age_years = models.PositiveSmallIntegerField(null=True, help_text="90 stands for 90 and over.")
    sex = models.CharField(max_length=1, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "studies"
        ordering = ["pk"]
        indexes = [models.Index(fields=["accession"], name="study_accession")]

    def __str__(self) -> str:
        return f"Study {self.uid[-12:]}"


class ProjectStudy(models.Model):
    """A study's place in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE)
    study = models.ForeignKey(Study, on_delete=models.CASCADE)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "study"], name="study_once_per_project")]


class SeriesQuerySet(models.QuerySet["Series"]):
    def visible_to(self, user: User) -> SeriesQuerySet:
        return self.filter(study__in=Study.objects.visible_to(user))


class Series(models.Model):
    uid = models.CharField(max_length=64, unique=True)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="series")
    modality = models.CharField(max_length=16)
    number = models.IntegerField(null=True)
    body_part = models.CharField(max_length=16, blank=True)
    view_position = models.CharField(max_length=16, blank=True)
    laterality = models.CharField(max_length=1, blank=True)
    frame_of_reference_uid = models.CharField(max_length=64, blank=True)
    manufacturer = models.CharField(max_length=32, blank=True, help_text="As imaging.dicom.equipment lets it pass.")
    model_name = models.CharField(max_length=64, blank=True)
    site = models.CharField(
        max_length=32, blank=True, help_text="Keyed pseudonym of the institution, or the name given with the import."
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "series"
        ordering = ["number", "pk"]

    def __str__(self) -> str:
        return f"{self.modality} series {self.number or ''}".strip()

    @property
    def scanner(self) -> str:
        """Maker and model; empty where neither is known."""
        return f"{self.manufacturer} {self.model_name}".strip()


class InstanceQuerySet(models.QuerySet["Instance"]):
    def visible_to(self, user: User) -> InstanceQuerySet:
        return self.filter(series__study__in=Study.objects.visible_to(user))


class Instance(models.Model):
    """One SOP instance on disk, as stored (de-identified, transcoded where browsers can't decode it)."""

    sop_uid = models.CharField(max_length=64, unique=True)
    sop_class_uid = models.CharField(max_length=64)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    number = models.IntegerField(null=True)
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    frames = models.PositiveIntegerField(default=1)
    transfer_syntax_uid = models.CharField(max_length=64)
    path = models.CharField(max_length=200, unique=True, help_text="Below the storage root; holds no PHI.")
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the stored (de-identified) file.")
    source_digest = models.CharField(max_length=64, db_index=True, help_text="Keyed hash of the file as received.")
    frame_table = models.JSONField(default=list, help_text="[offset, length] of every frame in the stored file.")
    metadata = models.JSONField(default=dict, help_text="DICOM JSON (PS3.18 F) of the de-identified header, no pixels.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InstanceQuerySet.as_manager()

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rows__gte=1) & Q(columns__gte=1) & Q(frames__gte=1), name="instance_has_pixels"
            )
        ]

    def __str__(self) -> str:
        return f"Instance {self.sop_uid[-12:]}"


class Volume(models.Model):
    """A CT/MR series sorted by position: what 3-D networks and MPR read."""

    series = models.OneToOneField(Series, on_delete=models.CASCADE, related_name="volume")
    slices = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    spacing_mm = models.JSONField(help_text="[between slices, between rows, between columns]")
    orientation = models.JSONField(help_text="Image Orientation (Patient), six cosines.")
    sop_uids = models.JSONField(help_text="In order of position along the normal.")
    issues = models.JSONField(default=list, help_text="Gaps, duplicates, uneven spacing: sentences, none if sound.")

    def __str__(self) -> str:
        return f"Volume of {self.series}"
