from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.models import Project
from imaging.models import Study


class ReservedSet(models.Model):
    """Calibration, gate or test cases of a project: patient-disjoint, drawn before any ranking, versioned."""

    PURPOSES = ("calibration", "gate", "test")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reserved_sets")
    purpose = models.CharField(max_length=12, choices=[(p, p) for p in PURPOSES])
    version = models.PositiveIntegerField(default=1, help_text="Grows when a case or its answer is amended.")
    seed = models.BigIntegerField()
    drawn_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "purpose"], name="one_reserved_set_per_purpose"),
            models.CheckConstraint(
                condition=Q(purpose__in=["calibration", "gate", "test"]), name="reserved_purpose_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} set v{self.version}"


class ReservedCase(models.Model):
    reserved_set = models.ForeignKey(ReservedSet, on_delete=models.CASCADE, related_name="cases")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="reserved_in")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "study"], name="study_in_one_reserved_set")]


class TestOpening(models.Model):
    """Each time the test set was opened: by whom, for which model, why. Shown beside every test figure."""

    reserved_set = models.ForeignKey(ReservedSet, on_delete=models.PROTECT, related_name="openings")
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    model_version = models.CharField(max_length=60)
    note = models.CharField(max_length=300)
