from __future__ import annotations

from django.db import models
from django.db.models import Q

IS_SMALL = Q(rows__lte=32) & Q(columns__lte=32)


class CoarseMap(models.Model):
    """Cells of a coarse map and the rectangle of the image that they cover."""

    rows = models.PositiveSmallIntegerField()
    columns = models.PositiveSmallIntegerField()
    x = models.FloatField(help_text="Left edge of the map in image pixels, 0 = centre of the first pixel.")
    y = models.FloatField(help_text="Top edge.")
    w = models.FloatField()
    h = models.FloatField()

    class Meta:
        abstract = True
