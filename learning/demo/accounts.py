"""The demo's three accounts and its simulated readers."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from core.models import Membership, Project, Role, User

PEOPLE = [("radiologist", Role.REVIEWER, False), ("researcher", Role.RESEARCHER, False), ("admin", Role.MANAGER, True)]


@dataclass(frozen=True)
class Account:
    username: str
    password: str


def accounts_file() -> Path:
    return Path(settings.HOME) / "demo-accounts.txt"


def ensure_accounts() -> list[Account]:
    """Create the three accounts once, with random passwords kept in a file only its owner can read."""
    path = accounts_file()
    if path.exists():
        return [Account(*line.split(None, 1)) for line in path.read_text().splitlines() if line]
    accounts = []
    for username, _, is_admin in PEOPLE:
        password = secrets.token_urlsafe(9)
        user, _ = User.objects.get_or_create(username=username)
        user.is_superuser = user.is_staff = is_admin
        user.set_password(password)
        user.save()
        accounts.append(Account(username, password))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{a.username} {a.password}\n" for a in accounts)
    return accounts


def ensure_memberships(project: Project) -> None:
    for username, role, _ in PEOPLE:
        user = User.objects.get(username=username)
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})


def simulated_reader(project: Project, name: str) -> User:
    """A reader that is marked as simulated everywhere its work appears."""
    user, created = User.objects.get_or_create(username=name, defaults={"is_simulated": True})
    if created:
        user.set_unusable_password()
        user.save()
    Membership.objects.get_or_create(project=project, user=user, defaults={"role": Role.ANNOTATOR})
    return user
