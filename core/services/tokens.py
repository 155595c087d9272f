"""Access tokens: made by their owner, shown once, kept as a hash, gone when they expire or the account closes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import audit
from core.errors import Conflict, Invalid
from core.models import AccessToken, User

PREFIX = "rl_"
LONGEST_DAYS = 365
MOST = 20
_NOTED_EVERY = timedelta(minutes=1)


def make_token(*, user: User, name: str, days: int) -> tuple[AccessToken, str]:
    """(the token's row, the token itself: 256 random bits, shown once).

    Raises Invalid without a name or for a life out of bounds, Conflict when the person has too many.
    """
    name = name.strip()
    if not name or len(name) > 60:
        raise Invalid("Give the token a name of 1 to 60 signs, such as where it is used.", field="name")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"A token lives 1 to {LONGEST_DAYS} days.", field="days")
    now = timezone.now()
    if AccessToken.objects.filter(user=user).valid_at(now).count() >= MOST:
        raise Conflict(f"You have {MOST} tokens that work. Revoke one that you no longer use.")
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = AccessToken.objects.create(
            user=user, name=name, digest=_digest(secret), start=secret[:8], expires_at=now + timedelta(days=days)
        )
        audit.record("token.made", actor=user, subject=f"token:{token.pk}", days=days)
    return token, secret


def revoke_token(*, token: AccessToken, user: User) -> None:
    """It stops working at once; revoking twice changes nothing."""
    with transaction.atomic():
        if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            audit.record("token.revoked", actor=user, subject=f"token:{token.pk}")


def revoke_all(person: User) -> None:
    """With a new one-time password, whatever knew the old one ends."""
    AccessToken.objects.filter(user=person, revoked_at=None).update(revoked_at=timezone.now())


def owner_of(secret: str) -> User | None:
    """Whose token that is, if it works now; its last use is noted to the minute."""
    now = timezone.now()
    token = AccessToken.objects.filter(digest=_digest(secret)).valid_at(now).select_related("user").first()
    if token is None:
        return None
    unnoted = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTED_EVERY)
    AccessToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token.user


def _digest(secret: str) -> str:
    """A plain hash is enough: the token is random, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
