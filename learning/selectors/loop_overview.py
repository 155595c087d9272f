"""A project's loop at a glance, also before there is one."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation.models import Finding, ReservedSet, Worklist, WorklistKind
from core.models import Project
from learning.models import Iteration, Loop, ModelVersion
from learning.selectors.loop_story import LoopStory, story_of, turns_of
from learning.services.control_arm import has_oracle
from learning.services.loops import SIMULATE, TURN, corrections_waiting
from learning.services.predictions import champion_of
from workers.models import Job
from workers.selectors import UNFINISHED


@dataclass(frozen=True)
class LoopOverview:
    """Field names are those of the API. `missing` is empty when nothing stands in the way of a start."""

    settings: Loop | None
    missing: list[str]
    can_simulate: bool
    is_running: bool = False
    rule: str = ""
    story: LoopStory | None = None
    champion: ModelVersion | None = None
    turns: list[Iteration] = field(default_factory=list)
    corrections_waiting: int = 0
    corrections_per_turn: int = 0
    jobs: list[Job] = field(default_factory=list)


def loop_overview(project: Project) -> LoopOverview:
    """Settings, turns, sentences and unfinished jobs of the project's loop."""
    loop = Loop.objects.filter(project=project).select_related("project", "worklist").first()
    can_simulate = has_oracle(project)
    if loop is None:
        return LoopOverview(settings=None, missing=missing_for_loop(project), can_simulate=can_simulate)
    story = story_of(loop)
    jobs = Job.objects.filter(project=project, kind__in=[TURN, SIMULATE], state__in=UNFINISHED)
    return LoopOverview(
        settings=loop, missing=[], can_simulate=can_simulate, is_running=loop.is_running, rule=story.rule, story=story,
        champion=champion_of(project), turns=list(turns_of(loop).select_related("loop__project", "job__project")),
        corrections_waiting=corrections_waiting(loop), corrections_per_turn=loop.corrections_per_turn,
        jobs=list(jobs.select_related("project").order_by("created_at")),
    )


def missing_for_loop(project: Project) -> list[str]:
    """What to do first, in the order of doing it."""
    steps = [
        (Finding.objects.active().filter(project=project).exists(), "Define what is to be found (Findings page)."),
        (project.studies.exists(), "Import studies (Import page)."),
        (ReservedSet.objects.filter(project=project, purpose="gate").exists(),
         "Draw the reserved sets (Worklists page): promotion is decided on the gate set."),
        (Worklist.objects.listed().filter(project=project, kind=WorklistKind.RANKED, is_open=True).exists(),
         "Make a ranked worklist (Worklists page)."),
    ]
    return [what for is_there, what in steps if not is_there]
