from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

from annotation.geometry import runs
from annotation.models import Finding, Reading
from annotation.services.readings import submit_reading
from core.models import Project, Role, User
from imaging.models import Study
from learning.models import ModelVersion, Run
from learning.recipe import load_recipe
from learning.services.runs import start_run
from tests.factories import add_member, content, make_project, make_studies, make_user, make_worklist, open_next
from tests.learning.world import run_here

GRADES = ["mild", "moderate", "severe"]


@dataclass
class Words:
    """What a reader says of one study: finding code → (state, grade), and masks by code."""

    answers: dict[str, tuple[str, int | None]]
    masks: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    all_marked: bool | None = True


@dataclass
class Small:
    project: Project
    reader: User
    manager: User
    studies: list[Study]
    findings: dict[str, Finding]

    def read(self, say: Callable[[int], Words], count: int | None = None) -> list[Reading]:
        """The reader reads the first studies and says what `say` gives for each number."""
        chosen = self.studies[:count]
        worklist = make_worklist(self.project, chosen, mode="concurrent")
        done = []
        for _ in chosen:
            reading = open_next(worklist, self.reader)
            place = [study.pk for study in self.studies].index(reading.item.study_id)
            said = say(place)
            submit_reading(
                reading=reading, reader=self.reader, base_version=reading.draft_version,
                content=self.content(reading, said),
            )
            done.append(reading)
        return done

    def content(self, reading: Reading, said: Words) -> dict[str, Any]:
        instance = reading.item.study.series.get().instances.get()
        findings = {
            str(self.findings[code].pk): {
                "state": state, "grade": grade,
                "all_marked": said.all_marked if state == "present" and code in said.masks else None,
            }
            for code, (state, grade) in said.answers.items()
        }
        regions = [
            {"track": f"{n:08d}-0000-4000-8000-{instance.pk:012d}", "finding_id": self.findings[code].pk,
             "kind": "mask", "instance_id": instance.pk, "geometry": mask_of(mask)}
            for n, (code, mask) in enumerate(said.masks.items())
        ]
        return content() | {"findings": findings, "regions": regions}

    def train(self, **sections: Any) -> ModelVersion:
        """A run of few steps, to its end."""
        recipe = load_recipe({
            "input": {"size": 32}, "optimiser": {"max_steps": 12, "batch_size": 8, "patience": 0, "keep": "last"},
            "augmentation": {"kind": "none"}, **sections,
        })
        run: Run = start_run(project=self.project, recipe=recipe, user=self.manager)
        job = run_here(run.job)
        assert job.state == "done", job.failure
        return ModelVersion.objects.get(run=run)


def mask_of(mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    rows, columns = mask.shape
    return {"rows": rows, "columns": columns, "rle": runs.to_text(runs.pack(runs.from_mask(mask)))}


@pytest.fixture
def small(db: None, _own_home: None) -> Iterator[Small]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    project = make_project()
    findings = {
        code: Finding.objects.create(
            project=project, code=code, name=code.title(), kind="ordinal" if code == "opacity" else "binary",
            grades=GRADES if code == "opacity" else [], definition_hash="0" * 64, position=n,
        )
        for n, code in enumerate(("opacity", "nodule", "effusion"))
    }
    reader, manager = add_member(project, Role.ANNOTATOR, make_user("reader")), add_member(project, Role.MANAGER)
    yield Small(project, reader, manager, make_studies(project, 12), findings)
    torch.set_num_threads(before)
