from __future__ import annotations

from django.db import models
from django.db.models import Q

from learning.models.coarse_map import IS_SMALL, CoarseMap
from learning.models.model_version import Prediction


class ExplanationMethod(models.TextChoices):
    """Names of learning.toolkit.saliency.METHODS."""

    CLASS_ACTIVATION = "class_activation", "class activation"
    GRAD_CAM = "grad_cam", "Grad-CAM"
    OCCLUSION = "occlusion", "occlusion"


class Explanation(models.Model):
    """What moved a prediction's probability of a finding, drawn one way, with the map's own sanity check.

    Made when a reader asks; a copy of what can be computed again. It goes with its prediction, so a withdrawn
    patient's goes too.
    """

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="explanations")
    finding = models.CharField(max_length=60, help_text="Code.")
    method = models.CharField(max_length=20, choices=ExplanationMethod)
    similarity = models.FloatField(help_text="Mean |rank correlation| with maps of networks with random weights.")
    copies = models.PositiveSmallIntegerField(help_text="How many such networks.")
    has_passed = models.BooleanField(help_text="The map depends on what was learned.")
    is_flat = models.BooleanField(default=False, help_text="Nothing stands out; no plane is kept.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prediction", "finding", "method"], name="one_explanation_per_method"),
            models.CheckConstraint(
                condition=Q(method__in=ExplanationMethod.values), name="explanation_method_is_known"
            ),
            models.CheckConstraint(condition=~Q(is_flat=True, has_passed=True), name="flat_explanation_passes_nothing"),
        ]


class ExplanationPlane(CoarseMap):
    """A plane of the map that the network made, and the images it is laid over: one, or the slices nearest to it."""

    explanation = models.ForeignKey(Explanation, on_delete=models.CASCADE, related_name="planes")
    number = models.PositiveSmallIntegerField(help_text="From 0, in the network's order.")
    instances = models.JSONField(help_text="Primary keys of the images it is laid over.")
    values = models.BinaryField(help_text="rows × columns bytes, 0 to 255 within the range of all planes.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["explanation", "number"], name="one_explanation_plane_per_number"),
            models.CheckConstraint(condition=IS_SMALL, name="explanation_plane_is_small"),
        ]
