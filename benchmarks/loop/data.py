"""Data of the loop's benchmark, brought in as a user would: imported, reserved sets drawn, answers in the ledger."""

from __future__ import annotations

import csv
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from annotation.selectors.answers import verified_answers
from annotation.services.import_labels import label_sink
from annotation.services.reserve import draw_reserved_sets
from core.models import Project
from imaging import phantoms
from imaging.models import Split, Study
from imaging.services.import_files import import_paths
from learning.services.images import images_of, pixels_of
from learning.toolkit.data import Examples

PREVALENCE = {"nodule": 0.3, "effusion": 0.3, "consolidation": 0.3, "pneumothorax": 0.2, "cardiomegaly": 0.3}


@dataclass(frozen=True)
class Plan:
    """Sizes: studies in all, in the reserved sets, labels to begin with, labels per turn."""

    studies: int
    gate: int
    calibration: int
    first: int
    per_turn: int


@dataclass(frozen=True)
class Task:
    """Patient-disjoint parts of one project, with every answer that readers would give."""

    name: str
    plan: Plan
    pool: Examples
    gate: Examples
    calibration: Examples


def phantom_task(plan: Plan, *, seed: int, size: int) -> Task:
    """Phantoms of 128 px as DICOM files with labels.csv; the labels are read as a reader's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [_phantom(folder, seed, index) for index in range(plan.studies)]
        with (folder / "labels.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["file", "patient_id", *phantoms.FINDINGS], *rows])
        project = Project.objects.create(slug=f"phantoms-{seed}", name="Phantoms")
        import_paths(project=project, user=None, paths=[folder], options={"source": "reader:truth"}, sink=label_sink)
    return _task("phantoms", project, plan, phantoms.FINDINGS, size)


def _phantom(folder: Path, seed: int, index: int) -> list[str | int]:
    thorax = phantoms.sample_thorax(seed=seed, index=index, prevalence=PREVALENCE)
    image = phantoms.render_radiograph(thorax, rows=128, columns=128)
    patient = f"B{seed}-{index:05d}"
    phantoms.radiograph_dataset(thorax, image, patient_id=patient).save_as(
        folder / f"{index:05d}.dcm", enforce_file_format=True
    )
    return [f"{index:05d}.dcm", patient, *(image.labels[f] for f in phantoms.FINDINGS)]


def pneumonia_task(plan: Plan, *, size: int) -> Task | None:
    """Bacterial or viral, among children with pneumonia; None without the shared data (RADLOOP_DATA)."""
    home = os.environ.get("RADLOOP_DATA")
    table = Path(home or "") / "ready" / "paed_pneumonia_labels.csv"
    if not home or not table.exists():
        return None
    with tempfile.TemporaryDirectory() as name, table.open(newline="") as file:
        labels = Path(name) / "labels.csv"
        ill = [row for row in csv.DictReader(file) if row["Pneumonia"] == "1"]
        rows = [[row["file"], row["patient_id"], row["Bacterial pneumonia"]] for row in ill]
        with labels.open("w", newline="") as out:
            csv.writer(out).writerows([["file", "patient_id", "Bacterial pneumonia"], *rows])
        project = Project.objects.create(slug="paed-pneumonia", name="Bacterial or viral")
        import_paths(
            project=project, user=None, paths=[Path(home) / "images" / "paed_pneumonia"], labels_csv=labels,
            options={"source": "reader:graders"}, sink=label_sink,
        )
    return _task("paed_pneumonia", project, plan, ["bacterial-pneumonia"], size)


def _task(name: str, project: Project, plan: Plan, findings: list[str] | tuple[str, ...], size: int) -> Task:
    answers = verified_answers(project=project)
    answered = {study for study, _ in answers}
    # Images without an answer (healthy children, in a project about pneumonia) are no part of the question.
    project.projectstudy_set.exclude(study__in=answered).delete()
    draw_reserved_sets(project=project, sizes={"gate": plan.gate, "calibration": plan.calibration}, seed=0)
    values = {"present": 1.0, "absent": 0.0}

    def part(split: str) -> Examples:
        studies = list(
            Study.objects.filter(projects=project, patient__split=split).order_by("uid").select_related("patient")
        )
        images = images_of(project, [s.pk for s in studies])
        states = {key: values.get(answer.state, np.nan) for key, answer in answers.items()}
        table = np.array([[states.get((s.pk, code), np.nan) for code in findings] for s in studies])
        pixels: npt.NDArray[np.uint16] = pixels_of([images[s.pk][0] for s in studies], size)[np.arange(len(studies))]
        return Examples.of(
            pixels, table, patients=[s.patient.pseudonym for s in studies], keys=[s.uid for s in studies],
            findings=list(findings),
        )

    return Task(name, plan, part(Split.POOL), part(Split.GATE), part(Split.CALIBRATION))
