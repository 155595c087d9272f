"""A worklist of cases where report and image model contradict each other: a reader looks, and says who is right."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import ReadingMode, ReportPolicy, Worklist, WorklistKind
from annotation.services.worklists import add_items, create_worklist, write_ranking
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.models import Study
from reports_nlp.selectors.disagreement import by_study, contradictions, reason_of

NAME = "Report against image"
QUERY = "disagreement"
MODES = (ReadingMode.SECOND_READER, ReadingMode.UNAIDED)
"""A reason gives both words away: it is told only once the reader's own answer is locked."""


@dataclass(frozen=True)
class DisagreementList:
    worklist: Worklist
    studies: int
    contradictions: int


def make_disagreement_worklist(
    *, project: Project, user: User | None, name: str = NAME, mode: str = ReadingMode.SECOND_READER,
    most: int | None = None,
) -> DisagreementList:
    """Make the list, or rank an existing one of this name anew: the strongest contradiction first.

    most  studies at most. Cases that are settled meanwhile stay where they were, behind.
    Raises Invalid for a mode that would tell before the answer, or when nothing contradicts; Conflict when the name
    belongs to a list of another kind.
    """
    if mode not in MODES:
        raise Invalid("Such a list is read unaided or with the own answer locked first: its reasons name both words.")
    grouped = by_study(contradictions(project=project))
    chosen = list(grouped.items())[:most]
    if not chosen:
        raise Invalid(
            "Report and image model contradict each other nowhere in the unread pool. That needs extracted reports and "
            "a champion that has predicted these studies."
        )
    worklist = _worklist(project, user, name, mode)
    add_items(worklist=worklist, studies=Study.objects.filter(pk__in=[study for study, _ in chosen]))
    entries = [(study, -float(place), reason_of(found)) for place, (study, found) in enumerate(chosen)]
    write_ranking(worklist=worklist, entries=entries, query=QUERY, model_version=chosen[0][1][0].model)
    return DisagreementList(worklist, len(chosen), sum(len(found) for _, found in chosen))


def _worklist(project: Project, user: User | None, name: str, mode: str) -> Worklist:
    existing = Worklist.objects.filter(project=project, name=name.strip()).select_related("ranking").first()
    if existing is None:
        return create_worklist(
            project=project, user=user, name=name, kind=WorklistKind.RANKED, mode=mode,
            report_policy=ReportPolicy.AFTER, unaided_share=0.0,
        )
    is_ours = existing.ranking is not None and existing.ranking.query == QUERY
    if not is_ours or existing.mode not in MODES:
        raise Conflict(f"{existing.name} is a list of another kind. Choose another name.", name=existing.name)
    return existing
