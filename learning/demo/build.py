"""Building the demo project, stage by stage, through the same services that users call. Every stage may be repeated."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from django.conf import settings

from annotation.models import Worklist
from annotation.services.import_labels import label_sink
from annotation.services.reserve import draw_reserved_sets
from annotation.services.simulated_readers import read_cases
from annotation.services.worklists import add_items, edit_worklist, write_ranking
from core.models import Project, User
from imaging.models import ImportVerdict, Split, Study
from imaging.services.import_files import import_paths
from imaging.services.patients import assign_split
from learning.demo import project as names
from learning.demo.accounts import simulated_reader
from learning.demo.files import Made, make_studies, write_truth
from learning.demo.plan import DemoPlan
from reports_nlp.services import store_report

Progress = Callable[[float, str], None]
CHUNK = 60


def build(*, project: Project, plan: DemoPlan, progress: Progress) -> None:
    """Studies, reports, reserved sets and first labels. The caller starts the loop afterwards."""
    admin = User.objects.get(username="admin")
    workers = max(1, min(2, os.cpu_count() or 1))
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context) if workers > 1 else nullcontext()
    with pool as executor:
        _import_first(project, admin, plan, progress)
        _import_rest(project, admin, plan, executor, progress)
    progress(0.8, "Drawing the reserved sets")
    draw_reserved_sets(
        project=project, sizes={"gate": plan.gate, "calibration": plan.calibration}, seed=plan.seed, user=admin
    )
    _fill_worklists(project)
    progress(0.84, "Simulated readers read the reference set")
    _read(project, names.REFERENCE, "simulated-reference", plan.gate + plan.calibration, plan.seed)
    progress(0.95, "Simulated readers give the first labels")
    _read(project, names.ROUND_ZERO, "simulated-first", plan.labelled, plan.seed + 1)
    # It has served; an open unaided list would hold its cases' reports back from everybody who may read.
    edit_worklist(worklist=names.worklist(project, names.ROUND_ZERO), user=admin, is_open=False)
    progress(1.0, "Demo data ready")


def _import_first(project: Project, admin: User, plan: DemoPlan, progress: Progress) -> None:
    """A few cases at once, so that nobody waits for the rest to begin reading."""
    progress(0.0, "Making the first cases")
    studies = _import_chunk(project, admin, plan, range(plan.first), None)
    for study in studies:
        assign_split(patient=study.patient, split=Split.POOL)
    reading = names.worklist(project, names.READING)
    add_items(worklist=reading, studies=studies)
    _rank_by_arrival(reading, studies)


def _import_rest(
    project: Project, admin: User, plan: DemoPlan, executor: Executor | None, progress: Progress
) -> None:
    for start in range(plan.first, plan.patients, CHUNK):
        stop = min(start + CHUNK, plan.patients)
        _import_chunk(project, admin, plan, range(start, stop), executor)
        progress(0.8 * stop / plan.patients, f"{stop} of {plan.patients} patients imported")


def _import_chunk(
    project: Project, admin: User, plan: DemoPlan, indices: Sequence[int], executor: Executor | None
) -> list[Study]:
    folder = Path(settings.HOME) / "demo-incoming" / f"{indices[0]:05d}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        made = list(make_studies(plan, folder, indices, executor))
        labels, boxes = write_truth(folder, made)
        batch = import_paths(
            project=project, user=admin, paths=[folder], options={"source": "record:phantom"},
            labels_csv=labels, boxes_csv=boxes, sink=label_sink,
        )
        return _store_reports(project, batch.pk, made)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _store_reports(project: Project, batch_id: int, made: Sequence[Made]) -> list[Study]:
    verdicts = ImportVerdict.objects.filter(batch=batch_id, instance__isnull=False)
    by_name = {
        v.name: v.instance.series.study
        for v in verdicts.select_related("instance__series__study__patient") if v.instance is not None
    }
    studies = []
    for study_made in made:
        study = next((s for name, s in by_name.items() if name.endswith(study_made.files[0])), None)
        if study is None:
            raise RuntimeError(f"{study_made.files[0]} was not imported; see the import's verdicts.")
        store_report(project=project, study=study, text=study_made.report)
        studies.append(study)
    return studies


def _pool(project: Project, *, modality_is_ct: bool) -> list[Study]:
    studies = Study.objects.filter(projects=project, patient__split=Split.POOL).order_by("patient__split_digest")
    if modality_is_ct:
        return list(studies.filter(series__modality="CT").distinct())
    return list(studies.exclude(series__modality="CT").distinct())


def _fill_worklists(project: Project) -> None:
    radiographs = _pool(project, modality_is_ct=False)
    for name, studies in ((names.CT, _pool(project, modality_is_ct=True)), (names.READING, radiographs),
                          (names.ROUND_ZERO, radiographs)):
        target = names.worklist(project, name)
        add_items(worklist=target, studies=studies)
        _rank_by_arrival(target, studies)
    reference = names.worklist(project, names.REFERENCE)
    reserved = list(Study.objects.filter(reserved_in__project=project).exclude(series__modality="CT").distinct())
    add_items(worklist=reference, studies=reserved)
    _rank_by_arrival(reference, reserved)


def _rank_by_arrival(worklist: Worklist, studies: Sequence[Study]) -> None:
    """In keyed-hash order, which is random with respect to everything in the images."""
    entries = [(study.pk, -float(place), "in random order: no model has ranked this list yet")
               for place, study in enumerate(studies)]
    write_ranking(worklist=worklist, entries=entries, query="random")


def _read(project: Project, worklist_name: str, reader_name: str, count: int, seed: int) -> None:
    reader = simulated_reader(project, reader_name)
    worklist = names.worklist(project, worklist_name)
    read_cases(worklist=worklist, reader=reader, count=count, seed=seed)
