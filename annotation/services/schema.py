"""The label schema: findings are created, edited, archived and merged with history, never deleted."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from annotation.models import Finding, FindingKind, FindingRevision, FindingState
from annotation.services.schema_checks import check_finding
from core import audit
from core.errors import Conflict, Invalid
from core.models import Project, User
from core.transitions import Transitions

TRANSITIONS = Transitions(
    "state",
    {
        FindingState.ACTIVE: frozenset({FindingState.ARCHIVED, FindingState.MERGED}),
        FindingState.ARCHIVED: frozenset({FindingState.ACTIVE, FindingState.MERGED}),
        FindingState.MERGED: frozenset({FindingState.ACTIVE, FindingState.ARCHIVED}),
    },
)
EDITABLE = (
    "name", "definition", "scheme", "scheme_code", "grades", "has_laterality", "wants_boxes", "parent", "shortcut",
    "synonyms", "invariances", "traits", "example", "position",
)


def definition_hash(finding: Finding) -> str:
    """sha256 of what a reader is told: kind, name, definition, code, grades."""
    told = [finding.kind, finding.name, finding.definition, finding.scheme, finding.scheme_code, finding.grades]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def create_finding(
    *, project: Project, user: User | None, name: str, code: str = "", kind: str = FindingKind.BINARY, **fields: Any
) -> Finding:
    """Add a finding. Raises Invalid for a missing name, a taken code, or a key the room or another finding has."""
    if not name.strip():
        raise Invalid("A finding needs a name.")
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise Invalid(f"Unknown: {', '.join(sorted(unknown))}; known: {', '.join(EDITABLE)}.")
    code = code or slugify(name)[:60]
    if not code:
        raise Invalid("Give this finding a code of Latin letters and digits; files and recipes call it by that.")
    fields.setdefault("position", Finding.objects.filter(project=project).count())
    finding = Finding(project=project, name=name.strip(), code=code, kind=kind, **fields)
    check_finding(finding)
    finding.definition_hash = definition_hash(finding)
    try:
        with transaction.atomic():
            finding.save()
            _remember(finding, user, "created", {})
    except IntegrityError:
        raise Invalid(f"There is a finding with the code {code!r} already. Choose another name or code.") from None
    return finding


def edit_finding(*, finding: Finding, user: User | None, note: str = "", **fields: Any) -> Finding:
    """Change what readers are told. Earlier observations keep the hash of the definition they were made under."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise Invalid(f"Not editable: {', '.join(sorted(unknown))}.")
    before = _as_told(finding)
    for field, value in fields.items():
        setattr(finding, field, value)
    check_finding(finding)
    finding.definition_hash = definition_hash(finding)
    with transaction.atomic():
        finding.save()
        _remember(finding, user, "edited", before, note)
    return finding


def archive_finding(*, finding: Finding, user: User | None, note: str = "") -> None:
    """Take it off the form. Its observations stay and can still be exported."""
    _require_unmerged(finding)
    with transaction.atomic():
        before = _as_told(finding)
        TRANSITIONS.move(finding, FindingState.ARCHIVED, shortcut="")
        _remember(finding, user, "archived", before, note)


def restore_finding(*, finding: Finding, user: User | None) -> None:
    _require_unmerged(finding)
    with transaction.atomic():
        before = _as_told(finding)
        TRANSITIONS.move(finding, FindingState.ACTIVE)
        _remember(finding, user, "restored", before)


def _require_unmerged(finding: Finding) -> None:
    finding.refresh_from_db()
    if finding.merged_into is not None:
        told = f"{finding.name} counts as {finding.merged_into.name}. Undo the merge first."
        raise Conflict(told, state=finding.state)


def check_merge(*, into: Finding, from_: Finding) -> None:
    """Raises Invalid for two that don't fit together, Conflict when one is off the form for good."""
    if into.pk == from_.pk or into.project_id != from_.project_id:
        raise Invalid("Choose two different findings of the same project.")
    if into.kind != from_.kind:
        kinds = f"{from_.name} is {from_.get_kind_display()}, {into.name} is {into.get_kind_display()}"
        raise Invalid(f"{kinds}: their answers can't be joined. Choose two findings of one kind.")
    if from_.state == FindingState.MERGED:
        raise Conflict(f"{from_.name} has been merged already.", state=from_.state)
    if into.state != FindingState.ACTIVE:
        raise Conflict(f"{into.name} is {into.state}; merge into an active finding.")


