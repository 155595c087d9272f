from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from core.models import Project
from imaging.models import Instance, Patient

if TYPE_CHECKING:
    from core.models import User


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def visible_to(self, user: User) -> SnapshotQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class Snapshot(models.Model):
    """Frozen training rows. Never changes after `hash` is set; two equal freezes have equal hashes."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="snapshots")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    hash = models.CharField(max_length=64, help_text="sha256 over findings and rows in order.")
    findings = models.JSONField(help_text="[{code, definition_hash, kind}] in column order.")
    counts = models.JSONField(default=dict, help_text="finding -> {present, absent, equivocal}, and rows per origin.")
    has_withdrawn_patients = models.BooleanField(default=False)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]


class SnapshotRow(models.Model):
    """One subject: an image with its targets. `origin` tells readers' labels from pseudolabels."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="rows")
    instance = models.ForeignKey(Instance, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    sop_uid = models.CharField(max_length=64)
    origin = models.CharField(max_length=10, help_text="verified, report, imported or pseudo")
    targets = models.JSONField(help_text="finding code -> 1 / 0 / -1 (equivocal) or probability for pseudo rows.")
    weights = models.JSONField(default=dict, help_text="finding code -> weight; missing means 1.")
    observations = models.JSONField(default=dict, help_text="finding code -> ids of the ledger lines behind it.")
    sources = models.JSONField(default=dict, help_text="finding code -> source, e.g. reader:anna.")
    grades = models.JSONField(default=dict, help_text="finding code -> index of the grade that the answers agree on.")
    masks = models.JSONField(default=dict, help_text="finding code -> [{blobs, rest: negative or open}], one a source.")
    earlier = models.JSONField(
        default=dict, help_text="Of a pair: the earlier image's instance and sop_uid, days between, age in years."
    )

    class Meta:
        ordering = ["sop_uid", "origin"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "sop_uid", "origin"], name="subject_once_per_snapshot_origin")
        ]
