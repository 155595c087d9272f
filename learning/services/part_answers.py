"""Readers' answers on a series or an image: where there is one, it is that image's target, before the study's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from annotation.models import CurrentObservation
from annotation.selectors.answers import agreed_grade, majority
from core.models import Project
from imaging.models import Instance


@dataclass(frozen=True)
class PartAnswer:
    """What readers agree on, for one finding on one part of a study."""

    state: str
    observations: tuple[int, ...]
    sources: str
    grade: int | None = None


class PartAnswers:
    """By subject and finding code. An answer on a frame says nothing of the image as a whole, and isn't in it."""

    def __init__(self, found: dict[str, dict[str, PartAnswer]]) -> None:
        self._found = found

    def on(self, instance: Instance) -> dict[str, PartAnswer]:
        """Finding code → answer: the image's own, else its series'."""
        series, image = f"series:{instance.series_id}", f"instance:{instance.pk}"
        return self._found.get(series, {}) | self._found.get(image, {})


def part_answers(
    *, project: Project, studies: Iterable[int], only_readers: Sequence[str] | None, exclude_readers: Sequence[str]
) -> PartAnswers:
    """Merged findings read as their target; a tie is equivocal."""
    lines = CurrentObservation.objects.filter(
        Q(subject__startswith="series:") | Q(subject__startswith="instance:"), project=project, source__kind="reader",
        study__in=list(studies),
    ).exclude(source__name__in=list(exclude_readers))
    if only_readers is not None:
        lines = lines.filter(source__name__in=list(only_readers))
    said: dict[tuple[str, str], list[CurrentObservation]] = defaultdict(list)
    for line in lines.select_related("observation", "source", "finding__merged_into").order_by("observation_id"):
        said[(line.subject, (line.finding.merged_into or line.finding).code)].append(line)
    found: dict[str, dict[str, PartAnswer]] = defaultdict(dict)
    for (subject, code), agreed in said.items():
        found[subject][code] = PartAnswer(
            majority([line.observation.state for line in agreed]), tuple(line.observation_id for line in agreed),
            ", ".join(str(line.source) for line in agreed),
            agreed_grade([line.observation.grade for line in agreed if line.observation.state == "present"]),
        )
    return PartAnswers(dict(found))
