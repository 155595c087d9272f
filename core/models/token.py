from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from core.models.people import User


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def visible_to(self, user: User) -> AccessTokenQuerySet:
        return self.filter(user=user)

    def valid_at(self, moment: datetime) -> AccessTokenQuerySet:
        """Neither revoked nor expired, of people whose account is open."""
        valid = self.filter(revoked_at=None, expires_at__gt=moment, user__is_active=True)
        return valid.filter(user__is_simulated=False, user__password_is_one_time=False)


class AccessToken(models.Model):
    """A person's word for a program of theirs (notebook, script): it may what the person may, until it expires."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60, help_text="Where it is used.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token; itself it is kept nowhere.")
    start = models.CharField(max_length=8, help_text="Its first signs, to tell tokens apart.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="token_lives_for_a_while")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"
