"""A new project's way to its first case: small steps, each of which can be left and taken up later.

Nothing about the way is stored: what the project holds says which steps are done.
"""

from __future__ import annotations

from dataclasses import dataclass

from annotation.models import Finding, WorklistItem
from core.models import Membership, Project
from imaging.models import ProjectStudy


@dataclass(frozen=True)
class Step:
    """One step; `is_needed` steps have to be done before anything can be read."""

    key: str
    title: str
    invitation: str
    is_needed: bool
    is_done: bool
    number: int
    href: str


STEPS: list[tuple[str, str, str, bool]] = [
    ("name", "Name and question", "Say what the project wants to find out", True),
    ("findings", "Findings", "Define what readers look for", True),
    ("images", "Images", "Drop a folder of DICOM, PNG or JPEG files", True),
    ("worklist", "First worklist", "Set cases aside for checking and put the rest on a worklist", True),
    ("members", "Members", "Invite those who read and those who train", False),
]


def steps_of(project: Project | None) -> list[Step]:
    """All steps with what is done; before the project exists, none is."""
    done = _done(project) if project is not None else {}
    return [
        Step(key, title, invitation, needed, done.get(key, False), number, _href(project, key))
        for number, (key, title, invitation, needed) in enumerate(STEPS, start=1)
    ]


def _done(project: Project) -> dict[str, bool]:
    return {
        "name": True,
        "findings": Finding.objects.active().filter(project=project).exists(),
        "images": ProjectStudy.objects.filter(project=project).exists(),
        "worklist": WorklistItem.objects.filter(worklist__project=project).exists(),
        "members": Membership.objects.filter(project=project).count() > 1,
    }


def _href(project: Project | None, key: str) -> str:
    if project is None:
        return "" if key != "name" else "/projects/new/"
    return f"/p/{project.slug}/start/{key}/"


def next_step(project: Project, after: str = "") -> Step | None:
    """The first step not done, looking on from `after`; None when the way is walked."""
    steps = steps_of(project)
    place = next((n for n, step in enumerate(steps) if step.key == after), -1) + 1
    return next((step for step in steps[place:] if not step.is_done), None)
