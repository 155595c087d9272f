"""Whether a snapshot can be learned from, by kind of task; each refusal says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annotation.models import CurrentObservation, Finding
from core.errors import Invalid
from core.models import Project
from learning.models import SnapshotRow
from learning.services.task_rows import asked_of, encoded

ORACLE = ("record", "phantom")
ONE_PATIENT = (
    "All answers are about one patient, so nothing could be kept apart to judge a model. Read cases of others."
)
Counts = dict[str, dict[str, int]]


def check_learnable(
    *, project: Project, findings: Sequence[Finding], rows: Sequence[SnapshotRow], counts: Counts, kind: str,
    none_class: bool,
) -> None:
    """Raises Invalid when there is nothing to train on, one patient alone, or one answer alone."""
    if kind == "progression":
        _require_change(findings, counts)
    if not counts["rows"].get("verified", 0) + counts["rows"].get("imported", 0):
        raise Invalid(_no_masks(findings) if kind == "segmentation" else nothing_said(project))
    answered = [row for row in rows if row.origin != "pseudo"]
    if len({row.patient_id for row in answered}) < 2:
        raise Invalid(ONE_PATIENT)
    if kind == "multiclass":
        _require_two_classes(findings, answered, none_class)
    elif kind == "ordinal":
        _require_two_levels(findings, answered)
    elif kind == "segmentation":
        _require_masks(findings, answered)
    elif kind == "binary":
        require_both_classes(findings, counts)


def require_both_classes(findings: Sequence[Finding], counts: Counts) -> None:
    for finding in findings:
        seen = counts[finding.code]
        if not seen.get("present") or not seen.get("absent"):
            raise Invalid(
                f"{finding.name} has {seen.get('present', 0)} present and {seen.get('absent', 0)} absent answers; "
                "learning needs both. Read more cases, or leave this finding out of the recipe's targets.",
                finding=finding.code,
            )


def _require_two_classes(findings: Sequence[Finding], rows: Sequence[SnapshotRow], none_class: bool) -> None:
    asked = asked_of(findings)
    seen = Counter(
        name for row in rows for name, value in encoded("multiclass", asked, row, none_class=none_class).items()
        if value == 1
    )
    if len(seen) < 2:
        only = f"all of the class {next(iter(seen))!r}" if seen else "none of which singles out one class"
        raise Invalid(
            f"There are {len(rows)} answered cases, {only}; learning needs two classes. Answer every finding of the "
            "set (x: the rest is absent), or choose findings that exclude each other."
        )


def _require_two_levels(findings: Sequence[Finding], rows: Sequence[SnapshotRow]) -> None:
    asked = asked_of(findings)
    for finding, one in zip(findings, asked, strict=True):
        if one.levels < 2:
            continue
        reached = Counter(
            tuple(sorted(encoded("ordinal", [one], row).items())) for row in rows if row.targets.get(finding.code) != -1
        )
        graded = [level for level in reached if len(level) == one.levels]
        if len(graded) < 2:
            raise Invalid(
                f"{finding.name} was answered with {len(graded) or 'no'} grade{'' if len(graded) == 1 else 's'}; "
                "learning grades needs two or more ('absent' counts as one). Grade more cases in the reading room, or "
                "learn it as present or absent.",
                finding=finding.code,
            )


def _require_masks(findings: Sequence[Finding], rows: Sequence[SnapshotRow]) -> None:
    for finding in findings:
        outlined = [row for row in rows if any(said["blobs"] for said in row.masks.get(finding.code, []))]
        patients = len({row.patient_id for row in outlined})
        if patients < 2:
            raise Invalid(
                f"{finding.name} is outlined by a mask in images of {patients} patient{'' if patients == 1 else 's'}; "
                "learning where it is needs two or more. Paint it with the brush in the reading room, or leave this "
                "finding out of the recipe's targets.",
                finding=finding.code,
            )


def _require_change(findings: Sequence[Finding], counts: Counts) -> None:
    for finding in findings:
        seen = counts[finding.code]
        if not seen.get("present") or not seen.get("absent"):
            raise Invalid(
                f"Of the pairs of studies of one patient, {finding.name} is worse in {seen.get('present', 0)} and not "
                f"worse in {seen.get('absent', 0)}; learning needs both. Read earlier studies of the same patients "
                "too, with dates, or learn the finding itself.",
                finding=finding.code,
            )


def _no_masks(findings: Sequence[Finding]) -> str:
    names = ", ".join(finding.name for finding in findings)
    return (
        f"No reader has outlined {names} by a mask in a case of the training pool yet. Paint it with the brush in the "
        "reading room; a case on which it is absent counts too."
    )


def nothing_said(project: Project) -> str:
    kinds = CurrentObservation.objects.filter(project=project, subject="study").exclude(
        source__kind=ORACLE[0], source__name=ORACLE[1]
    ).values_list("source__kind", flat=True).distinct()
    other = sorted(set(kinds) - {"reader", "model"})
    hint = f" There are labels from other sources ({', '.join(other)}); choose them to train on them." if other else ""
    return f"No reader has answered a case of the training pool yet.{hint or ' Read some cases first.'}"
