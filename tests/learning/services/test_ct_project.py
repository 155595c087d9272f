"""A CT project from import to the champion's suggestions, its network reading whole series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from annotation.models import Finding
from annotation.services.ledger import Line, get_source, open_batch, record_observations
from annotation.services.reserve import draw_reserved_sets
from annotation.services.worklists import create_worklist
from core.errors import Invalid
from core.models import Project, Role
from imaging import phantoms
from imaging.models import Instance, Split, Study, Volume
from imaging.pixels import stores
from imaging.services.label_files import LabelTable
from learning.models import HeatMap, ModelVersion, Prediction
from learning.services.export_model import export_model
from learning.services.gate import model_path
from learning.services.loops import start_loop
from learning.services.model_reference import ModelReference
from learning.services.outside_images import Tally
from learning.services.outside_judging import judge_folder
from learning.services.predictions import suggestions_for
from learning.services.snapshots import freeze_snapshot
from learning.toolkit.export import load_model
from tests.factories import PREVALENCE, add_member, import_folder, make_findings, make_project
from tests.learning.world import fill, read, run_here, tiny_recipe
from workers.models import Job

pytestmark = pytest.mark.django_db
FINDINGS = ("effusion", "cardiomegaly")
SLICES, SIDE, STUDIES, RESERVED = 6, 32, 30, 8


def scan(folder: Path, index: int, *, leave_out: tuple[int, ...] = ()) -> dict[str, int]:
    """A small CT series as files; its labels."""
    thorax = phantoms.sample_thorax(seed=7, index=index, prevalence=PREVALENCE)
    volume = phantoms.render_ct(thorax, shape=(SLICES, SIDE, SIDE))
    for number, dataset in enumerate(phantoms.ct_datasets(thorax, volume, patient_id=f"CT-{index}")):
        if number not in leave_out:
            dataset.save_as(folder / f"ct{index:03d}-{number:03d}.dcm", enforce_file_format=True)
    return {finding: volume.labels[finding] for finding in FINDINGS}


@pytest.fixture
def project(tmp_path: Path, _own_home: None) -> Project:
    """Thirty CT studies with the truth on record, one of them without half of its slices."""
    made = make_project()
    make_findings(made, FINDINGS)
    folder = tmp_path / "scans"
    folder.mkdir()
    truth = [scan(folder, n, leave_out=(2, 3, 4) if n == 0 else ()) for n in range(STUDIES)]
    batch = import_folder(made, folder)
    first = {
        v.name: v.instance.series.study for v in batch.verdicts.select_related("instance__series__study") if v.instance
    }
    findings = {f.code: f for f in Finding.objects.filter(project=made)}
    lines = [
        Line(findings[code], first[f"ct{n:03d}-000.dcm"], "present" if value else "absent")
        for n, labels in enumerate(truth) for code, value in labels.items()
    ]
    for name in ("phantom", "archive"):  # the first is what simulated readers know, and never trains
        source = get_source(project=made, kind="record", name=name)
        record_observations(batch=open_batch(project=made, source=source, act="import"), lines=lines)
    return made


def in_loop(project: Project, **input: Any) -> ModelVersion:
    """Reserved sets drawn and read, a first teacher trained on whole series, its pool predicted and ranked."""
    manager = add_member(project, Role.MANAGER)
    draw_reserved_sets(project=project, sizes={"gate": RESERVED, "calibration": RESERVED}, seed=1, user=manager)
    reference = create_worklist(project=project, name="Reference", kind="reference", mode="unaided")
    reserved = list(Study.objects.filter(projects=project).exclude(patient__split__in=[Split.POOL, Split.UNASSIGNED]))
    fill(reference, reserved)
    read(reference, "simulated-reference", len(reserved))
    pool = [s for s in Study.objects.filter(projects=project).order_by("pk") if s not in reserved]
    first = create_worklist(project=project, name="First labels", mode="unaided")
    fill(first, pool)
    read(first, "simulated-first", len(pool))
    main = create_worklist(project=project, name="CT", mode="concurrent", unaided_share=0)
    fill(main, pool)
    network = "small_cnn3d" if input["volume"] == "3d" else "small_cnn"
    recipe = tiny_recipe(
        input={"windows": "lung, mediastinum", "normalise": "window", "orientation": "standard", "depth": 6} | input,
        network={"name": network}, pseudolabels={"weight": 0.0}, optimiser={"max_epochs": 2, "batch_size": 4},
    )
    start_loop(project=project, user=manager, worklist=main, recipe=recipe)
    job = run_here(Job.objects.get(kind="learning.turn", project=project))
    assert job.state == "done", job.failure
    return ModelVersion.objects.get(project=project)


@pytest.mark.parametrize("input", [
    pytest.param({"volume": "slices", "combine": "gru"}, id="slices in order"),
    pytest.param({"volume": "3d", "spacing_mm": 15.0}, id="3-D at a spacing"),
    pytest.param({"volume": "projections", "views": 2}, id="projections"),
])
def test_a_network_of_volumes_goes_from_import_to_suggestion(project: Project, input: dict[str, Any]) -> None:
    model = in_loop(project, **input)
    assert model.gate is not None
    assert int(model.run.environment["parameters"].replace(",", "")) > 20_000
    assert model.gate["n"] >= RESERVED - 1
    predicted = Prediction.objects.filter(model_version=model)
    whole = Study.objects.filter(projects=project, patient__split=Split.POOL).exclude(pk=broken(project).pk)
    assert set(predicted.values_list("instance__series__study", flat=True)) == set(whole.values_list("pk", flat=True))
    study = predicted.first().instance.series.study
    told = suggestions_for(study=study, project=project)
    assert {one["finding"] for one in told} == set(FINDINGS)
    own = set(Instance.objects.filter(series__study=study).values_list("pk", flat=True))
    assert all(box["instance_id"] in own for one in told for box in one["boxes"])
    shows_slices = input["volume"] != "projections"
    assert HeatMap.objects.filter(prediction__in=predicted).exists() is shows_slices

    weights, card = export_model(model=ModelReference(model_path(model), "model", model), folder=Path(settings.HOME))
    loaded, read_back = load_model(weights)
    assert card.exists()
    assert loaded.input == read_back.recipe.input
    assert loaded.input.volume == input["volume"]
    with pytest.raises(Invalid, match="import the cases into a project"):
        judge_folder(
            model=ModelReference(weights, "exported"), folder=Path(settings.HOME), table=LabelTable(), tally=Tally()
        )


def test_withdrawing_a_patient_empties_the_volumes_too(project: Project) -> None:
    from imaging.services.patients import erase_withdrawn, withdraw_patient
    from learning.services.images import images_of, pixels_of

    study = Study.objects.filter(projects=project).exclude(pk=broken(project).pk).first()
    (instance,) = images_of(project, [study.pk])[study.pk]
    for volume in ("slices", "tri_planar"):
        stored = pixels_of([instance], tiny_recipe(input={"volume": volume}).input)
        assert np.asarray(stored[0]).any()
    withdraw_patient(patient=study.patient, user=add_member(project, Role.MANAGER))
    erase_withdrawn(study.patient)
    assert all(instance.sop_uid not in store.index() for store in stores())
    assert not any((store.folder / "pixels.u16").read_bytes().strip(b"\0") for store in stores())


def test_a_series_with_gaps_is_left_out_and_a_recipe_that_none_suits_says_why(project: Project) -> None:
    from learning.services.examples import examples_of
    from learning.toolkit.data import DataError

    snapshot, told = freeze_snapshot(project=project, sources=("record",)), list[str]()
    examples = examples_of(snapshot, tiny_recipe(input={"volume": "slices", "depth": 4}), log=told.append)
    assert examples is not None
    assert examples.images.shape == (STUDIES - 1, 4, 32, 32)
    assert told == ["1 series is left out: about 3 of 6 slices are missing (1)."]
    Volume.objects.all().delete()
    with pytest.raises(DataError, match=r"do not form a volume.*input\.volume"):
        examples_of(snapshot, tiny_recipe(input={"volume": "slices"}))


def broken(project: Project) -> Study:
    """The study that lacks half of its slices."""
    volume = Volume.objects.filter(series__study__projects=project).order_by("slices").first()
    assert volume is not None
    return volume.series.study
