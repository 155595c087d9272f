from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from annotation.models.ledger import Batch
from annotation.models.worklist import ReadingMode, WorklistItem
from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class ReadingState(models.TextChoices):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    AMENDING = "amending", "submitted, a later version is being drafted"
    SKIPPED = "skipped"
    EXPIRED = "expired", "draft kept, slot given back"


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: User) -> ReadingQuerySet:
        """The reader's own; reviewers and managers of the project see all of it. Withdrawn patients' are nobody's.

        Re-reads are their reader's alone, site admins included.
        """
        if not user.is_authenticated:
            return self.none()
        present = self.filter(item__study__patient__withdrawn_at=None)
        present = present.filter(Q(reader=user) | Q(item__worklist__rereads_of=None))
        if user.is_superuser:
            return present
        reviewed = Project.objects.filter(memberships__user=user, memberships__role__in=["reviewer", "manager"])
        return present.filter(Q(reader=user) | Q(project__in=reviewed)).filter(
            project__in=Project.objects.visible_to(user)
        )


class Reading(models.Model):
    """One reader's read of one item. The draft lives here; each submit writes a ReadingVersion and a ledger batch."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="readings")
    item = models.ForeignKey(WorklistItem, on_delete=models.CASCADE, related_name="readings")
    reader = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="readings")
    state = models.CharField(max_length=10, choices=ReadingState, default=ReadingState.DRAFT)
    mode = models.CharField(max_length=14, choices=ReadingMode)
    draft = models.JSONField(default=dict, help_text="Content as the room sends it, see annotation.services.content.")
    draft_version = models.PositiveIntegerField(default=0, help_text="Grows with every save; a stale save gets 409.")
    version = models.PositiveIntegerField(default=0, help_text="Number of submitted versions.")
    active_seconds = models.FloatField(default=0)
    shown = models.JSONField(null=True, help_text="Suggestions as shown; null while none were.")
    shown_at = models.DateTimeField(null=True)
    unaided = models.JSONField(null=True, help_text="Second reader mode: the locked answer before suggestions.")
    second_look = models.JSONField(
        null=True, help_text="The answer at the first Submit and what it contradicted, see services.second_look."
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why this case was handed out (ranking's reason).")
    skip_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [  # looked at whenever a case is handed out
            models.Index(fields=["reader"], name="drafts_without_a_place", condition=Q(state="expired")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["item", "reader"], name="one_reading_per_reader_and_item"),
            models.CheckConstraint(condition=Q(state__in=ReadingState.values), name="reading_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "amending"]) | Q(version__gte=1), name="submitted_has_a_version"
            ),
            models.CheckConstraint(
                condition=Q(second_look__isnull=True) | ~Q(mode="unaided"), name="unaided_is_never_asked_back"
            ),
        ]


class ReadingVersion(models.Model):
    """A submitted version, kept as it was."""

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    shown = models.JSONField(null=True)
    unaided = models.JSONField(null=True, help_text="Second reader mode: the answer before suggestions, kept beside.")
    second_look = models.JSONField(null=True, help_text="The answer before the second look, and what was asked.")
    mode = models.CharField(max_length=14, choices=ReadingMode)
    active_seconds = models.FloatField()
    submitted_at = models.DateTimeField(auto_now_add=True)
    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="reading_version")

    class Meta:
        ordering = ["reading", "number"]
        constraints = [models.UniqueConstraint(fields=["reading", "number"], name="one_reading_version_per_number")]
