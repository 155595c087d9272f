"""What a snapshot would hold if it were frozen now, for the page that starts a training. Freezes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from annotation.models import CurrentObservation, Finding
from annotation.selectors.answers import verified_answers
from core.models import Project
from imaging.models import Instance, Split, Study
from learning.services.images import FAMILIES, family_of
from learning.services.snapshot_checks import ORACLE
from learning.services.snapshots import RANDOM_ARM, VALUES

SOURCE_NAMES = {
    "reader": "Readers' answers", "report": "Report labels", "record": "Coded records",
    "unknown": "Imported, source unknown", "consensus": "Consensus",
}
"""Kinds of source that may be trained on, as people call them. A model's own word comes in only as pseudolabels."""


@dataclass
class FindingCount:
    """Studies by answer; `simulated` of all of them were answered by simulated readers alone."""

    code: str
    name: str
    present: int = 0
    absent: int = 0
    equivocal: int = 0
    simulated: int = 0

    @property
    def is_learnable(self) -> bool:
        """Learning needs both sides."""
        return bool(self.present and self.absent)


@dataclass(frozen=True)
class SourceCount:
    kind: str
    name: str
    studies: int


@dataclass(frozen=True)
class SnapshotPreview:
    """The pool's answers as they stand."""

    studies: int
    patients: int
    simulated: int
    findings: list[FindingCount]
    sources: list[SourceCount]


def preview_snapshot(
    *, project: Project, sources: Sequence[str] = ("reader",), findings: Sequence[str] = ()
) -> SnapshotPreview:
    """Count the pool's current answers per finding. Unknown finding codes count nothing."""
    pool = _pool(project)
    active = Finding.objects.active().filter(project=project)
    counts = {f.code: FindingCount(f.code, f.name) for f in active if not findings or f.code in findings}
    studies: set[int] = set()
    by_people: set[int] = set()
    for (study, code), (state, is_simulated) in _answers(project, pool, sources).items():
        if code in counts:
            setattr(counts[code], state, getattr(counts[code], state) + 1)
            counts[code].simulated += is_simulated
            studies.add(study)
            by_people |= set() if is_simulated else {study}
    patients = Study.objects.filter(pk__in=studies).values("patient").distinct().count()
    return SnapshotPreview(
        studies=len(studies), patients=patients, simulated=len(studies - by_people), findings=list(counts.values()),
        sources=_sources(project, pool),
    )


def _answers(project: Project, pool: set[int], sources: Collection[str]) -> dict[tuple[int, str], tuple[str, bool]]:
    """(study, finding code) → state and whether only simulated readers say it; readers win over other kinds.

    Of those a person's word (on a report) wins over a labeler's.
    """
    found: dict[tuple[int, str], tuple[str, bool]] = {}
    others = [kind for kind in sources if kind in SOURCE_NAMES and kind != "reader"]
    lines = _lines(project, pool).filter(source__kind__in=others)
    people_last = F("source__user").asc(nulls_first=True)
    for line in lines.select_related("observation", "source", "finding__merged_into").order_by(people_last, "pk"):
        code = (line.finding.merged_into or line.finding).code
        found[(line.study_id, code)] = (line.observation.state, line.source.is_simulated)
    if "reader" in sources:
        answers = verified_answers(project=project, studies=pool, exclude_readers=(RANDOM_ARM,))
        found |= {key: (answer.state, answer.is_simulated) for key, answer in answers.items()}
    return {key: said for key, said in found.items() if said[0] in VALUES}


def _lines(project: Project, pool: set[int]) -> QuerySet[CurrentObservation]:
    lines = CurrentObservation.objects.filter(project=project, subject="study", study__in=pool)
    return lines.exclude(source__kind=ORACLE[0], source__name=ORACLE[1])


def _sources(project: Project, pool: set[int]) -> list[SourceCount]:
    lines = _lines(project, pool).exclude(source__name=RANDOM_ARM)
    counts = Counter(kind for kind, _ in lines.values_list("source__kind", "study").distinct())
    kinds = [kind for kind in SOURCE_NAMES if counts[kind] or kind == "reader"]
    return [SourceCount(kind, SOURCE_NAMES[kind], counts[kind]) for kind in kinds]


def _pool(project: Project) -> set[int]:
    """Studies of the pool that have an image which a network would learn from."""
    studies = Study.objects.filter(
        projects=project, patient__split__in=[Split.POOL, Split.UNASSIGNED], patient__is_quarantined=False,
        patient__withdrawn_at=None,
    )
    images = Instance.objects.filter(series__study__in=studies, series__modality__in=FAMILIES[family_of(project)])
    return set(images.values_list("series__study_id", flat=True))
