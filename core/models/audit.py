from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from core.models.people import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User) -> AuditEventQuerySet:
        """Site admins see the whole log, managers that of their projects."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(project__memberships__user=user, project__memberships__role="manager")


class AuditEvent(models.Model):
    """One line of the append-only, hash-chained log. Database triggers refuse UPDATE and DELETE."""

    sequence = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+", null=True)
    action = models.CharField(max_length=60)
    project = models.ForeignKey(
        "core.Project", on_delete=models.DO_NOTHING, related_name="+", null=True, db_constraint=False
    )
    subject = models.CharField(max_length=120, blank=True, help_text="What it was done to, as type:key.")
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["project", "-sequence"]), models.Index(fields=["action", "-sequence"])]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.action} {self.subject}"
