"""Where the cases of a run came from, and who they are: the flow of the cohort, and its characteristics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles

from annotation.models import ReservedCase
from imaging.models import Instance, Study
from learning.models import Run, SnapshotRow

PARTITIONS = ("training", "calibration", "gate", "test")


@dataclass(frozen=True)
class Step:
    """One box of the flow: what remains, and what was left out before it with the reason."""

    name: str
    studies: int
    patients: int
    left_out: str = ""


def flow(run: Run) -> list[Step]:
    """From all studies of the project to those that the run learned from, then the reserved sets as they are today."""
    project = run.project
    every = Study.objects.filter(projects=project)
    present = every.filter(patient__withdrawn_at=None)
    sound = present.filter(patient__is_quarantined=False)
    reserved = ReservedCase.objects.filter(project=project)
    pool = sound.exclude(pk__in=reserved.values("study"))
    learned = Study.objects.filter(pk__in=_trained_on(run))
    steps = [
        _step("Studies of the project", every),
        _step("Present", present, "withdrawn", every),
        _step("With sound patient identity", sound, "quarantined after a merge across sets", present),
        _step("Open to training", pool, "reserved (calibration, gate, test)", sound),
        _step("Learned from", learned, "without an answer when the snapshot was frozen", pool),
    ]
    for purpose in PARTITIONS[1:]:
        cases = sound.filter(pk__in=reserved.filter(reserved_set__purpose=purpose).values("study"))
        if cases.exists():
            steps.append(_step(f"{purpose.capitalize()} set", cases))
    return steps


def _trained_on(run: Run) -> set[int]:
    rows = SnapshotRow.objects.filter(snapshot=run.snapshot).exclude(origin="pseudo")
    return set(Instance.objects.filter(pk__in=rows.values("instance")).values_list("series__study", flat=True))


def _step(name: str, studies: object, reason: str = "", before: object = None) -> Step:
    n, patients = studies.count(), studies.values("patient").distinct().count()  # type: ignore[attr-defined]
    gone = before.count() - n if before is not None else 0  # type: ignore[attr-defined]
    return Step(name, n, patients, f"{gone} {reason}" if gone > 0 else "")


@dataclass(frozen=True)
class Characteristic:
    """One row of Table 1: a value per partition, in the order of `PARTITIONS`."""

    name: str
    values: tuple[str, ...]


def table_one(run: Run) -> list[Characteristic]:
    """Age, sex, modality, view, scanner and site per partition; what was not kept is 'not recorded'."""
    groups = [_trained_on(run)]
    for purpose in PARTITIONS[1:]:
        cases = ReservedCase.objects.filter(project=run.project, reserved_set__purpose=purpose)
        groups.append(set(cases.values_list("study", flat=True)))
    studies = [list(Study.objects.filter(pk__in=group, patient__withdrawn_at=None)) for group in groups]
    images = [
        list(Instance.objects.filter(series__study__in=group).select_related("series").defer("frame_table"))
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
    return rows + _counted("Site", [[i.series.site for i in group] for group in images])


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
