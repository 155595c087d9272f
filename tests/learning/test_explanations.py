"""Maps on demand: drawn in a job for a suggestion as it was shown, each with the result of its sanity check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from annotation.models import Reading
from annotation.services.readings import lock_unaided, record_shown
from core.models import Project
from imaging import phantoms
from imaging.models import Patient, Split, Study
from imaging.services.patients import withdraw_patient
from learning.models import Explanation, ModelVersion, Prediction
from learning.recipe import load_recipe
from learning.services.explanations import Asked, ask_explanation
from learning.toolkit.export import ModelCard, save_model
from learning.toolkit.nets import build_network
from tests.factories import (
    add_member,
    content,
    import_folder,
    make_findings,
    make_project,
    make_studies,
    make_worklist,
    open_next,
    signed_in,
)
from tests.learning.rows import make_model
from tests.learning.world import run_here
from workers.models import Job

pytestmark = pytest.mark.django_db


def champion(project: Project, **input: Any) -> ModelVersion:
    """A network as it was born, in a file of its own."""
    network = "small_cnn3d" if input.get("volume") == "3d" else "small_cnn"
    recipe = load_recipe({"input": {"size": 32} | input, "network": {"name": network}})
    version = make_model(project, state="champion")
    card = ModelCard(name="test", findings=("nodule",), recipe=recipe)
    save_model(Path(settings.HOME) / version.path, build_network(recipe, ("nodule",), seed=3), card)
    return version


def shown(project: Project, study: Study, version: ModelVersion, *, mode: str = "concurrent") -> Reading:
    """A reading of the study with the model's word on a nodule as it was shown."""
    for series in study.series.all():
        own = list(series.instances.order_by("number"))
        Prediction.objects.create(
            model_version=version, instance=own[len(own) // 2], probabilities={"nodule": 0.9}
        )
    reader = add_member(project, "annotator")
    reading = open_next(make_worklist(project, [study], mode=mode), reader)
    record_shown(reading=reading, suggestions=[{"id": f"m{version.pk}-nodule", "finding": "nodule"}])
    return reading


def address(reading: Reading, method: str) -> str:
    return f"/api/readings/{reading.pk}/maps/nodule/{method}/"


@pytest.fixture
def project(_own_home: None) -> Project:
    made = make_project()
    make_findings(made, ["nodule"])
    return made


@pytest.mark.parametrize("method", ["class_activation", "grad_cam", "occlusion"])
def test_a_reader_asks_for_a_map_and_gets_it_with_its_check(project: Project, method: str) -> None:
    (study,) = make_studies(project, 1, first=510)
    reading = shown(project, study, champion(project))
    client = signed_in(reading.reader)
    assert client.get(address(reading, method)).json()["is_drawn"] is False

    asked = client.post(address(reading, method))
    assert asked.status_code == 202
    job = Job.objects.get(pk=asked.json()["job"]["id"])
    assert run_here(job).state == "done", job.failure
    told = client.get(address(reading, method)).json()
    assert told["is_drawn"] is True
    assert told["job"] is None
    (check,) = told["checks"]
    assert ("do not trust it" in check["sentence"]) is not (check["has_passed"] or check["planes"] == 0)
    assert [one["instance_ids"] for one in told["maps"]] == [check["instance_ids"]] * check["planes"]
    assert client.post(address(reading, method)).status_code == 200
    assert Job.objects.filter(kind="learning.explain").count() == 1


def test_before_the_own_answer_nothing_is_drawn_or_told(project: Project) -> None:
    (study,) = make_studies(project, 1, first=511)
    reading = shown(project, study, champion(project), mode="second_reader")
    client = signed_in(reading.reader)
    assert client.post(address(reading, "grad_cam")).status_code == 404
    assert not Job.objects.exclude(kind="learning.train").exists()
    nodule = project.findings.get(code="nodule").pk
    lock_unaided(reading=reading, reader=reading.reader, base_version=0, content=content({nodule: "absent"}))
    assert client.post(address(reading, "grad_cam")).status_code == 202


def test_who_asked_for_what_is_told_to_nobody_else_in_the_project(project: Project) -> None:
    (study,) = make_studies(project, 1, first=512)
    reading = shown(project, study, champion(project))
    job = signed_in(reading.reader).post(address(reading, "occlusion")).json()["job"]
    assert "nodule" not in job["label"]
    colleague = signed_in(add_member(project, "manager"))
    assert colleague.get(f"/api/jobs/{job['id']}/").status_code == 404
    listed = colleague.get(f"/api/projects/{project.slug}/jobs/").json()["results"]
    assert job["id"] not in [one["id"] for one in listed]


@pytest.mark.parametrize("input", [
    {"volume": "slices", "combine": "gru", "depth": 4}, {"volume": "3d", "depth": 8}, {"volume": "2.5d"},
    {"volume": "slices", "depth": 4, "orientation": "standard"},
])
def test_of_a_volume_each_slice_that_the_network_saw_has_its_plane(
    project: Project, tmp_path: Path, input: dict[str, Any]
) -> None:
    """Nine slices; neighbouring slices as channels (2.5d) are three of them."""
    thorax = phantoms.sample_thorax(seed=7, index=1, prevalence={"effusion": 1.0})
    volume = phantoms.render_ct(thorax, shape=(9, 32, 32))
    for number, dataset in enumerate(phantoms.ct_datasets(thorax, volume, patient_id="CT-1")):
        dataset.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    import_folder(project, tmp_path)
    Patient.objects.update(split=Split.POOL)
    study = Study.objects.get(projects=project)
    reading = shown(project, study, champion(project, **input))
    client = signed_in(reading.reader)
    client.post(address(reading, "class_activation"))
    job = run_here(Job.objects.get(kind="learning.explain"))
    assert job.state == "done", job.failure
    laid = [pk for one in client.get(address(reading, "class_activation")).json()["maps"] for pk in one["instance_ids"]]
    own = list(study.series.get().instances.order_by("number").values_list("pk", flat=True))
    assert len(laid) == len(set(laid))
    assert sorted(laid) == (sorted(own[3:6]) if input["volume"] == "2.5d" else sorted(own))


def test_a_map_that_does_not_depend_on_the_weights_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As edges of the image would: the same, whatever was learned."""
    from learning.toolkit import saliency

    (study,) = make_studies(project, 1, first=513)
    reading = shown(project, study, champion(project))
    client = signed_in(reading.reader)
    edges = saliency.Method("edges", lambda model, images, finding, tell: np.eye(8)[None], 2)
    monkeypatch.setitem(saliency.METHODS, "grad_cam", edges)
    client.post(address(reading, "grad_cam"))
    run_here(Job.objects.get(kind="learning.explain"))
    (check,) = client.get(address(reading, "grad_cam")).json()["checks"]
    assert not check["has_passed"]
    assert check["similarity"] == 1
    assert check["sentence"].startswith("This map does not depend on the weights: do not trust it")


def test_of_a_withdrawn_patient_nothing_is_kept_and_nothing_drawn(project: Project) -> None:
    (study,) = make_studies(project, 1, first=514)
    version = champion(project)
    reading = shown(project, study, version)
    asked = Asked.about({"id": f"m{version.pk}-nodule", "finding": "nodule"}, study_id=study.pk, method="grad_cam")
    job = ask_explanation(asked=asked, user=reading.reader)
    assert job is not None
    withdraw_patient(patient=study.patient, user=reading.reader)
    assert run_here(job).state == "done"
    assert not Explanation.objects.exists()


def test_a_model_without_maps_says_so(project: Project) -> None:
    (study,) = make_studies(project, 1, first=515)
    version = champion(project)
    reading = shown(project, study, version)
    recipe = load_recipe({"input": {"size": 32}, "network": {"name": "histogram"}, "tuning": {"kind": "frozen"}})
    card = ModelCard(name="test", findings=("nodule",), recipe=recipe)
    save_model(Path(settings.HOME) / version.path, build_network(recipe, ("nodule",), seed=0), card)
    client = signed_in(reading.reader)
    client.post(address(reading, "grad_cam"))
    assert run_here(Job.objects.get(kind="learning.explain")).state == "failed"
    assert "cannot say where" in client.get(address(reading, "grad_cam")).json()["job"]["failure"]
