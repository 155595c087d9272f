"""A CT to cut planes through: the phantom's own array says what each voxel has to show."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.models import Project
from imaging import phantoms
from imaging.models import Patient, Split, Study
from imaging.phantoms.ct import CTVolume
from tests.factories import import_folder

PLANES_STUDY = 962
"""Number of the phantom: its patient is PHANTOM-7-962."""
SHAPE = (24, 64, 64)
Voxel = tuple[int, int, int]
"""Slice (0 is nearest to the head), row, column."""


@dataclass(frozen=True)
class Reference:
    """hu: what the series holds, by slice, row, column."""

    volume: CTVolume

    def value(self, voxel: Voxel) -> int:
        return int(self.volume.hu[voxel])

    def world(self, voxel: Voxel) -> list[float]:
        """Millimetres in the patient, as `ct_datasets` places the slices."""
        (step, row, column), (slices, rows, columns) = self.volume.spacing_mm, self.volume.hu.shape
        k, j, i = voxel
        return [-columns * column / 2 + i * column, -rows * row / 2 + j * row, (slices - 1 - k) * step]

    def brightest(self, voxel: Voxel, reach_mm: float) -> float:
        """The highest value within this distance towards head and feet, between slices by interpolation."""
        k, j, i = voxel
        places = k + np.linspace(-reach_mm, reach_mm, 401) / self.volume.spacing_mm[0]
        return float(np.interp(places, np.arange(len(self.volume.hu)), self.volume.hu[:, j, i]).max())

    @property
    def lesion(self) -> Voxel:
        """Well inside the consolidation, where a screen pixel beside the voxel's centre shows nearly the same."""
        mask = self.volume.masks["consolidation"]
        shifts = [(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)]
        inside = np.argwhere(np.logical_and.reduce([np.roll(mask, shift, (0, 1, 2)) for shift in shifts]))
        k, j, i = inside[len(inside) // 2]
        return int(k), int(j), int(i)

    @property
    def beside_tissue(self) -> Voxel:
        """In lung on all sides within its slice, while the next slice towards the feet is soft tissue there."""
        is_lung, is_tissue = self.volume.hu < -600, self.volume.hu > 0
        sides = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
        around = [np.roll(mask, side, (1, 2)) for mask in (is_lung[:-1], is_tissue[1:]) for side in sides]
        k, j, i = np.argwhere(np.logical_and.reduce(around))[0]
        return int(k), int(j), int(i)


@cache
def reference() -> Reference:
    thorax = phantoms.sample_thorax(seed=7, index=PLANES_STUDY, prevalence={"consolidation": 1.0})
    return Reference(phantoms.render_ct(thorax, shape=SHAPE))


def make_planes_study(project: Project) -> Study:
    """The reference as a series, through the real importer."""
    thorax = phantoms.sample_thorax(seed=7, index=PLANES_STUDY, prevalence={"consolidation": 1.0})
    datasets = phantoms.ct_datasets(thorax, reference().volume, patient_id=f"PHANTOM-7-{PLANES_STUDY}")
    with tempfile.TemporaryDirectory() as name:
        for number, dataset in enumerate(datasets):
            dataset.save_as(Path(name) / f"{number:03d}.dcm", enforce_file_format=True)
        batch = import_folder(project, Path(name))
    study = Study.objects.filter(series__instances__in=batch.verdicts.values("instance")).distinct().get()
    Patient.objects.filter(studies=study, split=Split.UNASSIGNED).update(split=Split.POOL)
    return study
