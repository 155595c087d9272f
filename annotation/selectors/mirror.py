"""A reader's private mirror: how they agree with themselves, where others outvoted them, how long they take.

For the reader's eyes alone: every function takes the person who looks, and there is none that takes another. Of others
there are aggregates only, of at least `LEAST` readers with `LEAST` readings each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Any

from annotation.models import CurrentObservation, Finding, Reading
from annotation.selectors.answers import majority
from annotation.selectors.unaided import studies_read_unaided
from core.models import Project, User

LEAST = 5
OTHERS = 2
"""So many others must have answered, for one to be outvoted."""
MOST = 100


@dataclass(frozen=True)
class Agreement:
    """Of one finding: in how many of `n` re-read cases the same was said; 95 % Wilson interval."""

    finding: str
    same: int
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Outvoted:
    """A case where most of at least two others say otherwise. Who they are is not told."""

    reading: int
    patient: str
    finding: str
    mine: str
    others: dict[str, int]
    """State -> how many say so."""


@dataclass(frozen=True)
class Pace:
    """Active seconds per case submitted: one's own median, and that of others where they are enough."""

    cases: int
    median_seconds: float | None
    others_median_seconds: float | None
    """Median of the medians of at least LEAST other readers with LEAST readings each; None where they are fewer."""


@dataclass(frozen=True)
class Mirror:
    rereads: int
    agreement: list[Agreement]
    outvoted: list[Outvoted]
    pace: Pace


def mirror_of(*, user: User, project: Project) -> Mirror:
    """What this person sees of themselves in this project."""
    pairs = _pairs(user, project)
    return Mirror(len(pairs), _agreement(pairs, project), _outvoted(user, project), _pace(user, project))


def _pairs(user: User, project: Project) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Contents of first reading and re-read, of the re-reads that are handed in."""
    again = Reading.objects.filter(
        reader=user, project=project, item__worklist__rereads_of__isnull=False, version__gte=1,
        item__study__patient__withdrawn_at=None,
    )
    first = Reading.objects.filter(
        reader=user, project=project, item__worklist__rereads__items__in=again.values("item"),
        item__study__in=again.values("item__study"),
    ).distinct()
    answers = {
        (reading.item.worklist_id, reading.item.study_id): list(reading.versions.all())
        for reading in first.select_related("item").prefetch_related("versions")
    }
    pairs = []
    for reread in again.select_related("item__worklist").prefetch_related("versions"):
        known = answers.get((reread.item.worklist.rereads_of_id or 0, reread.item.study_id), [])
        before = [version for version in known if version.submitted_at < reread.created_at]
        last = list(reread.versions.all())
        if before and last:  # both by number, as versions are ordered
            pairs.append((before[-1].content, last[-1].content))
    return pairs


def said_of(content: dict[str, Any], finding: int) -> str:
    """present, absent or equivocal; `not assessed` for what was not said."""
    if content.get("not_assessable"):
        return "not assessable"
    if content.get("no_finding"):
        return "absent"
    answer = (content.get("findings") or {}).get(str(finding))
    return str(answer["state"]) if answer else "not assessed"


def _agreement(pairs: list[tuple[dict[str, Any], dict[str, Any]]], project: Project) -> list[Agreement]:
    """Where either reading leaves a finding unsaid, nothing can be compared."""
    found = []
    for finding in Finding.objects.active().filter(project=project):
        said = [(said_of(a, finding.pk), said_of(b, finding.pk)) for a, b in pairs]
        compared = [pair for pair in said if "not assessed" not in pair]
        if compared:
            same = sum(a == b for a, b in compared)
            found.append(Agreement(finding.name, same, len(compared), *wilson(same, len(compared))))
    return found


def wilson(same: int, n: int) -> tuple[float, float]:
    """95 % interval of a share; n ≥ 1."""
    z = 1.96
    share, spread = same / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _outvoted(user: User, project: Project) -> list[Outvoted]:
    """Only of cases that the person has answered and has not to answer again unaided."""
    mine = {
        row.item.study_id: row
        for row in Reading.objects.visible_to(user).filter(
            reader=user, project=project, version__gte=1, item__worklist__rereads_of=None
        ).select_related("item__study__patient").order_by("submitted_at")
    }
    waiting = set(studies_read_unaided(user=user, project=project).values_list("pk", flat=True))
    lines = CurrentObservation.objects.filter(
        project=project, source__kind="reader", subject="study", study__in=set(mine) - waiting
    ).select_related("observation", "source", "finding")
    own: dict[tuple[int, int], str] = {}
    others: dict[tuple[int, int], list[str]] = defaultdict(list)
    names = {}
    for line in lines:
        key = (line.study_id, line.finding_id)
        names[line.finding_id] = line.finding.name
        if line.source.user_id == user.pk:
            own[key] = line.observation.state
        else:
            others[key].append(line.observation.state)
    found = [
        Outvoted(mine[study].pk, mine[study].item.study.patient.pseudonym, names[finding], state, _counted(said))
        for (study, finding), state in own.items()
        if len(said := others[study, finding]) >= OTHERS and Counter(said)[majority(said)] * 2 > len(said)
        and majority(said) != state
    ]
    return sorted(found, key=lambda one: -one.reading)[:MOST]


def _counted(said: list[str]) -> dict[str, int]:
    """What most say first."""
    return dict(Counter(said).most_common())


def _pace(user: User, project: Project) -> Pace:
    by_reader: dict[int, list[float]] = defaultdict(list)
    rows = Reading.objects.filter(
        project=project, version__gte=1, active_seconds__gt=0, reader__is_simulated=False
    ).values_list("reader", "active_seconds")
    for reader, seconds in rows:
        by_reader[reader].append(seconds)
    own = by_reader.pop(user.pk, [])
    medians = [median(seconds) for seconds in by_reader.values() if len(seconds) >= LEAST]
    return Pace(
        len(own), median(own) if own else None, median(medians) if len(medians) >= LEAST else None
    )
