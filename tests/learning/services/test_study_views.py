"""Studies of several radiographs, from the database to a model that reads them together."""

from __future__ import annotations

import numpy as np

from imaging.models import Instance, Series, Study
from learning.models import SnapshotRow
from learning.recipe_parts import InputPart
from learning.services.examples import examples_of
from learning.services.images import pixels_of
from learning.services.snapshots import freeze_snapshot
from learning.services.study_views import rows_by_study, studies_of
from tests.learning.world import World, tiny_recipe

VIEWS = InputPart(size=32, volume="views", views=3, combine="max")


def join(first: Study, second: Study, position: str) -> None:
    """The second study's images become a further view of the first, before its own."""
    Series.objects.filter(study=first).update(view_position="PA")
    Series.objects.filter(study=second).update(view_position=position, study=first)


def test_all_images_of_a_study_are_its_views_in_the_order_of_positions(world: World) -> None:
    one, two, alone = world.pool()[:3]
    join(one, two, "LL")
    images = list(Instance.objects.filter(series__study__in=[one, alone]).select_related("series"))
    groups = studies_of(images)
    assert sorted(len(group) for group in groups.values()) == [1, 2]
    assert [i.series.view_position for i in groups[one.pk, images[0].series.modality]] == ["LL", "PA"]
    stored = pixels_of(images, VIEWS)
    assert stored.shape == (3, 3, 32, 32)
    there = np.isfinite(stored[:]).all(axis=(2, 3)).sum(axis=1)
    assert sorted(there) == [1, 2, 2]
    rows = rows_by_study(images, ["verified"] * 3)
    assert sorted(map(len, rows)) == [1, 2]


def test_a_study_is_one_example_whatever_it_holds(world: World) -> None:
    one, two = world.first[:2]
    recipe = tiny_recipe(input={"size": 32, "volume": "views", "views": 2, "combine": "mean"})
    snapshot = freeze_snapshot(project=world.project)
    before = examples_of(snapshot, recipe)
    join(one, two, "LL")
    after = examples_of(snapshot, recipe)
    assert before is not None
    assert after is not None
    assert len(after) == len(before) - 1
    assert after.images.shape[1:] == (2, 32, 32)
    rows = SnapshotRow.objects.filter(snapshot=snapshot, instance__series__study=one)
    key = next(k for k in after.keys if k in {row.sop_uid for row in rows})
    place = after.keys.index(key)
    expected = [max(row.targets.get(code, -9.0) for row in rows) for code in after.findings]
    known = [value for value in expected if value in (0.0, 1.0)]
    assert known == [v for v, e in zip(after.targets[place].tolist(), expected, strict=True) if e in (0.0, 1.0)]
