"""Phantom studies written as DICOM files with their truth beside them, as a hospital's export would lie on disk."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from imaging import phantoms
from learning.demo.plan import DemoPlan

PREVALENCE = {"nodule": 0.3, "effusion": 0.3, "consolidation": 0.3, "pneumothorax": 0.2, "cardiomegaly": 0.3}


@dataclass
class Made:
    """One study on disk: its files relative to the folder, its truth, its report."""

    files: list[str]
    patient_id: str
    labels: dict[str, int]
    report: str
    boxes: list[tuple[str, str, float, float, float, float]] = field(default_factory=list)


def make_study(plan: DemoPlan, folder: Path, index: int) -> list[Made]:
    """Render patient `index`: a radiograph, and a CT series too for the first `ct_series` patients after `first`."""
    thorax = phantoms.sample_thorax(seed=plan.seed, index=index, prevalence=PREVALENCE)
    patient = f"PHANTOM-{index:05d}"
    rows, columns = plan.full if plan.radiographs <= index < plan.patients else plan.size
    made = [_radiograph(thorax, folder, patient, rows, columns)]
    if plan.first <= index < plan.first + plan.ct_series:
        made.append(_ct(thorax, folder, patient, plan.ct_shape))
    return made


def _radiograph(thorax: phantoms.Thorax, folder: Path, patient: str, rows: int, columns: int) -> Made:
    image = phantoms.render_radiograph(thorax, rows=rows, columns=columns)
    name = f"{patient}/dx.dcm"
    (folder / patient).mkdir(parents=True, exist_ok=True)
    dataset = phantoms.radiograph_dataset(thorax, image, patient_id=patient)
    dataset.save_as(folder / name, enforce_file_format=True)
    boxes = [(name, b.finding, float(b.x), float(b.y), float(b.w), float(b.h)) for b in image.boxes]
    return Made([name], patient, dict(image.labels), phantoms.report_text(thorax), boxes)


def _ct(thorax: phantoms.Thorax, folder: Path, patient: str, shape: tuple[int, int, int]) -> Made:
    volume = phantoms.render_ct(thorax, shape=shape)
    names = []
    (folder / patient / "ct").mkdir(parents=True, exist_ok=True)
    for number, dataset in enumerate(phantoms.ct_datasets(thorax, volume, patient_id=patient)):
        names.append(f"{patient}/ct/{number:03d}.dcm")
        dataset.save_as(folder / names[-1], enforce_file_format=True)
    return Made(names, patient, dict(volume.labels), phantoms.report_text(thorax))


def make_studies(plan: DemoPlan, folder: Path, indices: Iterable[int], executor: Executor | None) -> Iterator[Made]:
    """Render several patients, on the executor's processes when there is one."""
    work = partial(make_study, plan, folder)
    for made in map(work, indices) if executor is None else executor.map(work, indices, chunksize=4):
        yield from made


def write_truth(folder: Path, made: Iterable[Made]) -> tuple[Path, Path]:
    """labels.csv and boxes.csv in the importer's own columns; one row for a CT series, at its first slice."""
    labels, boxes = folder / "labels.csv", folder / "boxes.csv"
    studies = list(made)
    with labels.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "patient_id", *phantoms.FINDINGS])
        for study in studies:
            writer.writerow([study.files[0], study.patient_id, *(study.labels[f] for f in phantoms.FINDINGS)])
    with boxes.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "finding", "x", "y", "w", "h"])
        writer.writerows(row for study in studies for row in study.boxes)
    return labels, boxes
