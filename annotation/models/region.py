"""Where a finding is: geometry that is never changed. A moved box is a new row with the same track."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from core.models import Project
from imaging.models import Instance, Series

REGION_KINDS = ("box", "polygon", "ellipse", "point", "length", "bidirectional", "box3d", "mask")
WORLD_KINDS = ("box", "polygon", "ellipse", "point", "length", "bidirectional")
"""What can be drawn on a plane through a volume."""


class MaskBlob(models.Model):
    """Pixels of masks, kept once: a file below MEDIA named by the hash of its size and run lengths.

    Same pixels, same row. A row that no region points at any more is swept away with its file.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    bytes = models.PositiveIntegerField()
    used_at = models.DateTimeField(help_text="When a region last took it: the sweep leaves fresh ones alone.")


class Region(models.Model):
    """Tagged geometry, immutable. On an image (and frame), through some slices of a series, or on a plane in a volume.

    geometry   image pixels, 0 = centre of first pixel: see annotation.services.content.shapes. Of a mask
               {blob, rows, columns, area}; without an image {frame_of_reference, points, normal} in patient mm.
    """

    track = models.UUIDField(default=uuid.uuid4, db_index=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="regions")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, null=True, related_name="regions")
    frame = models.PositiveIntegerField(default=0, help_text="0 is the first frame.")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, null=True, related_name="regions")
    kind = models.CharField(max_length=14, choices=[(k, k) for k in REGION_KINDS], default="box")
    geometry = models.JSONField(help_text="Image pixels, 0 = centre of first pixel. Box: x, y (left, top edge), w, h.")
    mask = models.ForeignKey(MaskBlob, on_delete=models.PROTECT, null=True, related_name="regions")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=REGION_KINDS), name="region_kind_is_known"),
            models.CheckConstraint(
                condition=Q(instance__isnull=False) | Q(series__isnull=False, kind__in=WORLD_KINDS),
                name="region_lies_on_an_image_or_in_a_volume",
            ),
            models.CheckConstraint(
                condition=~Q(kind="box3d") | Q(instance__isnull=False, series__isnull=False),
                name="box3d_has_a_first_slice_and_a_series",
            ),
            models.CheckConstraint(
                condition=Q(kind="mask", mask__isnull=False) | (~Q(kind="mask") & Q(mask__isnull=True)),
                name="mask_region_has_its_pixels",
            ),
        ]
