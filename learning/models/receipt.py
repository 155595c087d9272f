from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from annotation.models import Worklist
from core.models import Project

if TYPE_CHECKING:
    from core.models import User


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: User) -> ReceiptQuerySet:
        """One's own: how much somebody reads in an hour is nobody else's to see."""
        return self.filter(reader=user.pk, project__in=Project.objects.visible_to(user))


class Receipt(models.Model):
    """What a stretch of reading brought, as its reader was told: numbers of that moment, never computed anew."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="receipts")
    worklist = models.ForeignKey(Worklist, on_delete=models.CASCADE, related_name="receipts")
    reader = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="receipts")
    started_at = models.DateTimeField(help_text="When the first of its readings was begun.")
    ended_at = models.DateTimeField(help_text="When the last of its readings was handed in.")
    numbers = models.JSONField(help_text="See learning.services.receipts.")
    made_at = models.DateTimeField(auto_now=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["-ended_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["worklist", "reader", "started_at"], name="one_receipt_per_stretch"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="receipt_ends_after_its_start"),
        ]