def merge_findings(*, into: Finding, from_: Finding, user: User | None, note: str = "") -> None:
    """`from_` becomes part of `into`. Its lines stay where they are; answers read through the merge."""
    check_merge(into=into, from_=from_)
    with transaction.atomic():
        before = _as_told(from_)
        TRANSITIONS.move(from_, FindingState.MERGED, merged_into=into, shortcut="")
        moved = _move_dependants(into, from_)
        _remember(from_, user, "merged", before, note, moved=moved)
        if user is not None:
            subject = f"finding:{from_.pk}"
            audit.record("finding.merged", actor=user, project=into.project, subject=subject, into=into.pk)


def _move_dependants(into: Finding, from_: Finding) -> dict[str, list[int]]:
    """Answers read through one merge only, and nobody hangs below a finding that is off the form.

    Returns what was moved, for who undoes it.
    """
    parts, below = Finding.objects.filter(merged_into=from_), Finding.objects.filter(parent=from_)
    moved = {"merged": list(parts.values_list("pk", flat=True)), "below": list(below.values_list("pk", flat=True))}
    parts.update(merged_into=into)
    if into.parent_id == from_.pk:
        Finding.objects.filter(pk=into.pk).update(parent=from_.parent_id)
    below.exclude(pk=into.pk).update(parent=into)
    into.refresh_from_db()
    return moved


def unmerge_finding(*, finding: Finding, user: User | None, note: str = "") -> list[str]:
    """Undo a merge: the finding is what it was before, with its key if that is free, and what hung on it comes back.

    No line of the ledger moves: its own count as its own again, what was said of the other since stays with that one.
    Returns the names of what does not come back, because it was moved again since. Raises Conflict where no merge is.
    """
    with transaction.atomic():
        finding = Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
        merge = finding.revisions.filter(act="merged").order_by("-pk").first()
        if finding.state != FindingState.MERGED or merge is None or finding.merged_into is None:
            raise Conflict(f"{finding.name} is not merged into another finding.", state=finding.state)
        into, before, was = finding.merged_into, _as_told(finding), merge.before
        key = was.get("shortcut", "")
        taken = Finding.objects.active().filter(project=finding.project_id, shortcut=key).exists()
        TRANSITIONS.move(finding, was.get("state", "active"), merged_into=None, shortcut="" if taken else key)
        left = _return_dependants(finding, into, merge.after.get("moved", {}))
        _remember(finding, user, "unmerged", before, note)
        if user is not None:
            subject = f"finding:{finding.pk}"
            audit.record("finding.unmerged", actor=user, project=finding.project, subject=subject, from_=into.pk)
    return left


def _return_dependants(finding: Finding, into: Finding, moved: dict[str, list[int]]) -> list[str]:
    """Only from where the merge put them: what somebody moved since stays. Names of those that stay."""
    parts, below = moved.get("merged", []), moved.get("below", [])
    coming = Finding.objects.filter(pk__in=parts, merged_into=into)
    back = set(coming.values_list("pk", flat=True))
    coming.update(merged_into=finding)
    for child in Finding.objects.filter(pk__in=below):
        put = finding.parent_id if child.pk == into.pk else into.pk
        if child.parent_id == put and not _is_below(finding, child):
            back.add(child.pk)
            Finding.objects.filter(pk=child.pk).update(parent=finding)
    gone = {*parts, *below} - back
    return list(Finding.objects.filter(pk__in=gone).order_by("pk").values_list("name", flat=True))


def _is_below(finding: Finding, other: Finding) -> bool:
    above = finding.parent
    while above is not None and above.pk != other.pk:
        above = above.parent
    return above is not None


def _as_told(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name, "definition": finding.definition, "kind": finding.kind, "grades": finding.grades,
        "shortcut": finding.shortcut, "state": finding.state, "parent": finding.parent_id,
        "merged_into": finding.merged_into_id, "traits": finding.traits, "synonyms": finding.synonyms,
        "invariances": finding.invariances,
    }


def _remember(
    finding: Finding, user: User | None, act: str, before: dict[str, Any], note: str = "", **more: Any
) -> None:
    FindingRevision.objects.create(
        finding=finding, by=user, act=act, before=before, after=_as_told(finding) | more, note=note[:300]
    )
