from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from core.models import Project
from learning.models.snapshot import Snapshot
from workers.models import Job

if TYPE_CHECKING:
    from core.models import User


class RunPurpose(models.TextChoices):
    MANUAL = "manual", "started by a researcher"
    TEACHER = "teacher", "first teacher of a loop"
    STUDENT = "student", "student of a loop's turn"
    CONTROL = "control", "control arm: random selection, same budget"
    FOREIGN = "foreign", "trained elsewhere"


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> RunQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class Run(models.Model):
    """A job with a recipe and a snapshot. Its state is its job's."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    purpose = models.CharField(max_length=8, choices=RunPurpose, default=RunPurpose.MANUAL)
    recipe = models.JSONField()
    recipe_name = models.CharField(max_length=60, blank=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="runs")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="runs")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    metrics = models.JSONField(null=True, help_text="As learning.toolkit.evaluation writes them.")
    environment = models.JSONField(default=dict, help_text="versions, threads, device, seeds")
    repeats = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="repetitions",
        help_text="The run whose snapshot and recipe this one trains again.",
    )
    outcome = models.CharField(max_length=300, blank=True, help_text="In words: stopped early at epoch 12…")

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]


class RunEpoch(models.Model):
    """One point of the live curve."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="epochs")
    epoch = models.PositiveIntegerField()
    values = models.JSONField(help_text="train_loss, validation_loss, auroc per finding, lr, gradient norms, seconds")

    class Meta:
        ordering = ["epoch"]
        constraints = [models.UniqueConstraint(fields=["run", "epoch"], name="one_row_per_epoch")]
