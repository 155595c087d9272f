"""The ledger: what anybody knows about an image. Lines are added, never edited (triggers refuse it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from annotation.models.finding import Finding
from annotation.models.region import Region
from core.models import Project
from imaging.models import Instance, Series, Study

if TYPE_CHECKING:
    from core.models import User


class SourceKind(models.TextChoices):
    READER = "reader"
    REPORT = "report", "report labeler"
    RECORD = "record", "coded record"
    MODEL = "model", "model version (pseudolabel)"
    CONSENSUS = "consensus"
    UNKNOWN = "unknown"


class Source(models.Model):
    """Who says it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=10, choices=SourceKind)
    name = models.CharField(max_length=120, help_text="Username, labeler, model version id…")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    is_simulated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name"], name="source_once_per_project"),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="source_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: User) -> BatchQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class Batch(models.Model):
    """What one act wrote, so that one withdrawal undoes it."""

    ACTS = [(a, a) for a in ("reading", "import", "report", "pseudolabel", "consensus", "merge", "withdrawal")]

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="batches")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="batches")
    act = models.CharField(max_length=12, choices=ACTS)
    key = models.CharField(  # noqa: DJ001  (null, not empty: several batches may have no key)
        max_length=160, null=True, help_text="Same key, same batch: makes the act idempotent."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="batch_key_once_per_project")]


class ObservationState(models.TextChoices):
    PRESENT = "present"
    ABSENT = "absent"
    EQUIVOCAL = "equivocal"
    NOT_ASSESSABLE = "not_assessable", "not assessable"
    WITHDRAWN = "withdrawn", "withdrawn by its source"
    TOMBSTONE = "tombstone", "removed with its patient"


class ObservationQuerySet(models.QuerySet["Observation"]):
    def visible_to(self, user: User) -> ObservationQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user), study__in=Study.objects.visible_to(user))


class Observation(models.Model):
    """Finding F is present / absent / … on this subject, says this source, at this time.

    The *subject* is the study, a series or an instance of it (with the frame where it has several), or a region's
    track. The line that counts for (source, finding, subject) is the newest whose batch is not withdrawn, unless that
    line says `withdrawn`.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="observations")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="observations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="observations")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="observations")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="observations")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, null=True, related_name="observations")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, related_name="observations")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, null=True, related_name="observations")
    subject = models.CharField(
        max_length=60, help_text="study, series:<pk>, instance:<pk>[:<frame>] or region:<track>"
    )
    state = models.CharField(max_length=14, choices=ObservationState)
    grade = models.PositiveSmallIntegerField(null=True, help_text="Index into the finding's grades.")
    laterality = models.CharField(max_length=5, blank=True, choices=[(s, s) for s in ("left", "right", "both")])
    location = models.CharField(max_length=80, blank=True, help_text="Where, in the reader's words.")
    note = models.CharField(max_length=300, blank=True)
    all_marked = models.BooleanField(
        null=True, help_text="Of a study's line: whether every instance is marked. Only then is the rest negative."
    )
    probability = models.FloatField(null=True, help_text="As the source gave it, 0 to 1.")
    definition_hash = models.CharField(max_length=64)
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    shown = models.JSONField(
        null=True, help_text="The suggestion as shown that the reader accepted, rejected, corrected."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["project", "study", "finding"]),
            models.Index(fields=["source", "finding", "study", "subject", "-id"], name="observation_track"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ObservationState.values), name="observation_state_is_known"),
            models.CheckConstraint(
                condition=Q(subject="study") | Q(subject__startswith="instance:") | Q(subject__startswith="series:")
                | Q(subject__startswith="region:"),
                name="observation_subject_is_known",
            ),
            models.CheckConstraint(
                condition=Q(all_marked__isnull=True) | Q(subject="study", state="present"),
                name="all_marked_is_said_of_a_present_study",
            ),
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | (Q(probability__gte=0) & Q(probability__lte=1)),
                name="observation_probability_0_to_1",
            ),
            models.UniqueConstraint(
                fields=["batch", "finding", "study", "subject"], name="one_line_per_subject_and_batch"
            ),
            models.UniqueConstraint(
                fields=["supersedes", "batch"], condition=Q(supersedes__isnull=False), name="superseded_once_per_batch"
            ),
        ]


class CurrentObservation(models.Model):
    """Projection: the line that counts now. `manage.py rebuild_projections` rebuilds it identically."""

    observation = models.OneToOneField(Observation, on_delete=models.CASCADE, related_name="current")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="current_observations")
    subject = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["project", "finding", "study"])]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "finding", "study", "subject"], name="one_current_line_per_source_and_subject"
            )
        ]
