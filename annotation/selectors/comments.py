"""What readers said to each other about a study, and what a person was asked."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from annotation.models import Comment
from annotation.selectors.unaided import studies_read_unaided
from core.models import Project, User
from imaging.models import Study


def readable_comments(*, user: User, project: Project) -> QuerySet[Comment]:
    """Comments of the project; other people's wait until the person's own unaided answer is in (invariant 4)."""
    unread = studies_read_unaided(user=user, project=project)
    rows = Comment.objects.visible_to(user).filter(project=project)
    return rows.filter(Q(author=user) | ~Q(study__in=unread)).select_related("author", "asked", "resolved_by", "study")


def comments_on(*, user: User, project: Project, study: Study) -> QuerySet[Comment]:
    """Of one study, oldest first."""
    return readable_comments(user=user, project=project).filter(study=study)


def asked_of(*, user: User, project: Project) -> QuerySet[Comment]:
    """Questions that wait for this person. The case is named even where its text must wait."""
    rows = Comment.objects.visible_to(user).filter(project=project, asked=user, resolved_at=None)
    return rows.select_related("author", "asked", "resolved_by", "study")
