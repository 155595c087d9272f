from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user: User) -> ImportBatchQuerySet:
        """The uploader alone, while a member: file and folder names are PHI."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(created_by=user, project__in=Project.objects.visible_to(user))


class ImportBatch(models.Model):
    """One act of importing: files dropped on the page, or a path given to the command."""

    STATES = [(s, s) for s in ("receiving", "queued", "running", "done", "failed")]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="import_batches")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=STATES, default="receiving")
    job_id = models.UUIDField(null=True)
    options = models.JSONField(default=dict, help_text="source kind and name, column map, policy")
    counts = models.JSONField(default=dict, help_text="verdict -> number of files")

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["receiving", "queued", "running", "done", "failed"]),
                name="import_state_is_known",
            )
        ]


class ImportVerdict(models.Model):
    """What became of one file, or of a mark in it; the name is the uploader's alone, and erased after 30 days."""

    VERDICTS = [(v, v) for v in ("stored", "already-there", "refused", "labels", "ignored", "mark-refused")]

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="verdicts")
    name = models.CharField(max_length=400)
    verdict = models.CharField(max_length=14, choices=VERDICTS)
    reason = models.CharField(max_length=300, blank=True)
    instance = models.ForeignKey("imaging.Instance", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "name"], name="one_verdict_per_file_and_batch")]
