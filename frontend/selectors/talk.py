"""What pages show of the talk about cases: threads of one study, and what colleagues asked this person."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation.models import Comment, Reading, ReadingState
from annotation.selectors.comments import asked_of, comments_on, readable_comments
from annotation.selectors.unaided import studies_read_unaided
from core.models import Project, User
from imaging.models import Study


@dataclass(frozen=True)
class Question:
    """A colleague's question that waits for this person, and the page where it is answered."""

    comment: Comment
    is_readable: bool
    """False: its words wait for the person's own answer on the case."""
    href: str


def questions_for(*, project: Project, user: User) -> list[Question]:
    """Oldest first. Cases that the person has read are opened in the reading room, others on the study's page."""
    asked = list(asked_of(user=user, project=project))
    readable = set(readable_comments(user=user, project=project).filter(asked=user).values_list("pk", flat=True))
    rooms = _rooms(project, user, [one.study_id for one in asked])

    def place(one: Comment) -> str:
        room = rooms.get(one.study_id)
        return f"{room}&comment={one.pk}" if room else f"/p/{project.slug}/studies/{one.study.uid}/#talk"

    return [Question(one, one.pk in readable, place(one)) for one in asked]


def _rooms(project: Project, user: User, studies: list[int]) -> dict[int, str]:
    """Study → address of the person's latest reading of it."""
    own = Reading.objects.filter(project=project, reader=user, item__study__in=studies)
    open_ones = own.exclude(state=ReadingState.SKIPPED).select_related("item").order_by("saved_at")
    return {
        one.item.study_id: f"/p/{project.slug}/read/{one.item.worklist_id}/?reading={one.pk}" for one in open_ones
    }


@dataclass
class Thread:
    root: Comment
    replies: list[Comment] = field(default_factory=list)


@dataclass(frozen=True)
class Talk:
    """What this person may read about a study now."""

    threads: list[Thread]
    is_withheld: bool
    """Others' comments wait until the person's own answer is in."""


def talk_on(*, study: Study, project: Project, user: User) -> Talk:
    """Oldest first; an answer stands in the thread of its first question, or by itself where that is withheld."""
    threads: dict[int, Thread] = {}
    for one in comments_on(user=user, project=project, study=study):
        above = threads.get(one.reply_to_id or 0)
        if above is None:
            threads[one.pk] = Thread(one)
        else:
            above.replies.append(one)
            threads[one.pk] = above
    roots = {id(thread): thread for thread in threads.values()}
    waits = studies_read_unaided(user=user, project=project).filter(pk=study.pk).exists()
    return Talk(list(roots.values()), waits)
