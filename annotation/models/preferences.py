from __future__ import annotations

from django.db import models
from django.db.models import Q


class RoomPreferences(models.Model):
    """How one reader has set up the reading room; theirs on every machine."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="room_preferences")
    keys = models.JSONField(default=dict, help_text="Action of the room -> key sequences instead of its defaults.")
    break_minutes = models.PositiveSmallIntegerField(default=45, help_text="Reading time until a break; 0: never.")
    tour = models.CharField(max_length=10, default="new", help_text="new, a step's number, done or dismissed.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(break_minutes__lte=240), name="break_within_four_hours"),
        ]
