"""Public weights on the pages: the list, the choice in a recipe, and what a run started from and chose."""

from __future__ import annotations

from typing import Any

import pytest

from learning.models import WeightsFile
from tests.factories import Team, make_team
from tests.frontend.learning_rows import gate_metrics, make_run
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db
START: dict[str, Any] = {
    "from": "xrv/densenet121-res224-all", "publisher": "TorchXRayVision", "licence": "Apache-2.0", "sha256": "cd" * 32,
    "loaded": 605, "fresh": ["head.weight", "head.bias"], "unused": [f"aux.{n}" for n in range(20)], "adapted": [],
    "held_out_seen": 7, "held_out": 9, "alike": "different", "distance": 0.9,
    "rule": "Incremental tuning: the images look different.",
}
TUNING: dict[str, Any] = {
    "words": "Frozen: stem. Learning: block1 and the head.", "depth": 1,
    "curve": [
        {"depth": 0, "learning": "head", "auroc": 0.71, "loss": 0.61},
        {"depth": 1, "learning": "block4, head", "auroc": 0.78, "loss": 0.55},
        {"depth": 2, "learning": "block3, block4, head", "auroc": None, "loss": 0.57},
    ],
}


@pytest.fixture
def team() -> Team:
    return make_team()


def add(name: str = "imagenet/resnet18", **fields: Any) -> WeightsFile:
    known = {
        "network": "resnet18", "path": "weights/x.safetensors", "sha256": "ab" * 32, "publisher": "PyTorch",
        "licence": "BSD-3-Clause", "source": "resnet18-f37072fd.pth", "source_sha256": "cd" * 32, "tensors": 100,
        "unused": ["fc.weight", "fc.bias"],
    }
    return WeightsFile.objects.create(name=name, **(known | fields))


def test_without_weights_the_page_says_how_they_are_added(team: Team) -> None:
    told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/weights/"))
    assert "No public weights yet" in told
    assert "manage.py add_weights imagenet/resnet18" in told
    assert "Med3D / MedicalNet" in told
    assert "Research use only" in told


def test_each_file_stands_with_publisher_licence_and_checksum(team: Team) -> None:
    add()
    told = text_of(browser_of(team.researcher).get(f"/p/{team.project.slug}/weights/"))
    for word in ("imagenet/resnet18", "PyTorch", "BSD-3-Clause", "natural photographs", "sha256 abababababababab"):
        assert word in told
    found = browser_of(team.researcher).get("/api/weights/").json()
    rows = found["results"] if isinstance(found, dict) else found
    assert [(row["name"], row["licence"]) for row in rows] == [("imagenet/resnet18", "BSD-3-Clause")]


def test_the_recipe_form_offers_them_and_says_what_goes_together(team: Team) -> None:
    add()
    page = browser_of(team.researcher)
    shown = page.get(f"/p/{team.project.slug}/train/").content.decode()
    assert '<option value="imagenet/resnet18">resnet18, BSD-3-Clause</option>' in shown
    assert f'href="/p/{team.project.slug}/weights/"' in shown
    assert "Which weights learn, and how fast" in shown


def test_a_run_tells_what_was_loaded_what_was_not_and_how_deep_it_went(team: Team) -> None:
    metrics = {"gate": None, "held_out": gate_metrics(), "start": START, "tuning": TUNING}
    run = make_run(team.project, metrics=metrics)
    told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/runs/{run.pk}/"))
    for words in (
        "xrv/densenet121-res224-all, TorchXRayVision", "605 tensors", "head.weight, head.bias", "20 tensors aux.0",
        "different (brightness 0.9 standard deviations apart)", "Frozen: stem. Learning: block1 and the head.",
        "7 of the 9 held-out patients were in the training of the model it started from",
        "1 block4, head 0.780 0.550 chosen", "2 block3, block4, head –",
    ):
        assert words in told


def test_a_plain_run_has_no_such_section_about_a_start(team: Team) -> None:
    run = make_run(team.project)
    assert "Start and tuning" not in text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/runs/{run.pk}/"))
