"""Where the cases of a run came from, and who they are: the flow of the cohort, and its characteristics."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import quantiles
from typing import Literal

from django.db.models import QuerySet

from annotation.models import ReservedCase
from annotation.selectors.answers import reserved_answers
from imaging.models import Instance, Study
from learning.models import Run, SnapshotRow
from learning.services.images import family_of, images_of
from learning.services.runs import held_out_path

RESERVED = ("calibration", "gate", "test")
OPEN = "Open to training"
FROZEN = "In the snapshot"
Place = Literal["main", "reserved", "part"]


@dataclass(frozen=True)
class Step:
    """One box of the flow: what remains, and what was left out before it with the reason.

    place  main: what is left of the step before; reserved: a set that was taken out of `OPEN`; part: of the snapshot.
    """

    name: str
    studies: int
    patients: int
    left_out: str = ""
    place: Place = "main"


def flow(run: Run) -> list[Step]:
    """From all studies of the project to those that the run learned from and those that judged it.

    The snapshot and its parts are as they were frozen; everything before, and the reserved sets, as they are today.
    Steps that leave nothing out are not told.
    """
    project = run.project
    every = Study.objects.filter(projects=project)
    present = every.filter(patient__withdrawn_at=None)
    sound = present.filter(patient__is_quarantined=False)
    pool = sound.exclude(pk__in=ReservedCase.objects.filter(project=project).values("study"))
    frozen = studies_of_snapshot(run)
    seen = pool.filter(pk__in=set(images_of(project, pool.values_list("pk", flat=True))) | frozen)
    kind = family_of(project)
    told = [
        _step("Studies of the project", every),
        _step("Not withdrawn", present, "withdrawn", every),
        _step("With sound patient identity", sound, "quarantined after a merge across sets", present),
        _step(OPEN, pool, "reserved", sound),
        _step(f"With {kind}", seen, f"without {kind}, the images that are learned here", pool),
        _step(FROZEN, Study.objects.filter(pk__in=frozen), "without an answer when the snapshot was frozen", seen),
    ]
    main = [step for step in told if step.left_out or step in (told[0], told[-1])]
    return [*main, *_reserved(run), *_parts(run)]


def _reserved(run: Run) -> list[Step]:
    """The sets that were drawn: of each the studies that somebody answered and that can be seen."""
    steps = []
    for purpose in RESERVED:
        drawn = Study.objects.filter(reserved_in__project=run.project, reserved_in__reserved_set__purpose=purpose)
        if drawn.exists():
            judging = Study.objects.filter(pk__in=judging_studies(run, purpose))
            reason = f"not used: no answer, or no {family_of(run.project)}"
            steps.append(replace(_step(f"{purpose.capitalize()} set", judging, reason, drawn), place="reserved"))
    return steps


def _parts(run: Run) -> list[Step]:
    """What was learned from and what was held out of it, where the run drew them once; none where all took turns."""
    held = held_out_studies(run)
    learned = studies_of_snapshot(run) - held
    if not held or not learned:
        return []
    found = (("Learned from", learned), ("Held out", held))
    return [replace(_step(name, Study.objects.filter(pk__in=part)), place="part") for name, part in found]


def studies_of_snapshot(run: Run) -> set[int]:
    """With an answer of a person or a label that was imported."""
    rows = SnapshotRow.objects.filter(snapshot=run.snapshot).exclude(origin="pseudo")
    return set(Instance.objects.filter(pk__in=rows.values("instance")).values_list("series__study", flat=True))


def held_out_studies(run: Run) -> set[int]:
    """With a held-out prediction of the run."""
    path = held_out_path(run)
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        uids = {row["sop_uid"].partition(":")[0] for row in csv.DictReader(file)}
    rows = SnapshotRow.objects.filter(snapshot=run.snapshot, sop_uid__in=uids)
    return set(rows.values_list("instance__series__study", flat=True))


def judging_studies(run: Run, purpose: str) -> set[int]:
    """Of a reserved set: those that readers answered and that have images of the kind that is learned."""
    answered = {study for study, _ in reserved_answers(project=run.project, purpose=purpose)}
    sound = Study.objects.filter(pk__in=answered, patient__withdrawn_at=None, patient__is_quarantined=False)
    return set(images_of(run.project, sound.values_list("pk", flat=True)))


def _step(name: str, studies: QuerySet[Study], reason: str = "", before: QuerySet[Study] | None = None) -> Step:
    n, patients = studies.distinct().count(), studies.values("patient").distinct().count()
    gone = before.distinct().count() - n if before is not None else 0
    return Step(name, n, patients, f"{gone} {reason}" if gone > 0 else "")


@dataclass(frozen=True)
class Characteristic:
    """One row of Table 1: a value per partition, in the order of the table's columns."""

    name: str
    values: tuple[str, ...]


def table_one(run: Run) -> tuple[list[str], list[Characteristic]]:
    """Names of the partitions that there are, and age, sex, modality, view, scanner and site of each.

    Counted are the studies that took part and the images that were used; what was not kept is 'not recorded'.
    """
    held = held_out_studies(run)
    learned = studies_of_snapshot(run) - held
    parts = {"training": learned or held, "held out": held if learned else set()}
    parts |= {purpose: judging_studies(run, purpose) for purpose in RESERVED}
    groups = [found for found in parts.values() if found]
    studies = [list(Study.objects.filter(pk__in=group, patient__withdrawn_at=None)) for group in groups]
    images = [
        [image for used in images_of(run.project, [s.pk for s in group]).values() for image in used]
        for group in studies
    ]
    rows = [
        Characteristic("Patients", tuple(str(len({s.patient_id for s in group})) for group in studies)),
        Characteristic("Studies", tuple(str(len(group)) for group in studies)),
        Characteristic("Images", tuple(str(len(group)) for group in images)),
        Characteristic("Age, years, median (quartiles)", tuple(_ages(s.age_years for s in group) for group in studies)),
    ]
    rows += _counted("Sex", [[s.sex for s in group] for group in studies])
    rows += _counted("Modality", [[i.series.modality for i in group] for group in images])
    rows += _counted("View", [[i.series.view_position for i in group] for group in images])
    rows += _counted("Scanner", [[i.series.scanner for i in group] for group in images])
    rows += _counted("Site", [[i.series.site for i in group] for group in images])
    return [name for name, found in parts.items() if found], rows


def _ages(ages: Iterable[int | None]) -> str:
    known = sorted(age for age in ages if age is not None)
    if len(known) < 2:
        return f"{known[0]} (n = 1)" if known else "not recorded"
    low, middle, high = quantiles(known, n=4, method="inclusive")
    return f"{middle:g} ({low:g} to {high:g}), n = {len(known)}"


def _counted(name: str, groups: list[list[str]]) -> list[Characteristic]:
    """A row per value, commonest first; at most eight, the rest together."""
    counts = [Counter(value or "not recorded" for value in group) for group in groups]
    total: Counter[str] = sum(counts, Counter())
    shown = [value for value, _ in total.most_common(8)]
    rows = [Characteristic(f"{name}: {v}", tuple(_share(c[v], c.total()) for c in counts)) for v in shown]
    if len(total) > len(shown):
        others = [sum(n for value, n in c.items() if value not in shown) for c in counts]
        values = tuple(_share(n, c.total()) for n, c in zip(others, counts, strict=True))
        rows.append(Characteristic(f"{name}: others", values))
    return rows


def _share(n: int, total: int) -> str:
    return f"{n} ({100 * n / total:.0f} %)" if total else "0"
