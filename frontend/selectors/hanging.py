"""Studies to try hanging protocols on: one of every kind that the project has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from core.models import Project, User
from imaging.hanging import Candidate, Hangable
from imaging.models import Instance, Study
from imaging.selectors.hanging import facts_of

LOOKED_AT, MOST = 200, 24


@dataclass(frozen=True)
class Sample:
    """A study that stands for its kind."""

    uid: str
    words: str


def samples(project: Project, user: User) -> list[Sample]:
    """Of the newest studies one of every kind: by modality, views, number of images, and whether it is the first."""
    visible = Study.objects.visible_to(user).filter(projects=project).select_related("patient")
    studies = list(visible.order_by("-pk")[:LOOKED_AT])
    facts = facts_of(studies)
    earliest: dict[int, Study] = {}
    for study in studies:
        first = earliest.get(study.patient_id)
        if study.date and (first is None or first.date is None or study.date < first.date):
            earliest[study.patient_id] = study
    found: dict[str, Sample] = {}
    for study in studies:
        has_prior = study.date is not None and earliest.get(study.patient_id, study).pk != study.pk
        words = _kind(facts[study.pk]) + (", with an earlier study" if has_prior else "")
        found.setdefault(words, Sample(study.uid, f"{words} ({study.patient.pseudonym})"))
    return list(found.values())[:MOST]


def _kind(hangables: list[Hangable]) -> str:
    """`DX PA, DX LL` or `4 MR series`."""
    counts = Counter(" ".join(part for part in (one.modality, one.side, one.view) if part) for one in hangables)
    return ", ".join(f"{n} × {what}" if n > 1 else what for what, n in sorted(counts.items())) or "no image"


def pictures(chosen: Candidate) -> list[Instance | None]:
    """An image for each viewport: the one that hangs there, or the middle of the stack."""
    return [_picture(one.hangable) if one.hangable else None for one in chosen.panes]


def _picture(one: Hangable) -> Instance | None:
    images = Instance.objects.filter(series__uid=one.series).select_related("series__study").order_by("number", "pk")
    if one.image:
        return images.filter(sop_uid=one.image).first()
    return images[one.images // 2] if one.images else None
