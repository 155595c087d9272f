"""Small CT series with a bright ball in them, and a reader who paints it slice by slice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotation.models import Finding
from annotation.services.readings import submit_reading
from core.models import Project, Role, User
from imaging import phantoms
from imaging.models import Patient, Split, Study, Volume
from tests.factories import PREVALENCE, add_member, content, import_folder, make_project, make_user, make_worklist
from tests.factories import open_next as opened
from tests.learning.tasks.conftest import mask_of

SHAPE = (8, 32, 32)
FIRST = 500
"""Phantoms of their own."""
Voxels = np.ndarray[Any, Any]


def ball(number: int) -> Voxels:
    """Where the ball of scan `number` lies: slices as they are stored, from the head; every third scan has none."""
    z, y, x = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    at = (3.5, 12 + number % 5, 12 + 2 * (number % 4))
    inside = ((z - at[0]) / 2.6) ** 2 + ((y - at[1]) / 6) ** 2 + ((x - at[2]) / 6) ** 2 < 1
    return np.asarray(inside & (number % 3 > 0))


@dataclass
class Scans:
    """A project of CT series, its finding, and who reads; `says` tells slices painted and whether that is all."""

    project: Project
    reader: User
    finding: Finding
    studies: list[Study] = field(default_factory=list)

    def read(self, number: int, *, slices: Iterable[int] = range(SHAPE[0]), all_marked: bool | None = True) -> None:
        """The reader paints the ball on these slices (from the head), or calls it absent where there is none."""
        study = self.studies[number]
        reading = opened(make_worklist(self.project, [study], mode="concurrent"), self.reader)
        there, images = ball(number), list(study.series.get().instances.order_by("number"))
        painted = [n for n in slices if there[n].any()]
        regions = [
            {"track": f"{n:08d}-0000-4000-8000-{images[n].pk:012d}", "finding_id": self.finding.pk, "kind": "mask",
             "instance_id": images[n].pk, "geometry": mask_of(there[n])} for n in painted
        ]
        state = "present" if there.any() else "absent"
        said = {str(self.finding.pk): {"state": state, "all_marked": all_marked if state == "present" else None}}
        submit_reading(
            reading=reading, reader=self.reader, base_version=reading.draft_version,
            content=content() | {"findings": said, "regions": regions},
        )

    def volume(self, number: int) -> Volume:
        return Volume.objects.get(series__study=self.studies[number])


def scans_in(folder: Path, count: int) -> Scans:
    """Through the real importer, one patient each, all of the pool."""
    project = make_project()
    finding = Finding.objects.create(project=project, code="ball", name="Ball", definition_hash="0" * 64)
    for number in range(count):
        thorax = phantoms.sample_thorax(seed=7, index=FIRST + number, prevalence=PREVALENCE)
        plain = phantoms.render_ct(thorax, shape=SHAPE)
        bright = replace(plain, hu=np.where(ball(number), 1500, plain.hu // 8).astype(np.int16))
        for k, dataset in enumerate(phantoms.ct_datasets(thorax, bright, patient_id=f"BALL-{number}")):
            dataset.save_as(folder / f"ball{number:03d}-{k:03d}.dcm", enforce_file_format=True)
    batch = import_folder(project, folder)
    by_name = {v.name: v.instance for v in batch.verdicts.select_related("instance__series__study")}
    studies = [by_name[f"ball{number:03d}-000.dcm"].series.study for number in range(count)]  # type: ignore[union-attr]
    Patient.objects.filter(studies__in=studies).update(split=Split.POOL)
    reader = add_member(project, Role.ANNOTATOR, make_user("painter"))
    return Scans(project, reader, finding, studies)
