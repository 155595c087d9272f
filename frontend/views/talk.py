"""The acts of talk on the page of a study: say, answer, resolve, reopen."""

from __future__ import annotations

from annotation.models import Comment
from annotation.selectors.comments import comments_on
from annotation.services.comments import add_comment, reopen_comment, resolve_comment
from core.errors import NotFound
from frontend.views.page import ProjectPage
from imaging.models import Study


class StudyTalk(ProjectPage):
    """For pages of one study, whose talk stands below."""

    study: Study

    def say(self) -> None:
        asked = self.request.POST
        answered = self._comment(asked["reply_to"]) if asked.get("reply_to") else None
        add_comment(
            project=self.project, study=self.study, author=self.person, text=asked.get("text", ""), reply_to=answered
        )

    def resolve(self) -> None:
        resolve_comment(comment=self._comment(self.request.POST.get("comment", "")), user=self.person)

    def reopen(self) -> None:
        reopen_comment(comment=self._comment(self.request.POST.get("comment", "")))

    def _comment(self, pk: str) -> Comment:
        readable = comments_on(user=self.person, project=self.project, study=self.study)
        found = readable.filter(pk=int(pk) if pk.isdigit() else 0).first()
        if found is None:
            raise NotFound("There is no such comment on this study, or you may not see it yet.")
        return found
