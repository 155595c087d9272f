from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from core.models import Project
from imaging.models import Instance, Study

if TYPE_CHECKING:
    from core.models import User


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> CommentQuerySet:
        return self.filter(project__in=Project.objects.visible_to(user), study__in=Study.objects.visible_to(user))


class Comment(models.Model):
    """What one reader says to the others about a study, pinned to a spot of it or not. Never part of an answer.

    With `asked` it is a question to a colleague, who finds it in a list of their own until somebody resolves it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="comments")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="comments")
    asked = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="asked_comments")
    text = models.TextField(max_length=2000)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, null=True, related_name="comments")
    frame = models.PositiveIntegerField(default=0, help_text="0 is the first frame.")
    x = models.FloatField(null=True, help_text="Image pixels, 0 = centre of the first pixel.")
    y = models.FloatField(null=True)
    reply_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["project", "study"]),
            models.Index(fields=["asked"], name="comments_open_for", condition=Q(resolved_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
            models.CheckConstraint(
                condition=Q(instance=None, x=None, y=None)
                | Q(instance__isnull=False, x__isnull=False, y__isnull=False),
                name="comment_spot_is_whole_or_absent",
            ),
        ]
