"""Readers talk about a case beside their answers: a comment, pinned to a spot or not; a question to a colleague."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from annotation.models import Comment
from core import audit
from core.access import may
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Instance, Patient, Study

LONGEST = 2000


@dataclass(frozen=True)
class Spot:
    """Image pixels of one frame, 0 = centre of the first pixel."""

    instance: Instance
    frame: int
    x: float
    y: float


def add_comment(
    *, project: Project, study: Study, author: User, text: str, spot: Spot | None = None, asked: User | None = None,
    reply_to: Comment | None = None,
) -> Comment:
    """Raises Invalid for an empty or overlong text, a spot outside the study's images, a colleague who cannot read."""
    text = text.strip()
    if not text:
        raise Invalid("Write a word or two first.", field="text")
    if len(text) > LONGEST:
        raise Invalid(f"A comment has at most {LONGEST} characters; this one has {len(text)}.", field="text")
    if spot is not None:
        _check_spot(spot, study)
    if asked is not None and not may(asked, "annotate", project):
        raise Invalid(f"{asked.username} does not read cases in this project. Ask a reader.", field="asked")
    if reply_to is not None and reply_to.study_id != study.pk:
        raise Invalid("The comment you answer belongs to another study.", field="reply_to")
    with transaction.atomic():
        _require_patient(study)
        made = Comment.objects.create(
            project=project, study=study, author=author, text=text, asked=asked, reply_to=reply_to,
            **({} if spot is None else {"instance": spot.instance, "frame": spot.frame, "x": spot.x, "y": spot.y}),
        )
        audit.record("comment.added", actor=author, project=project, subject=f"study:{study.uid}", comment=made.pk)
    return made


def _check_spot(spot: Spot, study: Study) -> None:
    instance = spot.instance
    if instance.series.study_id != study.pk or spot.frame >= instance.frames:
        raise Invalid("The spot lies on an image that is not in this study.", field="spot")
    if not (-0.5 <= spot.x <= instance.columns - 0.5 and -0.5 <= spot.y <= instance.rows - 0.5):
        raise Invalid("The spot lies outside the image.", field="spot")


def _require_patient(study: Study) -> None:
    """A withdrawal that is under way waits for this, or this sees that it has happened."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=study.patient_id)
    if patient.withdrawn_at is not None:
        raise Invalid("The patient has been withdrawn; nothing more can be said about these images.")


def resolve_comment(*, comment: Comment, user: User) -> Comment:
    """Settled; twice has the effect of once."""
    Comment.objects.filter(pk=comment.pk, resolved_at=None).update(resolved_at=timezone.now(), resolved_by=user)
    comment.refresh_from_db()
    return comment


def reopen_comment(*, comment: Comment) -> Comment:
    """Not settled after all."""
    Comment.objects.filter(pk=comment.pk).update(resolved_at=None, resolved_by=None)
    comment.refresh_from_db()
    return comment
