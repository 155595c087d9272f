from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from annotation.models import MaskBlob
from core.models import Project
from imaging.models import Instance
from learning.models.coarse_map import IS_SMALL, CoarseMap
from learning.models.run import Run

if TYPE_CHECKING:
    from core.models import User


class ModelState(models.TextChoices):
    CANDIDATE = "candidate"
    CHAMPION = "champion"
    RETIRED = "retired", "retired: a later model took its place"
    REJECTED = "rejected", "rejected: not better on the gate set"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def visible_to(self, user: User) -> ModelVersionQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class ModelVersion(models.Model):
    """A run's artefact: safetensors + card, with metrics and lineage."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="model_versions")
    number = models.PositiveIntegerField(help_text="1, 2, 3… within the project.")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="model_version")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="students")
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    path = models.CharField(max_length=200, help_text="Of the safetensors file, below HOME.")
    sha256 = models.CharField(max_length=64)
    findings = models.JSONField(help_text="Finding codes in output order.")
    card = models.JSONField(default=dict)
    gate = models.JSONField(null=True, help_text="Metrics with intervals on the gate set.")
    suggests_masks = models.BooleanField(
        default=False, help_text="Its masks are suggested in the reading room (segmentation)."
    )
    used_withdrawn_patients = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="model_number_once_per_project"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="champion"), name="one_champion_per_project"
            ),
            models.CheckConstraint(condition=Q(state__in=ModelState.values), name="model_state_is_known"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(suggests_masks=True), name="one_model_outlines_per_project"
            ),
        ]

    def __str__(self) -> str:
        return f"model {self.number}"


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def visible_to(self, user: User) -> PredictionQuerySet:
        return self.filter(model_version__in=ModelVersion.objects.visible_to(user))


class Prediction(models.Model):
    """A model version's output on an instance. Not an observation."""

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="predictions")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="predictions")
    probabilities = models.JSONField(help_text="finding code -> calibrated probability")
    uncertainty = models.JSONField(default=dict, help_text="finding code -> 0 (sure) to 1 (entropy in bits)")
    boxes = models.JSONField(default=list, help_text="[{finding, x, y, w, h, probability, how}] in image pixels")
    embedding = models.BinaryField(null=True, help_text="float16, little endian")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_version", "instance"], name="one_prediction_per_model_and_instance")
        ]


class HeatMap(CoarseMap):
    """Where in the image a prediction's evidence lies, coarsely: of a few findings, small, for the champion alone.

    It goes with its prediction, so a withdrawn patient's goes too.
    """

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="heat_maps")
    finding = models.CharField(max_length=60, help_text="Code.")
    values = models.BinaryField(help_text="rows × columns bytes, 0 to 255 within this map's own range.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prediction", "finding"], name="one_heat_map_per_prediction_and_finding"),
            models.CheckConstraint(condition=IS_SMALL, name="heat_map_is_small"),
        ]


class PredictedMask(models.Model):
    """Which pixels a prediction gives to a finding: a hashed blob, like a reader's mask. Goes with its prediction."""

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="masks")
    finding = models.CharField(max_length=60, help_text="Code.")
    mask = models.ForeignKey(MaskBlob, on_delete=models.PROTECT, related_name="predicted")
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    area = models.PositiveIntegerField(help_text="Pixels.")
    probability = models.FloatField(help_text="Mean over the pixels of the mask.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prediction", "finding"], name="one_mask_per_prediction_and_finding"),
            models.CheckConstraint(condition=Q(area__gt=0), name="predicted_mask_is_not_empty"),
        ]
