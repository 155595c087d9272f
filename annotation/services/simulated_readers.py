"""Readers made of a truth and a confusion table. They use people's services and are marked wherever they show."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation.models import CurrentObservation, Finding, Worklist
from annotation.services.readings import open_reading, submit_reading
from annotation.services.worklists import next_slot
from core.errors import Invalid
from core.models import User
from imaging.models import Study

ORACLE = ("record", "phantom")
"""Source that holds the truth of phantom studies. Nothing trains on it."""


@dataclass(frozen=True)
class ConfusionTable:
    """How often a simulated reader sees what is there, and what is not."""

    sensitivity: float = 0.94
    specificity: float = 0.97
    equivocal: float = 0.02
    per_finding: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def answer(self, finding: str, truth: bool, generator: random.Random) -> str:
        sensitivity, specificity = self.per_finding.get(finding, (self.sensitivity, self.specificity))
        if generator.random() < self.equivocal:
            return "equivocal"
        right = generator.random() < (sensitivity if truth else specificity)
        return "present" if right == truth else "absent"


def truth_of(study: Study, *, source: tuple[str, str] = ORACLE) -> dict[str, bool]:
    """Finding code → whether it is there. Raises Invalid for a study whose truth is not on record."""
    lines = CurrentObservation.objects.filter(
        study=study, source__kind=source[0], source__name=source[1], subject="study"
    ).values_list("finding__code", "observation__state")
    truth = {code: state == "present" for code, state in lines}
    if not truth:
        raise Invalid("Simulated readers can read only studies whose truth is on record (phantoms).")
    return truth


def read_cases(
    *, worklist: Worklist, reader: User, count: int, seed: int, table: ConfusionTable | None = None,
    after_each: Callable[[int], None] = lambda done: None,
) -> int:
    """Read up to `count` cases from the worklist; returns how many there were to read.

    Raises Invalid unless the reader is marked as simulated.
    """
    if not reader.is_simulated:
        raise Invalid(f"{reader} is a person; only simulated readers may be driven by a program.")
    table = table or ConfusionTable()
    findings = list(Finding.objects.active().filter(project=worklist.project))
    for done in range(count):
        slot = next_slot(worklist=worklist, reader=reader)
        if slot is None:
            return done
        reading = open_reading(slot=slot)
        # One stream per study: the same reader sees the same case the same way, whatever the order.
        generator = random.Random(f"{seed}:{reader.username}:{reading.item.study.uid}")
        content = _content(findings, truth_of(reading.item.study), table, generator)
        submit_reading(
            reading=reading, reader=reader, base_version=reading.draft_version, content=content,
            active_seconds=generator.uniform(8, 40),
        )
        after_each(done + 1)
    return count


def _content(
    findings: list[Finding], truth: Mapping[str, bool], table: ConfusionTable, generator: random.Random
) -> dict[str, Any]:
    answers = {
        str(f.pk): {"state": table.answer(f.code, truth[f.code], generator)} for f in findings if f.code in truth
    }
    return {"findings": answers, "regions": [], "not_assessable": None, "no_finding": False, "comment": ""}
