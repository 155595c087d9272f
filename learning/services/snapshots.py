"""Freezing what is known into rows to train on."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F

from annotation.models import Batch, CurrentObservation, Finding, FindingKind, Observation
from annotation.selectors.answers import Answer, verified_answers
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Instance, Patient, Split, Study
from learning.models import Snapshot, SnapshotRow
from learning.recipe_parts import TargetsPart
from learning.services.images import images_of
from learning.services.mask_rows import mask_rows
from learning.services.pairs import pairs_of
from learning.services.part_answers import PartAnswers, part_answers
from learning.services.snapshot_checks import ORACLE, check_learnable, nothing_said

VALUES = {"present": 1.0, "absent": 0.0, "equivocal": -1.0}
RANDOM_ARM = "simulated-random"
"""The control arm's reader: its answers never enter the arm it is the control of."""


@dataclass
class _Row:
    origin: str
    targets: dict[str, float] = field(default_factory=dict)
    observations: dict[str, list[int]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    grades: dict[str, int] = field(default_factory=dict)


def freeze_snapshot(
    *, project: Project, user: User | None = None, sources: Sequence[str] = ("reader",),
    limit_to: Iterable[int] | None = None, readers: Sequence[str] | None = None, pseudolabels: Batch | None = None,
    findings: Sequence[str] = (), task: TargetsPart = TargetsPart(), volumes: bool = False,
) -> Snapshot:
    """Freeze the pool's current answers. Readers' answers win over the other kinds of `sources` that were opted in.

    limit_to  studies, None for all; readers  only these readers' answers, None for all but the control arm's.
    task      the recipe's targets: masks are frozen for segmentation, pairs of studies for progression.
    volumes   the recipe reads volumes, so masks are frozen series by series.
    Patients of reserved sets, quarantined or withdrawn are never in it. Raises Invalid, naming the remedy, when there
    is nothing to train on or the task cannot be learned from what there is.
    """
    wanted = _findings(project, findings)
    with transaction.atomic():
        _join_pool(project)
        studies = _pool_studies(project, limit_to)
        if task.kind == "segmentation":
            outlined = mask_rows(
                project=project, studies=studies, findings=wanted, volumes=volumes, only_readers=readers,
                exclude_readers=[RANDOM_ARM] if readers is None else [],
            )
            return _keep(project, user, wanted, outlined, task)
        rows = _verified(project, studies, sources, readers)
        if pseudolabels is not None:
            rows |= _pseudo(pseudolabels, studies, rows)
        parts = part_answers(
            project=project, studies=studies if "reader" in sources else (), only_readers=readers,
            exclude_readers=[RANDOM_ARM] if readers is None else [],
        )
        made = _made(project, wanted, rows, parts)
        return _keep(project, user, wanted, pairs_of(made, wanted) if task.kind == "progression" else made, task)


def labelled_images(
    *, project: Project, sources: Sequence[str] = ("reader",), findings: Sequence[str] = ()
) -> dict[int, int]:
    """Study → images that `freeze_snapshot` would take now. Freezes nothing. Raises Invalid when there is nothing."""
    codes = {finding.code for finding in _findings(project, findings)}
    rows = _verified(project, _pool_studies(project, None, (Split.POOL, Split.UNASSIGNED)), sources, None)
    images = images_of(project, {study for (study, _), row in rows.items() if codes & set(row.targets)})
    if not images:
        raise Invalid(nothing_said(project))
    return {study: len(instances) for study, instances in images.items()}


def _findings(project: Project, codes: Sequence[str]) -> list[Finding]:
    active = {f.code: f for f in Finding.objects.active().filter(project=project)}
    unknown = [c for c in codes if c not in active]
    if unknown:
        raise Invalid(f"This project has no finding {unknown[0]!r}; it has: {', '.join(active) or 'none'}.")
    if not active:
        raise Invalid("This project has no findings yet. Define what is to be found first.")
    return [active[c] for c in codes] if codes else list(active.values())


def _join_pool(project: Project) -> None:
    """Who is used for training belongs to the pool from now on, for ever."""
    Patient.objects.filter(studies__projects=project, split=Split.UNASSIGNED).update(split=Split.POOL)


def _pool_studies(
    project: Project, limit_to: Iterable[int] | None, splits: Sequence[str] = (Split.POOL,)
) -> set[int]:
    studies = Study.objects.filter(
        projects=project, patient__split__in=splits, patient__is_quarantined=False, patient__withdrawn_at=None
    )
    found = set(studies.values_list("pk", flat=True))
    return found if limit_to is None else found & set(limit_to)


def _verified(
    project: Project, studies: set[int], sources: Sequence[str], readers: Sequence[str] | None
) -> dict[tuple[int, str], _Row]:
    rows: dict[tuple[int, str], _Row] = {}
    for kind in (k for k in sources if k != "reader"):
        _add_imported(project, studies, kind, rows)
    if "reader" not in sources:
        return rows
    for (study, code), answer in _answers(project, studies, readers).items():
        if answer.state not in VALUES:
            continue
        row = rows.setdefault((study, "verified"), _Row("verified"))
        for imported in [key for key in rows if key[0] == study and key[1] == "imported"]:
            rows[imported].targets.pop(code, None)
        row.targets[code] = VALUES[answer.state]
        row.observations[code] = list(answer.observations)
        row.sources[code] = ", ".join(answer.sources)
        if answer.grade is not None:
            row.grades[code] = answer.grade
    return {key: row for key, row in rows.items() if row.targets}


def _answers(
    project: Project, studies: set[int], readers: Sequence[str] | None
) -> dict[tuple[int, str], Answer]:
    """Everybody's but the control arm's; or the named readers' alone, and where the arm has read, the arm's alone."""
    if readers is None:
        return verified_answers(project=project, studies=studies, exclude_readers=[RANDOM_ARM])
    others = [name for name in readers if name != RANDOM_ARM]
    arm = verified_answers(project=project, studies=studies, only_readers=set(readers) & {RANDOM_ARM})
    read_by_arm = {study for study, _ in arm}
    return arm | verified_answers(project=project, studies=studies - read_by_arm, only_readers=others)


def _add_imported(project: Project, studies: set[int], kind: str, rows: dict[tuple[int, str], _Row]) -> None:
    lines = CurrentObservation.objects.filter(
        project=project, source__kind=kind, subject="study", study__in=studies
    ).exclude(source__kind=ORACLE[0], source__name=ORACLE[1])
    # What a person has checked comes last and stands: of a report, the reader's verdict before the labeler's word.
    people_last = F("source__user").asc(nulls_first=True)
    for line in lines.select_related("observation", "source", "finding__merged_into").order_by(people_last, "pk"):
        if line.observation.state in VALUES:
            code = (line.finding.merged_into or line.finding).code
            row = rows.setdefault((line.study_id, "imported"), _Row("imported"))
            row.targets[code] = VALUES[line.observation.state]
            row.observations[code] = [line.observation_id]
            row.sources[code] = str(line.source)
            if line.observation.grade is not None and line.observation.state == "present":
                row.grades[code] = line.observation.grade


def _pseudo(
    batch: Batch, studies: set[int], verified: dict[tuple[int, str], _Row]
) -> dict[tuple[int, str], _Row]:
    """The batch's confident predictions on studies that no reader has answered."""
    answered = {study for study, origin in verified if origin == "verified"}
    rows: dict[tuple[int, str], _Row] = defaultdict(lambda: _Row("pseudo"))
    lines = Observation.objects.filter(batch=batch, study__in=studies - answered).select_related("finding", "source")
    for line in lines:
        row = rows[(line.study_id, "pseudo")]
        row.targets[line.finding.code] = VALUES.get(line.state, -1.0)
        row.observations[line.finding.code] = [line.pk]
        row.sources[line.finding.code] = str(line.source)
    return dict(rows)


def _made(
    project: Project, findings: list[Finding], rows: dict[tuple[int, str], _Row], parts: PartAnswers
) -> list[SnapshotRow]:
    codes = [f.code for f in findings]
    graded = {f.code for f in findings if f.kind == FindingKind.ORDINAL}
    images = images_of(project, {study for study, _ in rows})
    made = []
    for (study, _), row in sorted(rows.items()):
        for instance in images.get(study, []):
            here = _with_parts(row, parts, instance) if row.origin == "verified" else row
            targets = {c: here.targets[c] for c in codes if c in here.targets}
            if targets:
                made.append(SnapshotRow(
                    instance=instance, patient=instance.series.study.patient, sop_uid=instance.sop_uid,
                    origin=row.origin, targets=targets, observations={c: here.observations[c] for c in targets},
                    sources={c: here.sources[c] for c in targets},
                    grades={c: here.grades[c] for c in targets if c in graded and c in here.grades},
                ))
    return made


def _keep(
    project: Project, user: User | None, findings: list[Finding], made: list[SnapshotRow], task: TargetsPart
) -> Snapshot:
    counts = _counts([f.code for f in findings], made)
    check_learnable(
        project=project, findings=findings, rows=made, counts=counts, kind=task.kind, none_class=task.none_class
    )
    described = [
        {"code": f.code, "name": f.name, "definition_hash": f.definition_hash, "kind": f.kind}
        | ({"grades": f.grades} if f.kind == FindingKind.ORDINAL else {}) for f in findings
    ]
    made.sort(key=lambda row: (row.sop_uid, row.origin))
    snapshot = Snapshot.objects.create(
        project=project, created_by=user, findings=described, counts=counts, hash=_hash(described, made)
    )
    for frozen in made:
        frozen.snapshot = snapshot
    SnapshotRow.objects.bulk_create(made, batch_size=500)
    return snapshot


def _with_parts(row: _Row, parts: PartAnswers, instance: Instance) -> _Row:
    """What readers said of this very image, or of its series, before what they said of the study."""
    own = {code: answer for code, answer in parts.on(instance).items() if answer.state in VALUES}
    return _Row(
        row.origin, row.targets | {code: VALUES[answer.state] for code, answer in own.items()},
        row.observations | {code: list(answer.observations) for code, answer in own.items()},
        row.sources | {code: answer.sources for code, answer in own.items()},
        {code: grade for code, grade in row.grades.items() if code not in own}
        | {code: answer.grade for code, answer in own.items() if answer.grade is not None},
    )


def _hash(findings: list[dict[str, Any]], rows: list[SnapshotRow]) -> str:
    digest = hashlib.sha256(json.dumps(findings, sort_keys=True).encode())
    for row in rows:
        line: list[Any] = [row.sop_uid, row.origin, row.targets, row.weights, row.observations]
        line += [part for part in (row.grades, row.masks, row.earlier) if part]
        digest.update(json.dumps(line, sort_keys=True).encode())
    return digest.hexdigest()


def _counts(codes: list[str], rows: list[SnapshotRow]) -> dict[str, dict[str, int]]:
    names = {1.0: "present", 0.0: "absent", -1.0: "equivocal"}
    counts: dict[str, dict[str, int]] = {
        code: dict(Counter(names[r.targets[code]] for r in rows if code in r.targets and r.origin != "pseudo"))
        for code in codes
    }
    return counts | {"rows": dict(Counter(row.origin for row in rows))}
