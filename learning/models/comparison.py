from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project
from learning.models.model_version import ModelVersion
from learning.models.snapshot import Snapshot
from workers.models import Job

if TYPE_CHECKING:
    from core.models import User


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    def visible_to(self, user: User) -> ComparisonQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class Comparison(models.Model):
    """Several recipes on one snapshot and one set of patient-grouped folds, each against the control arm."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="comparisons")
    name = models.CharField(max_length=80)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="comparisons")
    findings = models.JSONField(help_text="Codes in column order.")
    folds = models.PositiveSmallIntegerField()
    split_seed = models.PositiveIntegerField(default=0, help_text="Of the folds, which all arms and seeds share.")
    seeds = models.JSONField(help_text="Of the trainings, the same for every arm.")
    margin = models.FloatField(help_text="Differences within it count as equivalent, in AUROC.")
    jobs = models.ManyToManyField(Job, related_name="comparisons", help_text="Parents: the first, and extensions.")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    results = models.JSONField(null=True, help_text="As learning.toolkit.arms writes them, of what is finished.")
    judged_cells = models.PositiveIntegerField(default=0, help_text="How many cells `results` rests on.")

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(folds__gte=2), name="comparison_has_two_folds"),
            models.CheckConstraint(condition=Q(margin__gt=0), name="comparison_margin_above_0"),
        ]

    def __str__(self) -> str:
        return self.name


class ArmKind(models.TextChoices):
    RECIPE = "recipe"
    TRIVIAL = "trivial", "brightness alone"


class ComparisonArm(models.Model):
    """One recipe, or what brightness alone achieves."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="arms")
    number = models.PositiveSmallIntegerField(help_text="Order in the table; 0 is the trivial baseline.")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=ArmKind, default=ArmKind.RECIPE)
    recipe = models.JSONField(default=dict)
    parent = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="+", help_text="The model it starts from."
    )
    is_control = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "number"], name="arm_number_once_per_comparison"),
            models.UniqueConstraint(fields=["comparison", "name"], name="arm_name_once_per_comparison"),
            models.UniqueConstraint(
                fields=["comparison"], condition=Q(is_control=True), name="one_control_arm_per_comparison"
            ),
            models.CheckConstraint(condition=Q(kind__in=ArmKind.values), name="arm_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class ComparisonCell(models.Model):
    """One training: an arm with a seed on all folds but one. Its predictions on that fold are a file."""

    arm = models.ForeignKey(ComparisonArm, on_delete=models.CASCADE, related_name="cells")
    seed = models.PositiveIntegerField()
    fold = models.PositiveSmallIntegerField()
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="comparison_cells")
    seconds = models.FloatField(null=True, help_text="Of computing.")
    finished_at = models.DateTimeField(null=True, help_text="When its predictions were kept.")

    class Meta:
        ordering = ["arm__number", "seed", "fold"]
        constraints = [
            models.UniqueConstraint(fields=["arm", "seed", "fold"], name="cell_once_per_arm_seed_and_fold"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(seconds__gte=0), name="finished_cell_says_how_long"
            ),
        ]
