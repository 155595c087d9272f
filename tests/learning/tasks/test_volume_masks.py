"""Masks painted on slices: a volume's target, a 3-D U-Net, and masks on slices again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.utils import timezone

from core.models import Role
from learning.models import ModelVersion, PredictedMask
from learning.recipe import Recipe, load_recipe
from learning.selectors.aid.bias import _ModelWords
from learning.services.examples import examples_of
from learning.services.outlines import start_outlining
from learning.services.predictions import suggestions_for
from learning.services.runs import start_run
from learning.services.snapshots import freeze_snapshot
from learning.toolkit.data import DataError
from tests.factories import add_member, make_worklist
from tests.learning.tasks.volumes import SHAPE, Scans, ball, scans_in
from tests.learning.world import run_here

INPUT = {"size": SHAPE[1], "volume": "3d", "depth": SHAPE[0]}


@pytest.fixture
def scans(db: None, _own_home: None, tmp_path: Path) -> Iterator[Scans]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path / "scans"
    folder.mkdir()
    yield scans_in(folder, 5)
    torch.set_num_threads(before)


def outlining(**sections: Any) -> Recipe:
    return load_recipe({
        "targets": {"kind": "segmentation"}, "input": INPUT, "network": {"name": "small_cnn3d"},
        "augmentation": {"kind": "none"}, "regularisation": {"dropout_hidden": 0},
        "optimiser": {"max_steps": 24, "batch_size": 4, "patience": 0, "keep": "last", "learning_rate": 0.01},
        **sections,
    })


def masks_of(scans: Scans, recipe: Recipe) -> tuple[dict[str, Any], Any]:
    """Pseudonym → depth x side x side, slices from the foot as volumes lie; and the examples."""
    snapshot = freeze_snapshot(project=scans.project, task=recipe.targets, volumes=True)
    examples = examples_of(snapshot, recipe)
    assert examples is not None
    return dict(zip(examples.patients, examples.masks[:, 0], strict=True)), examples  # type: ignore[attr-defined]


def test_slices_painted_are_known_and_the_others_only_where_all_is_marked_or_it_is_absent(scans: Scans):
    scans.read(0)  # absent
    scans.read(1)  # all of it
    scans.read(2, slices=(3, 4), all_marked=None)
    scans.read(4, slices=(3,))
    found, examples = masks_of(scans, outlining())
    absent, whole, part, thin = (found[scans.studies[n].patient.pseudonym] for n in (0, 1, 2, 4))
    assert (absent == 0).all()
    assert np.array_equal(whole, ball(1)[::-1])
    expected = np.full(SHAPE, 255)
    expected[3:5][ball(2)[3:5]] = 1  # around the paint nothing is said either
    assert np.array_equal(part, expected[::-1])
    expected = np.zeros(SHAPE)
    expected[3] = ball(4)[3]
    assert np.array_equal(thin, expected[::-1])
    volume = scans.volume(1)
    assert examples.spacing[0] == pytest.approx(volume.spacing_mm)
    assert volume.spacing_mm[0] > 3 * volume.spacing_mm[1]


def test_what_a_recipe_cannot_use_of_masks_of_volumes_is_told(scans: Scans):
    scans.read(1, slices=(3,), all_marked=None)
    scans.read(2)
    snapshot = freeze_snapshot(project=scans.project, task=outlining().targets, volumes=True)
    told: list[str] = []
    examples_of(snapshot, outlining(), log=told.append)
    assert not told
    examples_of(snapshot, outlining(input=INPUT | {"depth": 4}), log=told.append)
    assert told[0].startswith("Of ball, every mark of 1 series")
    with pytest.raises(DataError, match="holds masks of volumes, and the recipe reads images"):
        examples_of(snapshot, outlining(input={"size": 32}, network={"name": "small_cnn"}))


def test_paint_becomes_a_unet_of_volumes_whose_masks_lie_on_the_slices(scans: Scans):
    for number in range(4):
        scans.read(number)
    manager = add_member(scans.project, Role.MANAGER)
    run = start_run(project=scans.project, recipe=outlining(), user=manager)
    job = run_here(run.job)
    assert job.state == "done", job.failure
    version = ModelVersion.objects.get(run=run)
    (told,) = version.run.metrics["held_out"]["findings"]
    assert 0 <= told["dice"]["value"] <= 1
    assert told["hd95_mm"]["value"] >= 0
    assert run_here(start_outlining(version=version, user=manager)).state == "done"
    assert overlap(scans, version, 4) > 0.6
    (suggestion,) = suggestions_for(study=scans.studies[4], project=scans.project)
    assert len({mask["instance_id"] for mask in suggestion["masks"]}) > 2
    series = version.predictions.get(instance__series__study=scans.studies[4], embedding__isnull=False)
    assert 0 < series.uncertainty["ball"] < 1
    assert series.probabilities["ball"] > 0.5
    make_worklist(scans.project, scans.studies[4:], mode="unaided").items.update(is_always_unaided=True)
    assert _ModelWords(scans.project).at(scans.studies[4].pk, timezone.now()) == {"ball": "present"}


def overlap(scans: Scans, version: ModelVersion, number: int) -> float:
    """Dice of the suggested masks with the ball, in the images' own pixels."""
    from annotation.services.masks import mask_of
    from learning.toolkit.segment import dice

    guess, images = np.zeros(SHAPE, bool), list(scans.studies[number].series.get().instances.order_by("number"))
    places = {image.pk: n for n, image in enumerate(images)}
    for mask in PredictedMask.objects.filter(prediction__model_version=version, prediction__instance__in=images):
        guess[places[mask.prediction.instance_id]] = mask_of(mask.mask.sha256, mask.rows, mask.columns)
    return dice(guess, ball(number))
