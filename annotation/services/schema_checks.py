"""What a finding must fulfil before it is saved. Every refusal says what to do instead."""

from __future__ import annotations

from annotation.models import Finding, FindingKind, Invariance, Observation
from core.errors import Invalid

ROOM_KEYS = frozenset("azrxsvwtg?[]-+=")
"""Keys that the reading room uses itself (t and g begin two-stroke keys); a finding may not have them."""


def check_finding(finding: Finding) -> None:
    """Raises Invalid for a missing name, too few grades, a key that is taken, or a parent that leads in a circle."""
    if not finding.name.strip():
        raise Invalid("A finding needs a name.", field="name")
    if finding.kind not in FindingKind.values:
        raise Invalid(f"{finding.kind!r} is no kind of finding; known: {', '.join(FindingKind.values)}.", field="kind")
    _check_grades(finding)
    words = finding.synonyms
    if not isinstance(words, list) or len(words) > 40 or not all(isinstance(w, str) and 0 < len(w) < 81 for w in words):
        raise Invalid("Synonyms are up to 40 words or short phrases.", field="synonyms")
    _check_invariances(finding)
    _check_key(finding)
    _check_parent(finding)
    if finding.example is not None and not finding.example.series.study.projects.filter(pk=finding.project_id).exists():
        raise Invalid("The example image is not in this project.", field="example")


def _check_grades(finding: Finding) -> None:
    grades = finding.grades
    if not isinstance(grades, list) or not all(isinstance(g, str) and g.strip() for g in grades):
        raise Invalid("Grades are a list of names, lowest first.", field="grades")
    if finding.kind == FindingKind.ORDINAL and len(grades) < 2:
        raise Invalid(f"{finding.name} is graded: name at least two grades, lowest first.", field="grades")
    if finding.pk is None:
        return
    highest = Observation.objects.filter(finding=finding, grade__isnull=False).order_by("-grade").first()
    if highest is not None and highest.grade is not None and highest.grade >= len(grades):
        raise Invalid("A grade that readers have given can't be taken away. Rename it instead.", field="grades")


def _check_invariances(finding: Finding) -> None:
    named = finding.invariances
    if not isinstance(named, list) or len(set(map(str, named))) != len(named) or set(named) - set(Invariance.values):
        raise Invalid(
            f"What must stay is a list of: {', '.join(Invariance.values)}; each once.", field="invariances"
        )


def _check_key(finding: Finding) -> None:
    key = finding.shortcut
    if not key:
        return
    if key in ROOM_KEYS or len(key) != 1 or not key.isalpha():
        own = " ".join(sorted(ROOM_KEYS))
        raise Invalid(f"The key {key!r} can't be used; choose one letter other than {own}.", field="shortcut")
    taken = Finding.objects.active().filter(project=finding.project, shortcut=key).exclude(pk=finding.pk).first()
    if taken is not None:
        raise Invalid(f"The key {key!r} belongs to {taken.name} already.", field="shortcut")


def _check_parent(finding: Finding) -> None:
    above = finding.parent
    if above is not None and above.project_id != finding.project_id:
        raise Invalid("The parent is not a finding of this project.", field="parent")
    while above is not None:
        if above.pk == finding.pk:
            raise Invalid("A finding can't stand below itself. Choose another parent.", field="parent")
        above = above.parent
