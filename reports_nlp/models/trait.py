from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from annotation.models import Finding
from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class MinedTraitQuerySet(models.QuerySet["MinedTrait"]):
    def visible_to(self, user: User) -> MinedTraitQuerySet:
        return self.filter(finding__project__in=Project.objects.visible_to(user))


class MinedTrait(models.Model):
    """How reports describe a finding that is present: derived, replaced when mined again. No text is kept here."""

    KINDS = [(k, k) for k in ("size", "shape", "margin", "density", "number", "location", "severity", "course")]

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="mined_traits")
    kind = models.CharField(max_length=10, choices=KINDS)
    term = models.CharField(max_length=60)
    mentions = models.PositiveIntegerField(help_text="How often it is said of the finding.")
    reports = models.PositiveIntegerField(help_text="In how many reports.")
    examples = models.JSONField(default=list, help_text="[report, start, end] of a few places, newest version.")
    mined_at = models.DateTimeField(auto_now=True)

    objects = MinedTraitQuerySet.as_manager()

    class Meta:
        ordering = ["finding", "-mentions", "term"]
        constraints = [models.UniqueConstraint(fields=["finding", "kind", "term"], name="one_row_per_trait")]
