from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class HangingVersionQuerySet(models.QuerySet["HangingVersion"]):
    def visible_to(self, user: User) -> HangingVersionQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user))


class HangingVersion(models.Model):
    """A project's hanging protocols as they were saved; the newest are in force, without any the shipped ones are."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="hanging_versions")
    number = models.PositiveIntegerField()
    rules = models.JSONField(help_text="imaging.hanging.rules.RuleSet")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HangingVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="hanging_version_once_per_project"),
            models.CheckConstraint(condition=Q(number__gte=1), name="hanging_versions_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"Hanging protocols {self.number} of {self.project}"
