"""Where a reader pointed or looked while reading, and what was said. The reader's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from annotation.models.reading import Reading
from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class GazeConsent(models.Model):
    """A reader lets one project's room record; no row, no recording."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_gaze_consent_per_project")]


class GazeSource(models.TextChoices):
    POINTER = "pointer", "where the mouse rested"
    EYE_TRACKER = "eye_tracker", "eye tracker"


class GazeState(models.TextChoices):
    """Of the file that was uploaded last; what the room sends is never waited for."""

    WAITING = "waiting", "waits to be read"
    READY = "ready", "ready"
    FAILED = "failed", "could not be read"


class GazeRecordingQuerySet(models.QuerySet["GazeRecording"]):
    def visible_to(self, user: User) -> GazeRecordingQuerySet:
        """The reader's own and nobody else's, site admins included. Withdrawn patients' are nobody's."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(reader=user, reading__item__study__patient__withdrawn_at=None)


class GazeRecording(models.Model):
    """Of one reading. Pointer and eye tracker are different sources and never called by one name.

    samples   zlib of JSON [[ms, x, y, valid], …] in pixels of the image or of the screen, at most MOST of the service
    views     what the room showed when: lines of annotation.services.gaze.shapes.ViewLine
    clicks    [[ms, x, y], …], screen pixels;  words [[text, start ms, end ms], …]
    proposals as they were offered: acts of the reader point at them
    upload    names the files that wait or were read last; a job that reads others finds itself too late
    problem   why they could not be read, for the reader alone: may quote a line
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="gaze")
    reader = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, choices=GazeSource)
    samples = models.BinaryField()
    sample_count = models.PositiveIntegerField(default=0)
    is_on_screen = models.BooleanField(default=False, help_text="Samples are in screen pixels.")
    views = models.JSONField(default=list)
    clicks = models.JSONField(default=list)
    words = models.JSONField(default=list)
    proposals = models.JSONField(default=list)
    lag_ms = models.FloatField(null=True)
    lag_confidence = models.FloatField(null=True, help_text="0 to 1; null before the words were aligned.")
    state = models.CharField(max_length=8, choices=GazeState, default=GazeState.READY)
    problem = models.CharField(max_length=300, blank=True)
    upload = models.UUIDField(null=True, editable=False)
    consented_at = models.DateTimeField(help_text="When the reader said that this may be recorded.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GazeRecordingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=GazeSource.values), name="gaze_source_is_known"),
            models.CheckConstraint(condition=Q(state__in=GazeState.values), name="gaze_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(upload__isnull=False), name="waiting_gaze_has_an_upload"
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(problem=""), name="failed_gaze_says_why"),
            models.UniqueConstraint(
                fields=["reading"], condition=Q(source="pointer"), name="one_pointer_recording_per_reading"
            ),
        ]
