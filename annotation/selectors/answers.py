"""What readers say about studies, made one answer by a named rule of consensus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from annotation.models import CurrentObservation, ReadingVersion, ReservedSet
from core.models import Project
from imaging.models import Study


@dataclass(frozen=True)
class Answer:
    """One finding on one study: the agreed state and where it comes from.

    grade  index that those who call it present agree on; None where they gave none or differ.
    """

    study_id: int
    finding: str
    state: str
    sources: tuple[str, ...]
    observations: tuple[int, ...]
    is_simulated: bool
    grade: int | None = None


def majority(states: list[str]) -> str:
    """The most frequent state; a tie is equivocal."""
    ranked = Counter(states).most_common()
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        return "equivocal"
    return ranked[0][0]


def agreed_grade(grades: list[int | None]) -> int | None:
    """The most frequent grade among those given; None without one or on a tie.

    >>> agreed_grade([1, 1, 2]), agreed_grade([1, 2]), agreed_grade([None])
    (1, None, None)
    """
    ranked = Counter(grade for grade in grades if grade is not None).most_common()
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


_STRONGEST_FIRST = ("present", "equivocal", "absent", "not_assessable")
CONSENSUS: dict[str, Callable[[list[str]], str]] = {"majority": majority}


def verified_answers(
    *, project: Project, studies: Iterable[int] | None = None, rule: str = "majority",
    exclude_readers: Iterable[str] = (), only_readers: Iterable[str] | None = None,
) -> dict[tuple[int, str], Answer]:
    """(study, finding code) → answer, from readers' current study-level lines only.

    Merged findings read as their target. Raises KeyError naming the known rules for an unknown one.
    """
    if rule not in CONSENSUS:
        raise KeyError(f"{rule!r} is no rule of consensus; known: {', '.join(CONSENSUS)}")
    lines = CurrentObservation.objects.filter(
        project=project, source__kind="reader", subject="study", study__patient__withdrawn_at=None
    ).exclude(source__name__in=list(exclude_readers))
    if only_readers is not None:
        lines = lines.filter(source__name__in=list(only_readers))
    if studies is not None:
        lines = lines.filter(study__in=list(studies))
    grouped: dict[tuple[int, str], list[CurrentObservation]] = defaultdict(list)
    for line in lines.select_related("observation", "source", "finding__merged_into").order_by("observation_id"):
        finding = line.finding.merged_into or line.finding
        grouped[(line.study_id, finding.code)].append(line)
    return {key: _agree(key, found, CONSENSUS[rule]) for key, found in grouped.items()}


def _agree(key: tuple[int, str], lines: list[CurrentObservation], rule: Callable[[list[str]], str]) -> Answer:
    said: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        said[line.source_id].append(line.observation.state)
    return Answer(
        study_id=key[0], finding=key[1], state=rule([_one_word(states) for states in said.values()]),
        sources=tuple(str(line.source) for line in lines),
        observations=tuple(line.observation_id for line in lines),
        is_simulated=all(line.source.is_simulated for line in lines),
        grade=agreed_grade([line.observation.grade for line in lines if line.observation.state == "present"]),
    )


def _one_word(states: list[str]) -> str:
    """A reader has one voice: on findings that were merged meanwhile, what was seen of either counts."""
    return min(states, key=_STRONGEST_FIRST.index)


def reserved_answers(*, project: Project, purpose: str) -> dict[tuple[int, str], Answer]:
    """Readers' answers on a reserved set; empty when it has not been drawn or read."""
    reserved = ReservedSet.objects.filter(project=project, purpose=purpose).first()
    if reserved is None:
        return {}
    studies = Study.objects.filter(reserved_in__reserved_set=reserved, patient__is_quarantined=False)
    return verified_answers(project=project, studies=studies.values_list("pk", flat=True))


def corrections_since(*, project: Project, moment: datetime | None, worklist_id: int | None = None) -> int:
    """How many studies readers have submitted (or amended) on the loop's worklist since then."""
    versions = ReadingVersion.objects.filter(reading__project=project)
    if worklist_id is not None:
        versions = versions.filter(reading__item__worklist=worklist_id)
    if moment is not None:
        versions = versions.filter(submitted_at__gt=moment)
    return versions.values("reading__item__study").distinct().count()
