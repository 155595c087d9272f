"""Nothing is recorded until the reader says so, for each project by itself."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from annotation.models import GazeConsent, GazeRecording
from annotation.services.gaze.staging import delete_rows
from core import audit
from core.errors import Conflict
from core.models import Project, User


def consent_of(*, user: User, project: Project) -> GazeConsent | None:
    return GazeConsent.objects.filter(user=user, project=project).first()


def give_consent(*, user: User, project: Project) -> GazeConsent:
    """Twice has the effect of once."""
    try:
        with transaction.atomic():
            made, is_new = GazeConsent.objects.get_or_create(user=user, project=project)
            if is_new:
                audit.record("gaze.consent_given", actor=user, project=project)
    except IntegrityError:
        made = GazeConsent.objects.get(user=user, project=project)
    return made


def take_consent_back(*, user: User, project: Project, delete: bool) -> int:
    """Nothing more is recorded; with `delete` what was recorded goes too. Returns how many recordings went."""
    with transaction.atomic():
        gone, _ = GazeConsent.objects.filter(user=user, project=project).delete()
        count = delete_rows(GazeRecording.objects.filter(reader=user, project=project)) if delete else 0
        if gone or count:
            audit.record("gaze.consent_taken_back", actor=user, project=project, deleted=count)
    return count


def require_consent(*, user: User, project: Project) -> GazeConsent:
    """Raises Conflict where the reader has not allowed it."""
    given = consent_of(user=user, project=project)
    if given is None:
        raise Conflict(
            "You have not allowed recording in this project."
            " Switch it on under My readings → Looking and speaking."
        )
    return given
