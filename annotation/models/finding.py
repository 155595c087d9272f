from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class FindingKind(models.TextChoices):
    BINARY = "binary", "present / absent"
    ORDINAL = "ordinal", "grade on a scale"
    REGION = "region", "present where boxed"


class Invariance(models.TextChoices):
    """What a training image may not lose when it is altered, lest the answer become untrue."""

    PRESERVE_RATIO = "preserve_ratio", "proportions of organs (cardiothoracic ratio)"
    FLIP_ONLY = "flip_only", "everything but the side: only mirroring (brain MRI)"
    NO_LATERAL_FLIP = "no_lateral_flip", "left and right (situs, laterality)"
    HU_SAFE = "hu_safe", "pixel values (Hounsfield units)"
    ORIENTATION_FIXED = "orientation_fixed", "orientation: neither turned nor mirrored"


class FindingState(models.TextChoices):
    ACTIVE = "active"
    ARCHIVED = "archived"
    MERGED = "merged"


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: User) -> FindingQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))

    def active(self) -> FindingQuerySet:
        return self.filter(state=FindingState.ACTIVE)


class Finding(models.Model):
    """One entry of the project's label schema. Archived or merged with history, never deleted."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="findings")
    code = models.SlugField(max_length=60, help_text="Stable key in files and recipes, e.g. effusion.")
    name = models.CharField(max_length=80)
    definition = models.TextField(blank=True)
    scheme = models.CharField(max_length=20, blank=True, help_text="RadLex or SNOMED CT")
    scheme_code = models.CharField(max_length=40, blank=True, help_text="e.g. RID38588")
    kind = models.CharField(max_length=10, choices=FindingKind, default=FindingKind.BINARY)
    grades = models.JSONField(default=list, blank=True, help_text="Names of the grades, lowest first (ordinal only).")
    has_laterality = models.BooleanField(default=False)
    wants_boxes = models.BooleanField(default=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    shortcut = models.CharField(max_length=1, blank=True, help_text="One key in the reading room.")
    synonyms = models.JSONField(default=list, blank=True, help_text="Other words that the room's search finds it by.")
    invariances = models.JSONField(
        default=list, blank=True, help_text="What altered training images must keep: Invariance."
    )
    traits = models.JSONField(default=list, blank=True, help_text="Visible traits, kept for zero-shot.")
    example = models.ForeignKey("imaging.Instance", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=FindingState, default=FindingState.ACTIVE)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from"
    )
    definition_hash = models.CharField(
        max_length=64, help_text="sha256 of what a reader was told: kept on observations."
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="finding_code_once_per_project"),
            models.UniqueConstraint(
                fields=["project", "shortcut"], condition=Q(state="active") & ~Q(shortcut=""),
                name="finding_shortcut_once_per_project",
            ),
            models.CheckConstraint(condition=Q(kind__in=FindingKind.values), name="finding_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=FindingState.values), name="finding_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False) | (~Q(state="merged") & Q(merged_into=None)),
                name="merged_finding_says_into_which",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="finding_is_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class FindingRevision(models.Model):
    """What a finding was before a change: who changed what, when, why. A merge keeps in `after` what it moved along."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="revisions")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    act = models.CharField(max_length=20, help_text="created, edited, archived, restored, merged")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
