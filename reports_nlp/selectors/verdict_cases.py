"""Readers' verdicts as cases to learn from and to judge by: one answer per report and finding, patients kept apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from annotation.models import Finding
from core.models import Project
from imaging.models import Patient, Split
from imaging.services.patients import site_keys
from reports_nlp.models import ReportVerdict

HELD_OUT_SHARE = 0.3
"""Of patients: their verdicts judge text models and never train one."""
RESERVED = (Split.CALIBRATION, Split.GATE, Split.TEST)


@dataclass(frozen=True)
class VerdictCase:
    """What readers say that a report says of a finding."""

    report_id: int
    study_id: int | None
    patient: str
    """Pseudonym."""
    finding: str
    """Code; merged findings read as their target."""
    state: str
    is_blind: bool
    """Given without seeing a suggestion."""
    is_accepted: bool
    """Every reader accepted what was shown."""
    is_held_out: bool
    is_simulated: bool
    spans: tuple[tuple[int, int], ...]
    """What readers marked."""


@dataclass(frozen=True)
class VerdictCases:
    cases: tuple[VerdictCase, ...]
    left_out: dict[str, int]
    """Why -> number of reports and findings."""


def is_held_out(pseudonym: str) -> bool:
    """By the vault's key, so for ever and in every project of the installation."""
    return int(site_keys().digest("text-held-out", pseudonym)[:8], 16) < HELD_OUT_SHARE * 16**8


def verdict_cases(
    *, project: Project, findings: Iterable[str] | None = None, only_blind: bool = False
) -> VerdictCases:
    """Current verdicts on reports of the pool; patients of reserved sets are for images and stay out.

    Several readers of one report count once, where they agree. `only_blind` looks at blind verdicts alone.
    """
    given = ReportVerdict.objects.filter(is_current=True, report__project=project).order_by("pk")
    grouped: dict[tuple[int, str], list[_Given]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    wanted = None if findings is None else set(findings)
    for values in given.values_list(*_COLUMNS):
        row = _Given(*values)
        if (wanted is not None and row.code not in wanted) or (only_blind and not row.is_blind):
            continue
        why = _why_not(row)
        if why:
            left_out[why] += 1
        else:
            grouped[(row.report, row.code)].append(row)
    held_out: dict[str, bool] = {}
    cases = []
    for rows in grouped.values():
        if len({row.state for row in rows}) > 1:
            left_out["readers disagree"] += 1
            continue
        patient = rows[0].patient
        if patient not in held_out:
            held_out[patient] = is_held_out(patient)
        cases.append(_case(rows, held_out[patient]))
    return VerdictCases(tuple(cases), dict(left_out))


_COLUMNS = (
    "report", "report__study", "report__study__patient__pseudonym", "report__study__patient__split",
    "report__study__patient__is_quarantined", "report__study__patient__withdrawn_at", "finding__code",
    "finding__merged_into__code", "state", "act", "shown", "spans", "reader__is_simulated",
)


class _Given(NamedTuple):
    """A verdict in the order of _COLUMNS; whole rows of so many tables would take seconds."""

    report: int
    study: int | None
    patient: str
    split: str
    is_quarantined: bool
    withdrawn_at: Any
    own_code: str
    merged_code: str | None
    state: str
    act: str
    shown: dict[str, Any]
    spans: list[list[int]]
    is_simulated: bool

    @property
    def code(self) -> str:
        return self.merged_code or self.own_code

    @property
    def is_blind(self) -> bool:
        return self.shown.get("blind") is True


def _why_not(row: _Given) -> str:
    if row.study is None:
        return "report without a study, so without a patient"
    if row.withdrawn_at is not None or row.is_quarantined:
        return "patient withdrawn or quarantined"
    return "patient of a reserved set" if row.split in RESERVED else ""


def _case(rows: list[_Given], held_out: bool) -> VerdictCase:
    first = rows[0]
    return VerdictCase(
        report_id=first.report, study_id=first.study, patient=first.patient, finding=first.code, state=first.state,
        is_blind=all(row.is_blind for row in rows), is_accepted=all(row.act == "accepted" for row in rows),
        is_held_out=held_out, is_simulated=all(row.is_simulated for row in rows),
        spans=tuple((span[0], span[1]) for row in rows for span in row.spans),
    )


def patients_of(cases: Iterable[VerdictCase]) -> QuerySet[Patient]:
    return Patient.objects.filter(pseudonym__in={case.patient for case in cases})


def counts_of(cases: Iterable[VerdictCase]) -> dict[str, Any]:
    """n, patients, held_out and blind of these cases."""
    kept = list(cases)
    return {
        "n": len(kept), "patients": len({case.patient for case in kept}),
        "held_out": sum(case.is_held_out for case in kept), "blind": sum(case.is_blind for case in kept),
    }


def active_by_code(project: Project) -> dict[str, Finding]:
    return {finding.code: finding for finding in Finding.objects.active().filter(project=project)}
