"""The run's and the models' pages show the figures of the task, and no AUROC where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.urls import reverse

from learning.models import Iteration
from learning.selectors.headline import column_names, headline
from learning.toolkit.class_metrics import task_figures
from learning.toolkit.evaluation import evaluate
from learning.toolkit.segment import evaluate_masks
from tests.factories import make_studies, make_team, make_worklist
from tests.frontend.learning_rows import make_loop, make_model, make_run
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db
OWNERS = [f"p{n}" for n in range(30)]


def masks_metrics() -> dict[str, Any]:
    scores = np.stack([np.full(30, 0.8), np.full(30, 3.5), np.ones(30)], axis=1)[:, None]
    return evaluate_masks(scores, findings=["nodule"], patients=OWNERS, replicates=30)


def graded_metrics() -> dict[str, Any]:
    generator = np.random.default_rng(0)
    levels = generator.integers(0, 3, 30)
    t = np.stack([levels >= 1, levels >= 2], axis=1) * 1.0
    p = np.clip(t * 0.6 + 0.2, 0, 1)
    columns = ["nodule>=1", "nodule>=2"]
    told = evaluate(p, t, findings=columns, patients=OWNERS, replicates=30).as_dict()
    return told | task_figures("ordinal", columns, p, t, OWNERS, replicates=30)


def shown(metrics: dict[str, Any]) -> str:
    team = make_team()
    run = make_run(team.project, metrics={"held_out": metrics, "gate": None})
    address = reverse("run-part", args=[team.project.slug, run.pk, "results"])
    return text_of(browser_of(team.person("manager")).get(address, headers={"HX-Request": "true"}))


def test_a_segmentation_run_shows_dice_and_millimetres_and_no_auroc() -> None:
    page = shown(masks_metrics())
    assert "HD95, mm" in page
    assert "0.800" in page
    assert "AUROC" not in page


def test_an_outlining_champion_is_told_by_dice_on_the_pages_of_models_and_loop() -> None:
    team = make_team()
    gate = masks_metrics() | {"simulated_readers": False}
    run = make_run(team.project, metrics={"held_out": masks_metrics(), "gate": gate})
    run.recipe["targets"]["kind"] = "segmentation"
    run.save()
    champion = make_model(run)
    manager = browser_of(team.person("manager"))
    page = text_of(manager.get(reverse("models-page", args=[team.project.slug])))
    assert "HD95, mm" in page
    assert "AUROC" not in page
    worklist = make_worklist(team.project, make_studies(team.project, 1, first=540))
    loop = make_loop(team.project, worklist, recipe={"targets": {"kind": "segmentation"}})
    turn = {"loop": loop, "run": run, "gate": gate | {"findings": {}}, "promoted": True, "challenger": champion}
    Iteration.objects.create(number=0, state="done", **turn)
    Iteration.objects.create(number=1, state="training", loop=loop, run=run)
    page = text_of(manager.get(reverse("loop-page", args=[team.project.slug])))
    assert page.count("Gate Dice") == 2
    assert "One point so far: 0 labels, gate Dice 0.800" in page
    assert "AUROC" not in page


def test_a_graded_run_shows_kappa_beside_the_figures_of_its_levels() -> None:
    assert "Quadratic kappa" in shown(graded_metrics())
    assert headline(graded_metrics())["label"] == "quadratic kappa"


def test_columns_are_told_in_words() -> None:
    opacity = {"code": "opacity", "name": "Opacity", "grades": ["mild", "severe"]}
    findings: list[dict[str, Any]] = [opacity, {"code": "nodule", "name": "Nodule"}]
    assert column_names(["opacity>=1", "opacity>=2", "nodule"], findings) == {
        "opacity>=1": "Opacity, mild or worse", "opacity>=2": "Opacity, severe or worse", "nodule": "Nodule",
    }
    assert column_names(["nodule", "none"], findings)["none"] == "none of them"
    assert column_names(["nodule:worse"], findings)["nodule:worse"] == "Nodule worse than before"
