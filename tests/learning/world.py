"""A small project with its loop begun: phantoms imported, reserved sets drawn and read, a first teacher trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.models import Worklist
from annotation.services.reserve import draw_reserved_sets
from annotation.services.simulated_readers import read_cases
from annotation.services.worklists import add_items, create_worklist, write_ranking
from core.models import Project, Role, User
from imaging.models import Split, Study
from learning.models import Iteration, Loop, ModelVersion
from learning.recipe import Recipe, load_recipe
from learning.services.loops import start_loop
from tests.factories import add_member, make_findings, make_project, make_studies, make_user
from workers.engine import claims
from workers.engine.runner import execute
from workers.models import Job

GATE, CALIBRATION, POOL, FIRST = 36, 24, 50, 24
TINY: dict[str, Any] = {
    "input": {"size": 32},
    "optimiser": {"max_epochs": 3, "batch_size": 16, "patience": 0},
    "pseudolabels": {"weight": 0.3},
}


def tiny_recipe(**sections: Any) -> Recipe:
    """Three epochs of 32 px images."""
    return load_recipe({name: TINY.get(name, {}) | sections.get(name, {}) for name in {*TINY, *sections}})


@dataclass
class World:
    """`main` is the loop's ranked worklist, `reference` the reserved sets'; `first` was labelled to begin with."""

    home: Path
    project: Project
    main: Worklist
    reference: Worklist
    loop: Loop
    manager: User
    first: list[Study]

    @property
    def teacher(self) -> ModelVersion:
        found = self.loop.iterations.get(number=0).challenger
        assert found is not None
        return found

    def pool(self) -> list[Study]:
        return list(Study.objects.filter(projects=self.project, patient__split=Split.POOL).order_by("pk"))

    def reserved(self) -> set[int]:
        studies = Study.objects.filter(projects=self.project).exclude(patient__split=Split.POOL)
        return set(studies.values_list("pk", flat=True))


def build_world(home: Path, **settings: Any) -> World:
    """Through the services that people use; settings.HOME must be `home` already."""
    project = make_project()
    make_findings(project)
    manager = add_member(project, Role.MANAGER)
    make_studies(project, GATE + CALIBRATION + POOL, split=Split.UNASSIGNED, with_truth=True)
    draw_reserved_sets(project=project, sizes={"gate": GATE, "calibration": CALIBRATION}, seed=1, user=manager)
    reference = create_worklist(project=project, name="Reference", kind="reference", mode="unaided")
    reserved = list(Study.objects.filter(projects=project).exclude(patient__split=Split.POOL))
    fill(reference, reserved)
    read(reference, "simulated-reference", len(reserved))
    pool = list(Study.objects.filter(projects=project, patient__split=Split.POOL))
    first = create_worklist(project=project, name="First labels", mode="unaided")
    fill(first, pool)
    read(first, "simulated-first", FIRST)
    main = create_worklist(project=project, name="Radiographs", mode="concurrent", unaided_share=0)
    fill(main, pool)
    loop = start_loop(project=project, user=manager, worklist=main, recipe=tiny_recipe(), **settings)
    world = World(home, project, main, reference, loop, manager, pool[:FIRST])
    run_here(Job.objects.get(kind="learning.turn", project=project))
    return world


def fill(worklist: Worklist, studies: list[Study]) -> None:
    add_items(worklist=worklist, studies=studies)
    entries = [(study.pk, -float(place), "in order of arrival") for place, study in enumerate(studies)]
    write_ranking(worklist=worklist, entries=entries, query="random")


def read(worklist: Worklist, name: str, count: int) -> int:
    """A simulated reader reads the next cases of the list."""
    reader = User.objects.filter(username=name).first() or make_user(name, is_simulated=True)
    add_member(worklist.project, Role.ANNOTATOR, reader)
    return read_cases(worklist=worklist, reader=reader, count=count, seed=3)


def run_here(job: Job) -> Job:
    """Claim and run in this process (an isolated job's own process would not see the test's transaction)."""
    claimed = claims.claim(job.pk, worker="test")
    assert claimed is not None, f"{job.label} is {job.state}"
    execute(claimed)
    job.refresh_from_db()
    return job


def take_turn(world: World) -> Iteration:
    """A whole turn now; returns its row."""
    from learning.services.loops import step_loop

    job = run_here(step_loop(loop=world.loop, user=None))
    assert job.state == "done", job.failure
    return Iteration.objects.get(job=job)
