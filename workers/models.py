from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> JobQuerySet:
        """Jobs of the person's projects, and jobs of no project that they started themselves."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(Q(project__in=Project.objects.visible_to(user)) | Q(project=None, created_by=user))


class Job(models.Model):
    """Any background work. This row is the truth; a broker message only wakes a worker up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60, help_text="Name of the handler, e.g. learning.train.")
    queue = models.CharField(max_length=8, choices=[(q, q) for q in ("cpu", "gpu", "nlp")], default="cpu")
    payload = models.JSONField(default=dict)
    label = models.CharField(max_length=160, blank=True, help_text="What a person calls this piece of work.")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="jobs")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    dedupe_key = models.CharField(  # noqa: DJ001  (NULLs never clash in the unique constraint, empty strings would)
        max_length=160, null=True, help_text="At most one unfinished job per key."
    )
    priority = models.SmallIntegerField(default=0)

    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    worker = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    woken_at = models.DateTimeField(null=True, help_text="When the last wake-up was sent.")
    not_before = models.DateTimeField(null=True, help_text="Do not start before (back-off after a failure).")
    cancel_requested = models.BooleanField(default=False)

    progress = models.FloatField(default=0.0, help_text="0 to 1.")
    message = models.CharField(max_length=200, blank=True)
    seconds_left = models.FloatField(null=True)
    result = models.JSONField(null=True)
    failure = models.TextField(blank=True, help_text="Why it failed and what to do, for a person.")

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "queue", "-priority", "created_at"], name="job_to_run"),
            models.Index(fields=["state", "lease_expires_at"], name="job_lease"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_is_known"),
            models.CheckConstraint(condition=Q(progress__gte=0) & Q(progress__lte=1), name="job_progress_0_to_1"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_expires_at__isnull=False), name="running_job_has_a_lease"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(finished_at__isnull=False),
                name="ended_job_says_when",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="job_is_not_its_own_parent"),
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=Q(state__in=["queued", "running"]), name="one_unfinished_job_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.kind} ({self.state})"


class JobLine(models.Model):
    """One line of a job's log. Written for people: no PHI, no stack traces of third parties' data."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(auto_now_add=True)
    attempt = models.PositiveIntegerField()
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["id"]
