"""Training patches: around readers' marks, as they stood at the freezing, and nowhere that tells the answer."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from annotation.models import Finding, Worklist
from core.models import Role, User
from imaging.models import Instance
from imaging.pixels import stores
from imaging.way import Part
from learning.recipe_parts import InputPart
from learning.services.examples import examples_of
from learning.services.marked_parts import training_parts
from learning.services.snapshots import freeze_snapshot
from learning.toolkit.data import DataError
from tests.factories import (
    Team,
    add_member,
    make_findings,
    make_studies,
    make_team,
    make_worklist,
    open_next,
    submit,
)
from tests.learning.world import tiny_recipe

pytestmark = pytest.mark.django_db
MARKED = 3
BOX = (20.0, 12.0, 10.0, 6.0)


@pytest.fixture
def team() -> Team:
    """Eight radiographs of 64 px; readers call the nodule present on every other, and mark the first three of these."""
    made = make_team()
    nodule = make_findings(made.project, ["Nodule"])["nodule"]
    studies = make_studies(made.project, 8, first=600)
    worklist = make_worklist(made.project, studies)
    reader = add_member(made.project, Role.ANNOTATOR)
    for number in range(8):
        read(worklist, reader, nodule, present=number % 2 == 0, box=number < 2 * MARKED)
    return made


def read(worklist: Worklist, reader: User, nodule: Finding, *, present: bool, box: bool) -> None:
    reading = open_next(worklist, reader)
    image = Instance.objects.get(series__study=reading.item.study)
    x, y, w, h = BOX
    mark = {
        "track": str(uuid4()), "finding_id": nodule.pk, "instance_id": image.pk,
        "geometry": {"x": x, "y": y, "w": w, "h": h},
    }
    submit(reading, {nodule.pk: "present" if present else "absent"}, regions=[mark] if present and box else [])


def parts_of(team: Team, **input: float) -> tuple[list[Instance], dict[str, Part]]:
    snapshot = freeze_snapshot(project=team.project)
    images = [row.instance for row in snapshot.rows.select_related("instance__series").order_by("sop_uid")]
    return images, training_parts(snapshot, images, InputPart(region="crop", **input))


def test_a_patch_is_a_square_around_the_mark_with_its_margin(team: Team) -> None:
    images, parts = parts_of(team, margin=0.5)
    squares = {part[:4] for part in parts.values()}
    assert len(parts) == len(images) == 8
    assert (25 - 7.5, 15 - 7.5, 15.0, 15.0) in squares


def test_unmarked_images_are_cut_where_others_are_marked_and_the_same_each_time(team: Team) -> None:
    _, parts = parts_of(team, margin=0.0)
    assert set(parts.values()) == {Part(20.0, 10.0, 10.0, 10.0)}
    assert parts_of(team, margin=0.0)[1] == parts


def test_a_crop_is_what_the_network_trains_on_and_is_stored_apart(team: Team) -> None:
    snapshot = freeze_snapshot(project=team.project)
    whole = examples_of(snapshot, tiny_recipe())
    cut = examples_of(snapshot, tiny_recipe(input={"region": "crop"}))
    assert whole is not None
    assert cut is not None
    assert cut.images.shape == whole.images.shape
    assert not np.array_equal(cut.images[:], whole.images[:])
    assert len(stores()) == 2
    uid = Instance.objects.values_list("sop_uid", flat=True)[0]
    for store in stores():
        store.forget([uid])
        assert not any(key.startswith(uid) for key in store.index())


def test_a_recipe_that_crops_needs_a_mark(team: Team) -> None:
    Finding.objects.filter(project=team.project).update(code="other")
    make_findings(team.project, ["Nodule"])
    snapshot = freeze_snapshot(project=team.project, findings=["other"])
    snapshot.findings = [{"code": "nodule"}]
    with pytest.raises(DataError, match="Mark the finding on some images"):
        training_parts(snapshot, [row.instance for row in snapshot.rows.all()], InputPart(region="crop"))


def test_marks_made_after_the_freezing_are_not_seen(team: Team) -> None:
    snapshot = freeze_snapshot(project=team.project)
    images = [row.instance for row in snapshot.rows.all()]
    snapshot.created_at -= timedelta(hours=1)  # as if everything had been marked since
    with pytest.raises(DataError, match="none of its images has one"):
        training_parts(snapshot, images, InputPart(region="crop"))
