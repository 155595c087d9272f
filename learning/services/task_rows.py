"""Rows of a snapshot as columns of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.models import Finding
from learning.models import SnapshotRow
from learning.toolkit.tasks import WORSE, Asked, Said, encode


def asked_of(findings: Sequence[Finding]) -> list[Asked]:
    """What the toolkit needs to know of findings."""
    return [Asked(f.code, len(f.grades) if f.kind == "ordinal" else 1) for f in findings]


def asked_in(described: Sequence[Mapping[str, Any]]) -> list[Asked]:
    """The same from a snapshot's own description, which stays true when a finding is changed later."""
    return [Asked(f["code"], len(f.get("grades", [])) or 1) for f in described]


def said_in(row: SnapshotRow) -> dict[str, Said]:
    """Finding code → answer."""
    return {code: Said(value, row.grades.get(code)) for code, value in row.targets.items()}


def encoded(kind: str, asked: Sequence[Asked], row: SnapshotRow, *, none_class: bool = True) -> dict[str, float]:
    """Column → target; pairs hold their change already."""
    if kind == "progression":
        return {f"{code}:{WORSE}": value for code, value in row.targets.items()}
    return encode(kind, asked, said_in(row), none_class=none_class)
