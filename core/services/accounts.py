"""Accounts: made by site admins, entered with a one-time password that is replaced at the first sign-in."""

from __future__ import annotations

import secrets

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core import audit
from core.errors import Conflict, Invalid
from core.models import User
from core.services.tokens import revoke_all

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for each other when read aloud."""


def one_time_password() -> str:
    """Four groups of four signs: 79 bits, and easy to type."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def make_account(
    *, user: User, username: str, first_name: str = "", last_name: str = "", is_site_admin: bool = False
) -> tuple[User, str]:
    """(the account, its one-time password, shown once and kept nowhere).

    Raises Invalid for a name that can't be one, Conflict for one that is taken.
    """
    username = username.strip()
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        raise Invalid("A username has letters, digits and @ . + - _ only, e.g. a.miller.", field="username") from None
    password = one_time_password()
    try:
        with transaction.atomic():
            person = User(
                username=username, first_name=first_name.strip(), last_name=last_name.strip(),
                is_superuser=is_site_admin, is_staff=is_site_admin, password_is_one_time=True,
            )
            person.set_password(password)
            person.save(force_insert=True)
            audit.record("account.made", actor=user, subject=f"user:{person.pk}", is_site_admin=is_site_admin)
    except IntegrityError:
        raise Conflict(f"There is an account called {username!r} already.", field="username") from None
    return person, password


def renew_password(*, person: User, user: User) -> str:
    """A new one-time password; the old one, every open session and every access token end.

    Raises Invalid for simulated readers.
    """
    if person.is_simulated:
        raise Invalid("Simulated readers do not sign in.")
    password = one_time_password()
    person.set_password(password)
    person.password_is_one_time = True
    with transaction.atomic():
        person.save(update_fields=["password", "password_is_one_time"])
        revoke_all(person)
        audit.record("account.password_renewed", actor=user, subject=f"user:{person.pk}")
    return password


def close_account(*, person: User, user: User) -> None:
    """Nobody can sign in with it any more; what the person did stays. Raises Conflict for one's own."""
    if person.pk == user.pk:
        raise Conflict("You can't close your own account. Ask another site admin.")
    _set_active(person, user, False, "account.closed")


def open_account(*, person: User, user: User) -> None:
    _set_active(person, user, True, "account.opened")


def _set_active(person: User, user: User, is_active: bool, action: str) -> None:
    person.is_active = is_active
    with transaction.atomic():
        person.save(update_fields=["is_active"])
        audit.record(action, actor=user, subject=f"user:{person.pk}")
