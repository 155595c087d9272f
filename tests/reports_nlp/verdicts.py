"""Reports with readers' verdicts, as rows: some say what they mean in words that no rule knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import count

import numpy as np

from annotation.models import Finding
from core.models import Project, User
from imaging.models import Split
from reports_nlp.models import Report, ReportVerdict
from reports_nlp.selectors.verdict_cases import is_held_out
from tests.annotation.bare import bare_patient, bare_study

PRESENT = ("Moderate left pleural effusion.", "There is a pleural effusion on the right.")
ABSENT = ("No pleural effusion.", "No evidence of pleural effusion.")
HIDDEN = ("Quistel contour on the left.", "The right base shows a quistel contour.")
"""Present in this site's own words."""
SILENT = ("The heart is normal.", "Pacemaker in place.")
FILLERS = ("Portable film.", "The patient is rotated.", "Lordotic view.", "Bony structures are unremarkable.")
_numbers = count(1)


def judged_report(
    project: Project, finding: Finding, reader: User, text: str, state: str, *, split: str = Split.POOL,
    act: str = "corrected", is_blind: bool = False, spans: Sequence[tuple[int, int]] = (),
) -> Report:
    """A report of a patient of its own, and what the reader says of it."""
    study = bare_study(project, patient=bare_patient(split))
    report = Report.objects.create(
        project=project, study=study, key=f"judged:{next(_numbers)}", text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )
    verdict(report, finding, reader, state, act=act, is_blind=is_blind, spans=spans)
    return report


def verdict(
    report: Report, finding: Finding, reader: User, state: str, *, act: str = "corrected", is_blind: bool = False,
    spans: Sequence[tuple[int, int]] = (),
) -> ReportVerdict:
    return ReportVerdict.objects.create(
        report=report, finding=finding, reader=reader, act=act, state=state, shown={"blind": True} if is_blind else {},
        spans=[list(span) for span in spans],
    )


def judged_reports(
    project: Project, finding: Finding, reader: User, number: int, *, hidden: float = 0.7, seed: int = 0,
    is_blind: bool = False,
) -> list[Report]:
    """`hidden` is the share of those with an effusion that say so in the site's own words."""
    draw = np.random.default_rng(seed)
    reports = []
    for _ in range(number):
        state = ("present", "absent", "not_mentioned")[draw.integers(3)]
        words = {"absent": ABSENT, "not_mentioned": SILENT}.get(state, HIDDEN if draw.random() < hidden else PRESENT)
        parts = [FILLERS[draw.integers(len(FILLERS))], words[draw.integers(len(words))]]
        text = " ".join(parts[place] for place in draw.permutation(2))
        reports.append(judged_report(project, finding, reader, text, state, is_blind=is_blind))
    return reports


def is_for_judging(report: Report) -> bool:
    assert report.study is not None
    return is_held_out(report.study.patient.pseudonym)
