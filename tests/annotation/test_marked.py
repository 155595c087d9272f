"""What unmarked area means: negative only where a finding is absent or all of it is marked; else it is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotation.formats import Selection, exporter
from annotation.models import CurrentObservation, Reading
from annotation.selectors.marked import marked
from annotation.services.import_coco import import_coco
from annotation.services.schema import merge_findings
from imaging.models import Instance, Volume
from tests.annotation.bare import bare_study, image_of
from tests.annotation.marks import Marking, marking
from tests.annotation.test_marks import level, mark
from tests.factories import submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def one() -> Marking:
    return marking()


def say(one: Marking, state: str, all_marked: bool | None = None, **said: Any) -> None:
    answers = {str(one.finding.pk): {"state": state, "all_marked": all_marked}}
    submit(one.reading, {one.finding.pk: state}, findings=answers, **said)


def words(one: Marking) -> list[str]:
    """Of each slice, for the first finding: - negative, ? masked, . nothing at all, or the mark alone."""
    found = marked(Selection(one.project).lines())
    letters = []
    for image in one.slices:
        here = found.on(study=one.study.pk, series=one.series.pk, image=(image.pk, 0), frames=image.frames)
        assert not here.negative & here.masked
        assert one.other.pk not in here.negative | here.masked, "nobody assessed it"
        is_marked = one.finding.pk in found.marks.get((image.pk, 0), set())
        letter = "-" if one.finding.pk in here.negative else "?" if one.finding.pk in here.masked else "."
        letters.append("x" + letter if is_marked else letter)
    return letters


CASES: dict[str, tuple[Any, list[str]]] = {
    "absent": (lambda o: say(o, "absent"), ["-", "-", "-", "-"]),
    "equivocal": (lambda o: say(o, "equivocal"), ["?", "?", "?", "?"]),
    "present, all marked": (lambda o: say(o, "present", True, regions=[mark(o, "box")]), ["x.", "-", "-", "-"]),
    "present, not all marked": (lambda o: say(o, "present", False, regions=[mark(o, "box")]), ["x?", "?", "?", "?"]),
    "present, not said": (lambda o: say(o, "present", None, regions=[mark(o, "box")]), ["x?", "?", "?", "?"]),
    "present, nothing marked": (lambda o: say(o, "present"), ["?", "?", "?", "?"]),
    "a 3-D box lies on all its slices": (
        lambda o: say(o, "present", True, regions=[mark(o, "box3d")]), ["x.", "x.", "x.", "-"]),
    "a mark in the volume lies on slices unknown": (
        lambda o: say(o, "present", True, regions=[mark(o, "plane")]), ["?", "?", "?", "?"]),
    "absent on one image": (
        lambda o: say(o, "present", False, levels=[level(o, "absent", instance_id=o.slices[1].pk)]),
        ["?", "-", "?", "?"]),
    "absent on the series": (
        lambda o: say(o, "present", False, levels=[level(o, "absent")]), ["-", "-", "-", "-"]),
    "present on one image of a series without": (
        lambda o: say(o, "present", True, levels=[level(o, "absent"), level(o, instance_id=o.slices[3].pk)]),
        ["-", "-", "-", "?"]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_area_without_a_mark_means(one: Marking, name: str) -> None:
    act, expected = CASES[name]
    act(one)
    assert words(one) == expected


def test_readers_who_disagree_leave_the_area_open(one: Marking) -> None:
    say(one, "present", True, regions=[mark(one, "box")])
    coco = json.loads(b"".join(exporter("coco")[0](Selection(one.project))))
    for image in coco["images"]:
        image["radloop"]["answers"] = {"nodule|x": "absent"}
    import_coco(project=one.project, user=None, rows=coco | {"annotations": []}, source="reader:bert")
    assert words(one) == ["x?", "?", "?", "?"]


def test_a_merged_finding_speaks_for_what_it_was_merged_into(one: Marking) -> None:
    answers = {str(one.other.pk): {"state": "present", "all_marked": True}}
    box = mark(one, "box") | {"finding_id": one.other.pk}
    submit(one.reading, {one.other.pk: "present"}, findings=answers, regions=[box])
    merge_findings(into=one.finding, from_=one.other, user=None)
    assert words(one) == ["x.", "-", "-", "-"]


def test_slices_follow_the_volume_where_there_is_one(one: Marking) -> None:
    """Instance numbers may run against the position, or be missing."""
    order = [one.slices[n].sop_uid for n in (0, 2, 1, 3)]
    Volume.objects.create(
        series=one.series, slices=4, rows=40, columns=70, spacing_mm=[1, 1, 1], orientation=[1, 0, 0, 0, 1, 0],
        sop_uids=order,
    )
    say(one, "present", True, regions=[mark(one, "box3d")])
    assert words(one) == ["x.", "-", "x.", "-"]


def test_frames_of_one_image_are_images_of_their_own(one: Marking) -> None:
    Instance.objects.filter(pk=one.slices[0].pk).update(frames=3)
    image = one.slices[0]
    say(
        one, "present", True, regions=[mark(one, "box", frame=1)],
        levels=[level(one, "absent", instance_id=image.pk, frame=2)],
    )
    found = marked(CurrentObservation.objects.all())
    on = [found.on(study=one.study.pk, series=one.series.pk, image=(image.pk, n), frames=3) for n in range(3)]
    assert [(one.finding.pk in o.negative, one.finding.pk in o.masked) for o in on] == [
        (True, False), (False, False), (True, False)
    ]


def test_coco_says_so_in_the_fields_that_lvis_has(one: Marking) -> None:
    say(one, "present", False, regions=[mark(one, "box")], levels=[level(one, "absent", instance_id=one.slices[2].pk)])
    images = json.loads(b"".join(exporter("coco")[0](Selection(one.project))))["images"]
    assert [image["neg_category_ids"] for image in images] == [[], [], [one.finding.pk], []]
    assert [image["not_exhaustive_category_ids"] for image in images] == [
        [one.finding.pk], [one.finding.pk], [], [one.finding.pk]
    ]


def test_a_mark_on_a_study_that_was_not_answered_leaves_it_open(one: Marking) -> None:
    """Marked beside another study, or by another reader: nobody said that it is all."""
    earlier = bare_study(one.project, patient=one.study.patient)
    type(earlier).objects.filter(pk=earlier.pk).update(date="2020-01-01")
    type(earlier).objects.filter(pk=one.study.pk).update(date="2021-01-01")
    reading = Reading.objects.select_related("item__study", "project").get(pk=one.reading.pk)
    point = mark(one, "point", {"x": 1, "y": 1}, instance_id=image_of(earlier).pk)
    submit(reading, {one.finding.pk: "absent"}, regions=[point])
    coco = json.loads(b"".join(exporter("coco")[0](Selection(one.project))))
    images = {image["id"]: image for image in coco["images"]}
    (annotation,) = coco["annotations"]
    marked_one = images.pop(annotation["image_id"])
    assert (marked_one["neg_category_ids"], marked_one["not_exhaustive_category_ids"]) == ([], [one.finding.pk])
    assert all(image["neg_category_ids"] == [one.finding.pk] for image in images.values())
