from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.access import projects_where
from core.models import Project
from imaging.models import Study

if TYPE_CHECKING:
    from core.models import User


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> ReportQuerySet:
        """Reports of studies the person may see; those without a study, for who may import."""
        if not user.is_authenticated:
            return self.none()
        of_studies = Q(project__in=Project.objects.visible_to(user), study__in=Study.objects.visible_to(user))
        return self.filter(of_studies | Q(study=None, project__in=projects_where(user, "import")))

    def newest_versions(self) -> ReportQuerySet:
        """The newest version of each report."""
        return self.filter(is_latest=True)


class Report(models.Model):
    """De-identified report text. A new version supersedes the old one; history is kept.

    `key` says which report it is a version of: a keyed digest of the sender's own number, or of the study. The other
    keys are what it can be matched to a study by, in whichever order the two arrive; all are keyed at the door.
    """

    STATUSES = [(s, s) for s in ("preliminary", "final", "corrected", "addendum")]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reports")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, null=True, related_name="reports")
    key = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    is_latest = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=STATUSES, default="final")
    language = models.CharField(max_length=8, default="en")
    text = models.TextField()
    digest = models.CharField(max_length=64, help_text="sha256 of the text.")
    accession = models.CharField(max_length=32, blank=True, help_text="Keyed, as on Study.")
    study_uid = models.CharField(max_length=64, blank=True, help_text="Keyed, as on Study.")
    pseudonym = models.CharField(max_length=32, blank=True, help_text="Keyed, as on Patient.")
    date = models.DateField(null=True, help_text="Shifted by the patient's day shift; unset where there is none.")
    issued_at = models.DateTimeField(null=True, help_text="When its sender issued it, shifted as the date is.")
    received = models.CharField(
        max_length=64, blank=True, help_text="sha256 of the record at the door: the same again is already there."
    )
    headings = models.JSONField(default=list, help_text="Headings a human coded, as Open-i carries them.")
    intake = models.ForeignKey("reports_nlp.ReportIntake", on_delete=models.SET_NULL, null=True, related_name="reports")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["project", "key", "-version"]
        indexes = [
            models.Index(fields=["project", "study", "-version"], name="report_of_study"),
            models.Index(fields=["project", "id"], name="report_waiting", condition=Q(study=None)),
            models.Index(fields=["accession"], name="report_accession", condition=Q(study=None)),
            models.Index(fields=["study_uid"], name="report_study_uid", condition=Q(study=None)),
            models.Index(fields=["pseudonym"], name="report_pseudonym", condition=Q(study=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "key", "version"], name="one_report_per_version"),
            models.UniqueConstraint(
                fields=["project", "key"], condition=Q(is_latest=True), name="one_latest_version_per_report"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="report_has_text"),
        ]

    def __str__(self) -> str:
        return f"Report {self.pk} v{self.version}"
