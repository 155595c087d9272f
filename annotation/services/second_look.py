"""The second look: where an answer contradicts a model that is sure, the reader is asked back once, and both are kept.

Only a finding that the model is sure *is there* is asked about. A small probability is mostly the finding's rarity, and
talking readers out of what they have seen is the harm that suggestions do.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.models import Reading, ReadingMode
from annotation.services.content import Content, parse_content
from annotation.services.readings import may_see_suggestions, require_an_answer, save_draft
from core.models import User

SURE = 0.95
"""Calibrated probability from which an answer of "absent" is asked back."""


@dataclass(frozen=True)
class Contradiction:
    """One finding: what the reader said, and how sure the model is that it is there (0 to 1, calibrated)."""

    finding_id: int
    finding: str
    said: str
    probability: float
    model: str
    suggestion: str


def contradictions(*, reading: Reading, content: Content) -> list[Contradiction]:
    """Where this answer contradicts a sure suggestion that was shown; none before the own answer is in, or unaided."""
    is_asked = reading.item.worklist.has_second_look and reading.mode != ReadingMode.UNAIDED
    if not is_asked or content.not_assessable is not None or not may_see_suggestions(reading):
        return []
    sure = {s["finding"]: s for s in reading.shown or [] if s.get("calibrated") and s["probability"] >= SURE}
    findings = reading.project.findings.filter(code__in=sure, state="active")
    return [
        Contradiction(f.pk, f.code, "absent", sure[f.code]["probability"], sure[f.code]["model"], sure[f.code]["id"])
        for f in findings if says_absent(content, f.pk)
    ]


def says_absent(content: Content, finding_id: int) -> bool:
    """Whether the finding counts as absent on the study: said so, or by "no finding", and not marked on an image."""
    if any(region.finding_id == finding_id for region in content.regions):
        return False
    answer = content.findings.get(finding_id)
    return content.no_finding if answer is None else answer.state == "absent"


def ask_back(
    *, reading: Reading, reader: User, base_version: int, content: Any, active_seconds: float = 0.0
) -> list[Contradiction]:
    """What to ask about this answer before it is submitted; empty: nothing, submit it.

    The answer is saved as the draft, and kept as the one before the second look. Asking again gives the same. Raises
    what `save_draft` raises, and Invalid for an answer that says nothing.
    """
    parsed = parse_content(content)
    require_an_answer(parsed)
    asked = contradictions(reading=reading, content=parsed)
    if not asked or _is_known(reading, asked):
        return []
    with transaction.atomic():
        save_draft(
            reading=reading, reader=reader, base_version=base_version, content=content, active_seconds=active_seconds
        )
        reading.refresh_from_db()
        if not _is_for_next(reading):
            first = {
                "version": reading.version + 1, "at": timezone.now().isoformat(), "sure": SURE,
                "content": parsed.model_dump(mode="json"), "asked": [asdict(one) for one in asked],
            }
            Reading.objects.filter(pk=reading.pk).update(second_look=first)
            reading.second_look = first
    return asked


def _is_for_next(reading: Reading) -> bool:
    return reading.second_look is not None and reading.second_look["version"] == reading.version + 1


def _is_known(reading: Reading, asked: list[Contradiction]) -> bool:
    """An amended answer is not asked about what an earlier version was asked about, and kept."""
    before = reading.second_look
    if before is None or _is_for_next(reading):
        return False
    return {one.finding_id for one in asked} <= {one["finding_id"] for one in before["asked"]}
