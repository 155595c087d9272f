"""Boxes of suggestions are learned from readers' marks, as they stood when the model's snapshot was frozen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from annotation.models import Finding
from core.models import Role
from imaging.models import Instance
from imaging.pixels import place
from imaging.way import Way
from learning.models import Snapshot
from learning.recipe import load_recipe
from learning.services.evidence import ACTIVATION, LEARNED, evidence_of
from learning.services.images import pixels_of
from learning.services.snapshots import freeze_snapshot
from learning.services.taught_boxes import box_head_of, to_square
from learning.toolkit import box_head
from learning.toolkit.nets import build_network
from tests.factories import add_member, make_findings, make_studies, make_team, make_worklist, open_next, submit

pytestmark = pytest.mark.django_db
BOX = (20.0, 12.0, 14.0, 10.0)
CODES = ("nodule", "effusion")


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """Six radiographs of 64 px: readers call both findings present on the first four, and box the nodule alone."""
    monkeypatch.setattr(box_head, "FEW", 4)
    team = make_team()
    findings = make_findings(team.project, ["Nodule", "Effusion"])
    worklist = make_worklist(team.project, make_studies(team.project, 6, first=640))
    reader = add_member(team.project, Role.ANNOTATOR)
    for number in range(6):
        reading = open_next(worklist, reader)
        image = Instance.objects.get(series__study=reading.item.study)
        state = "present" if number < 4 else "absent"
        marks = [mark(findings["nodule"], image)] if number < 4 else []
        submit(reading, {finding.pk: state for finding in findings.values()}, regions=marks)
    return freeze_snapshot(project=team.project)


def mark(finding: Finding, image: Instance) -> dict[str, Any]:
    geometry = dict(zip("xywh", BOX, strict=True))
    return {"track": str(uuid4()), "finding_id": finding.pk, "instance_id": image.pk, "geometry": geometry}


def learned(snapshot: Snapshot) -> tuple[Any, Any]:
    model = build_network(load_recipe({"input": {"size": 64}}), CODES, seed=0).eval()
    return model, box_head_of(SimpleNamespace(run=SimpleNamespace(snapshot=snapshot)), model)  # type: ignore[arg-type]


def test_what_readers_boxed_is_shown_with_a_box_of_theirs_the_rest_by_activation(snapshot: Snapshot) -> None:
    model, head = learned(snapshot)
    assert head.findings == ("nodule",)
    images = list(Instance.objects.filter(pk__in=snapshot.rows.values("instance")).order_by("pk"))
    shown = evidence_of(model, pixels_of(images, 64), images, CODES, np.full((6, 2), 0.8), head)
    how = {(row, box["finding"]): box["how"] for row, boxes in shown.boxes.items() for box in boxes}
    assert [how[row, "nodule"] for row in range(6)] == [LEARNED] * 6
    assert set(how.values()) == {LEARNED, ACTIVATION}
    box = next(one for one in shown.boxes[0] if one["finding"] == "nodule")
    assert [box[key] for key in "xywh"] == pytest.approx(BOX, abs=1.0)


def test_marks_made_after_the_freezing_teach_nothing(snapshot: Snapshot) -> None:
    Snapshot.objects.filter(pk=snapshot.pk).update(created_at="2001-01-01T00:00:00Z")
    snapshot.refresh_from_db()
    assert learned(snapshot)[1] is None


@pytest.mark.parametrize(
    "way", [place(400, 300, 64), Way(10.0, 5.0, 20.0, 5.0), Way(330.0, -5.0, 20.0, 5.0)],
    ids=["fitted", "cut", "mirrored"],
)
def test_from_the_image_to_the_square_and_back(way: Any) -> None:
    box = (100.0, 90.0, 60.0, 40.0)
    assert way.to_image(*to_square(box, way, 64)) == pytest.approx(box)
