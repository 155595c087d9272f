from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project
from imaging.models import Study

if TYPE_CHECKING:
    from core.models import User


class ReportIntakeQuerySet(models.QuerySet["ReportIntake"]):
    def visible_to(self, user: User) -> ReportIntakeQuerySet:
        """The uploader alone, while a member: file names are PHI."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(created_by=user, project__in=Project.objects.visible_to(user))


class ReportIntake(models.Model):
    """One act of importing reports: files given on the page or to the command, or a listener's connection."""

    STATES = [(s, s) for s in ("receiving", "queued", "running", "done", "failed")]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="report_intakes")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=STATES, default="receiving")
    job_id = models.UUIDField(null=True)
    options = models.JSONField(default=dict, help_text="format, column map, language")
    counts = models.JSONField(default=dict, help_text="verdict -> number of records")
    message = models.CharField(max_length=300, blank=True, help_text="Why nothing was imported, and what to do.")

    objects = ReportIntakeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["receiving", "queued", "running", "done", "failed"]),
                name="intake_state_is_known",
            )
        ]


class IntakeVerdict(models.Model):
    """What became of one record; file names are shown to the uploader alone and erased by the sweep after 30 days."""

    VERDICTS = [(v, v) for v in ("stored", "new-version", "already-there", "refused", "ignored")]

    intake = models.ForeignKey(ReportIntake, on_delete=models.CASCADE, related_name="verdicts")
    name = models.CharField(max_length=400, help_text="File, as the uploader named it.")
    place = models.CharField(max_length=60, blank=True, help_text="line 12, message 3, entry 7")
    verdict = models.CharField(max_length=14, choices=VERDICTS)
    reason = models.CharField(max_length=300, blank=True)
    report = models.ForeignKey("reports_nlp.Report", on_delete=models.SET_NULL, null=True, related_name="+")
    coded_record = models.ForeignKey("reports_nlp.CodedRecord", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["intake", "name", "place"], name="one_verdict_per_record_and_intake")
        ]


class CodedRecordQuerySet(models.QuerySet["CodedRecord"]):
    def visible_to(self, user: User) -> CodedRecordQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user), study__in=Study.objects.visible_to(user))


class CodedRecord(models.Model):
    """A diagnosis code (ICD-10, FHIR Condition) of a study, waiting for it or written into the ledger (row N4)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="coded_records")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, null=True, related_name="coded_records")
    key = models.CharField(max_length=80, help_text="Keyed digest of what the sender calls it.")
    system = models.CharField(max_length=20, help_text="icd10, snomed")
    code = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=[(s, s) for s in ("present", "absent", "equivocal")])
    accession = models.CharField(max_length=32, blank=True)
    study_uid = models.CharField(max_length=64, blank=True)
    pseudonym = models.CharField(max_length=32, blank=True)
    date = models.DateField(null=True, help_text="Shifted by the patient's day shift.")
    intake = models.ForeignKey(ReportIntake, on_delete=models.SET_NULL, null=True, related_name="coded_records")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CodedRecordQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["project", "id"], name="coded_record_waiting", condition=Q(study=None))]
        constraints = [models.UniqueConstraint(fields=["project", "key", "code"], name="coded_record_once")]
