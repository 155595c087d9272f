"""The label schema as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from annotation.models import CurrentObservation, Finding, FindingRevision, FindingState
from annotation.selectors.examples import examples_for
from core.models import Project, User
from imaging.models import Instance

WORDS = {
    "name": "Name", "definition": "Definition", "kind": "Type", "grades": "Grades", "shortcut": "Key", "state": "State",
    "synonyms": "Also called", "invariances": "Altered training images keep",
    "parent": "Part of", "merged_into": "Merged into", "scheme": "Code system", "scheme_code": "Code",
    "has_laterality": "Ask for the side", "wants_boxes": "Boxes",
}


@dataclass(frozen=True)
class FindingLine:
    """One finding of the list; `depth` is how many broader findings stand above it."""

    finding: Finding
    depth: int
    studies: int


def finding_lines(project: Project, state: str = FindingState.ACTIVE) -> list[FindingLine]:
    """Findings in the readers' order, each below the one it is part of."""
    found = list(Finding.objects.filter(project=project, state=state).select_related("parent", "merged_into"))
    studies = _studies_by_finding(project)
    here = {finding.pk for finding in found}
    below: dict[int | None, list[Finding]] = {}
    for finding in found:
        below.setdefault(finding.parent_id if finding.parent_id in here else None, []).append(finding)
    lines: list[FindingLine] = []

    def take(parent: int | None, depth: int) -> None:
        for finding in below.get(parent, []):
            lines.append(FindingLine(finding, depth, studies.get(finding.pk, 0)))
            take(finding.pk, depth + 1)

    take(None, 0)
    return lines


def _studies_by_finding(project: Project) -> dict[int, int]:
    rows = CurrentObservation.objects.filter(project=project, source__kind="reader").values_list("finding_id")
    return dict(rows.annotate(n=Count("study", distinct=True)).order_by())


@dataclass(frozen=True)
class Change:
    """One field of a definition, before and after."""

    field: str
    before: str
    after: str


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What differs, in words."""
    return [
        Change(WORDS.get(key, key), _said(before.get(key)), _said(after.get(key)))
        for key in after if key != "moved" and before.get(key) != after.get(key)
    ]


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "none"


def history(finding: Finding) -> list[tuple[FindingRevision, list[Change]]]:
    """Every revision, newest first, with what it changed. Names stand for the ids that revisions keep."""
    names = dict(Finding.objects.filter(project=finding.project_id).values_list("pk", "name"))

    def named(state: dict[str, Any]) -> dict[str, Any]:
        return state | {key: names.get(state[key], state[key]) for key in ("parent", "merged_into") if state.get(key)}

    return [
        (revision, changes_between(named(revision.before), named(revision.after)) if revision.before else [])
        for revision in finding.revisions.select_related("by")
    ]


def example_choices(finding: Finding, user: User, limit: int = 12) -> list[Instance]:
    """Images to choose an example from: the present one first, then some of the project's newest radiographs."""
    newest = Instance.objects.filter(
        series__study__projects=finding.project_id, series__study__patient__withdrawn_at=None, frames=1
    ).exclude(series__modality__in=["CT", "MR"]).select_related("series__study").order_by("-pk")
    chosen = list(examples_for(user=user, findings=[finding]).values())
    return chosen + [image for image in newest[:limit] if image.pk != finding.example_id]
