"""Marks of every kind: what is taken, what is refused with which words, and what becomes of them in the ledger."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from annotation.geometry import runs
from annotation.geometry.measures import measures
from annotation.models import CurrentObservation, Observation, Reading, Region
from annotation.services.content import case_bounds, check_content, parse_content
from annotation.services.content.checks import WORLD_POINTS
from annotation.services.ledger import withdraw_batch
from annotation.services.readings import amend_reading, save_draft, submit_reading
from annotation.services.schema import create_finding
from core.errors import Invalid
from imaging.services.patients import withdraw_patient
from tests.annotation.bare import bare_study, image_of
from tests.annotation.marks import COLUMNS, FRAME_OF_REFERENCE, KINDS, ROWS, Marking, marking, mask_text
from tests.factories import content, submit

pytestmark = pytest.mark.django_db
PIXELS = np.zeros((ROWS, COLUMNS), bool)
PIXELS[3:9, 60:70] = True
GEOMETRIES: dict[str, Any] = {
    "box": {"x": -0.5, "y": -0.5, "w": COLUMNS, "h": ROWS}, "polygon": {"points": [[0, 0], [5, 0], [5, 4]]},
    "ellipse": {"cx": 20, "cy": 19.5, "rx": 20, "ry": 3, "angle": 90}, "point": {"x": 69.5, "y": 39.5},
    "length": {"a": [1, 1], "b": [2, 1]},
    "bidirectional": {"long": {"a": [1, 1], "b": [9, 1]}, "short": {"a": [4, 0], "b": [4, 3]}},
    "mask": {"rows": ROWS, "columns": COLUMNS, "rle": mask_text(PIXELS)},
    "plane": {
        "frame_of_reference": FRAME_OF_REFERENCE, "points": [[0, 0, 0], [5, 0, 0], [5, 5, 0]], "normal": [0, 0, 1],
    },
}


@pytest.fixture
def one() -> Marking:
    return marking()


def mark(one: Marking, kind: str, geometry: Any = None, **fields: Any) -> dict[str, Any]:
    """A mark that is sound unless something else is given."""
    found = {
        "track": str(uuid4()), "finding_id": one.finding.pk, "kind": kind, "instance_id": one.slices[0].pk,
        "geometry": GEOMETRIES.get(kind) if geometry is None else geometry,
    }
    if kind == "box3d":
        ends = {"first": {"instance_id": one.slices[0].pk}, "last": {"instance_id": one.slices[2].pk}}
        found |= {"series_id": one.series.pk, "geometry": {"x": 1, "y": 1, "w": 9, "h": 9} | ends | (geometry or {})}
    if kind == "plane":
        found |= {"kind": "polygon", "instance_id": None, "series_id": one.series.pk}
    return found | fields


def check(one: Marking, **said: Any) -> None:
    check_content(parse_content(said), case_bounds(project=one.project, study=one.study))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_of_every_kind_is_taken_up_to_the_edge_of_its_image(one: Marking, kind: str) -> None:
    check(one, regions=[mark(one, kind, grade=None, location="apex", note="seen twice", laterality="left")])


BAD: dict[str, tuple[Callable[[Marking], Any], str]] = {
    "a polygon of two points": (lambda o: mark(o, "polygon", {"points": [[0, 0], [1, 1]]}), "at least 3 items"),
    "a polygon that stands on one spot": (
        lambda o: mark(o, "polygon", {"points": [[1, 1], [2, 2], [1, 1]]}), "three different points"),
    "a polygon of too many points": (lambda o: mark(o, "polygon", {"points": [[1, 1]] * 4001}), "at most 4000"),
    "a polygon beyond its image": (
        lambda o: mark(o, "polygon", {"points": [[0, 0], [70, 0], [5, 4]]}), "polygon reaches beyond"),
    "a point of three numbers": (lambda o: mark(o, "polygon", {"points": [[1, 1, 1]] * 3}), "points"),
    "an ellipse that turned leaves its image": (
        lambda o: mark(o, "ellipse", GEOMETRIES["ellipse"] | {"angle": 45, "ry": 20.5, "rx": 21}), "ellipse reaches"),
    "a thin ellipse": (lambda o: mark(o, "ellipse", GEOMETRIES["ellipse"] | {"ry": 0.9}), "narrower than 2 pixels"),
    "a point beside its image": (lambda o: mark(o, "point", {"x": 70, "y": 1}), "point reaches beyond"),
    "a length of nothing": (lambda o: mark(o, "length", {"a": [1, 1], "b": [1.5, 1]}), "shorter than a pixel"),
    "a diameter beyond its image": (
        lambda o: mark(o, "bidirectional", {**GEOMETRIES["bidirectional"], "short": {"a": [4, -1], "b": [4, 3]}}),
        "diameter reaches beyond"),
    "a mask of another size": (
        lambda o: mark(o, "mask", {"rows": 41, "columns": COLUMNS, "rle": "AA=="}), "its image 40 × 70"),
    "a mask of no base64": (lambda o: mark(o, "mask", GEOMETRIES["mask"] | {"rle": "?"}), "no base64"),
    "a mask that stops": (lambda o: mark(o, "mask", GEOMETRIES["mask"] | {"rle": "gA=="}), "middle of a number"),
    "a mask that is too short": (lambda o: mark(o, "mask", GEOMETRIES["mask"] | {"rle": "Bwc="}), "cover 14 pixels"),
    "an empty mask": (
        lambda o: mark(o, "mask", GEOMETRIES["mask"] | {"rle": mask_text(PIXELS & False)}), "mask is empty"),
    "a mask with a hole in its runs": (
        lambda o: mark(o, "mask", GEOMETRIES["mask"] | {
            "rle": runs.to_text(runs.pack(np.array([5, 0, ROWS * COLUMNS - 5])))}), "run within the mask is empty"),
    "a 3-D box without a series": (lambda o: mark(o, "box3d", series_id=None), "names its series"),
    "a 3-D box that stands elsewhere": (
        lambda o: mark(o, "box3d", instance_id=o.slices[1].pk), "stands on its first slice"),
    "a 3-D box into another study": (
        lambda o: mark(o, "box3d", {"last": {"instance_id": image_of(bare_study(o.project)).pk}}), "not in its series"),
    "a mark of another series": (lambda o: mark(o, "box", series_id=999_999), "of another series"),
    "a plane without a series": (lambda o: mark(o, "plane", series_id=None), "belongs to a series"),
    "a plane that is on an image, too": (lambda o: mark(o, "plane", instance_id=o.slices[0].pk), "to no image"),
    "a plane of another volume": (
        lambda o: mark(o, "plane", GEOMETRIES["plane"] | {"frame_of_reference": "2.25.1"}), "another frame of ref"),
    "a plane with a long normal": (
        lambda o: mark(o, "plane", GEOMETRIES["plane"] | {"normal": [0, 0, 2]}), "not of length 1"),
    "a length of one point on a plane": (
        lambda o: mark(o, "plane", GEOMETRIES["plane"] | {"points": [[0, 0, 0]]}) | {"kind": "length"}, "has 1 points"),
    "an ellipse of two points on a plane": (
        lambda o: mark(o, "plane", GEOMETRIES["plane"] | {"points": [[0, 0, 0]] * 2}) | {"kind": "ellipse"},
        "has 2 points; it needs 3"),
    "a mask on a plane": (lambda o: mark(o, "plane") | {"kind": "mask"}, "geometry.rows"),
    "a grade that the finding lacks": (lambda o: mark(o, "box", grade=0), "has no grade 0"),
    "a long note": (lambda o: mark(o, "box", note="x" * 301), "note"),
    "a long place": (lambda o: mark(o, "box", location="x" * 81), "location"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mark_that_makes_no_sense_is_refused_and_named(one: Marking, name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(Invalid, match=words):
        check(one, regions=[make(one)])


def test_a_case_has_bounds_as_a_whole(one: Marking) -> None:
    many = {"points": [[n % 70, n // 70 % 40] for n in range(4000)]}
    with pytest.raises(Invalid, match="100000 are possible"):
        check(one, regions=[mark(one, "polygon", many) for _ in range(26)])
    huge = GEOMETRIES["mask"] | {"rle": "A" * 2**20}
    with pytest.raises(Invalid, match="too large together"):
        check(one, regions=[mark(one, "mask", huge) for _ in range(5)])


def level(one: Marking, state: str = "present", **where: Any) -> dict[str, Any]:
    return {"finding_id": one.finding.pk, "state": state, **(where or {"series_id": one.series.pk})}


LEVELS: dict[str, tuple[Callable[[Marking], Any], str]] = {
    "neither series nor image": (lambda o: [level(o, series_id=None)], "either to a series or to an image"),
    "both": (lambda o: [level(o, series_id=o.series.pk, instance_id=o.slices[0].pk)], "either to a series"),
    "a series of another study": (lambda o: [level(o, series_id=0)], "series that is not in this study"),
    "an image of another study": (lambda o: [level(o, instance_id=0)], "image that is not in this study"),
    "a frame that is not there": (lambda o: [level(o, instance_id=o.slices[0].pk, frame=1)], "not in this study"),
    "a retired finding": (lambda o: [level(o) | {"finding_id": 0}], "retired meanwhile"),
    "twice": (lambda o: [level(o), level(o, "absent", series_id=o.series.pk)], "answered twice"),
}


@pytest.mark.parametrize("name", LEVELS)
def test_an_answer_on_a_part_that_makes_no_sense_is_refused(one: Marking, name: str) -> None:
    make, words = LEVELS[name]
    with pytest.raises(Invalid, match=words):
        check(one, levels=make(one))


def test_what_contradicts_itself_is_refused_with_words(one: Marking) -> None:
    absent, present = {"state": "absent"}, {"state": "present"}
    child = create_finding(project=one.project, user=None, name="cavity", parent=one.finding)
    with pytest.raises(Invalid, match="nodule is absent on the study and present on a part"):
        check(one, findings={one.finding.pk: absent}, levels=[level(one)])
    with pytest.raises(Invalid, match="cavity is present and nodule, which it belongs to, is absent"):
        check(one, findings={one.finding.pk: absent, child.pk: present})
    with pytest.raises(Invalid, match="'No finding' contradicts"):
        check(one, no_finding=True, levels=[level(one)])
    with pytest.raises(Invalid, match="'Not assessable' contradicts"):
        check(one, not_assessable={"reason": "motion"}, regions=[mark(one, "box")])
    check(one, findings={one.finding.pk: present, child.pk: present}, levels=[level(one, "absent")])


def said_of(one: Marking) -> dict[str, Observation]:
    lines = CurrentObservation.objects.filter(project=one.project).select_related("observation__region")
    return {line.subject: line.observation for line in lines}


def test_every_kind_becomes_a_line_with_all_that_was_said(one: Marking) -> None:
    marks = [mark(one, kind, location="apex", note=kind, laterality="right") for kind in KINDS]
    submit(one.reading, {one.finding.pk: "present"}, regions=marks)
    lines = said_of(one)
    assert lines.keys() == {"study", *(f"region:{m['track']}" for m in marks)}
    for sent in marks:
        line = lines[f"region:{sent['track']}"]
        assert (line.location, line.note, line.laterality) == ("apex", sent["note"], "right")
        assert line.region is not None
        assert (line.region.kind, line.region.instance_id) == (sent["kind"], sent["instance_id"])
        assert line.region.series_id == sent.get("series_id")


def test_what_is_said_of_the_study_is_kept(one: Marking) -> None:
    said = {"state": "present", "location": "lingula", "note": "old", "all_marked": True}
    submit(one.reading, findings={str(one.finding.pk): said, str(one.other.pk): {"state": "absent"}}, no_finding=False)
    lines = {line.finding_id: line for line in Observation.objects.all()}
    nodule, effusion = lines[one.finding.pk], lines[one.other.pk]
    assert (nodule.location, nodule.note, nodule.all_marked) == ("lingula", "old", True)
    assert (effusion.location, effusion.note, effusion.all_marked) == ("", "", None)


def amended(one: Marking, **said: Any) -> None:
    reading = Reading.objects.get(pk=one.reading.pk)
    amend_reading(reading=reading, reader=one.reader)
    submit_reading(
        reading=reading, reader=one.reader, base_version=reading.draft_version,
        content=content({one.finding.pk: "present"}, **said),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_unmoved_mark_keeps_its_row_and_one_that_is_gone_is_withdrawn(one: Marking, kind: str) -> None:
    sent = mark(one, kind)
    submit(one.reading, {one.finding.pk: "present"}, regions=[sent])
    first = Region.objects.get()
    amended(one, regions=[sent | {"note": "again"}])
    assert Region.objects.get() == first
    amended(one, regions=[])
    assert said_of(one).keys() == {"study"}
    gone = Observation.objects.latest("pk")
    assert (gone.state, gone.subject, gone.region) == ("withdrawn", f"region:{sent['track']}", first)
    withdraw_batch(batch=gone.batch, user=None)
    assert said_of(one).keys() == {"study", f"region:{sent['track']}"}


def test_a_moved_mark_supersedes_on_the_same_track_whatever_its_kind_was(one: Marking) -> None:
    sent = mark(one, "box")
    submit(one.reading, {one.finding.pk: "present"}, regions=[sent])
    amended(one, regions=[mark(one, "ellipse", track=sent["track"])])
    assert list(Region.objects.order_by("pk").values_list("kind", flat=True)) == ["box", "ellipse"]
    line = said_of(one)[f"region:{sent['track']}"]
    assert line.region is not None
    assert (line.region.kind, line.supersedes is not None) == ("ellipse", True)


def test_answers_on_series_images_and_frames_are_lines_of_their_own(one: Marking) -> None:
    type(one.slices[1]).objects.filter(pk=one.slices[1].pk).update(frames=3)
    levels = [
        level(one, "absent"), level(one, "equivocal", instance_id=one.slices[0].pk),
        level(one, "present", instance_id=one.slices[1].pk, frame=2) | {"note": "frame", "laterality": "left"},
    ]
    submit(one.reading, {one.other.pk: "absent"}, levels=levels)
    lines = said_of(one)
    whole, image, frame = (
        f"series:{one.series.pk}", f"instance:{one.slices[0].pk}", f"instance:{one.slices[1].pk}:2"
    )
    assert lines.keys() == {"study", whole, image, frame}
    assert [lines[key].state for key in (whole, image, frame)] == ["absent", "equivocal", "present"]
    assert (lines[whole].series, lines[frame].instance) == (one.series, one.slices[1])
    assert (lines[frame].note, lines[frame].laterality) == ("frame", "left")
    states = CurrentObservation.objects.filter(subject="study").values_list("finding", "observation__state")
    assert set(states) == {(one.finding.pk, "present"), (one.other.pk, "absent")}
    amended(one, levels=levels[:1])
    assert said_of(one).keys() == {"study", whole}


def test_an_older_draft_is_the_same_answer_sent_again(one: Marking) -> None:
    """A page that was open during an update sends less; its repeated save is no conflict."""
    old = {"findings": {str(one.finding.pk): {"state": "present"}}}
    assert save_draft(reading=one.reading, reader=one.reader, base_version=0, content=old) == 1
    assert save_draft(reading=one.reading, reader=one.reader, base_version=0, content=content(
        findings={str(one.finding.pk): {"state": "present", "note": "", "all_marked": None}}, levels=[]
    )) == 1


def test_a_withdrawn_patient_leaves_no_mark_and_no_word(one: Marking) -> None:
    said = {str(one.finding.pk): {"state": "present", "note": "told me", "location": "apex", "all_marked": True}}
    submit(
        one.reading, {one.finding.pk: "present"}, findings=said, levels=[level(one)],
        regions=[mark(one, kind, note="secret") for kind in KINDS],
    )
    withdraw_patient(patient=one.study.patient, user=None)
    assert not Region.objects.exists()
    kept = Observation.objects.values_list("state", "note", "location", "all_marked", "region")
    assert set(kept) == {("tombstone", "", "", None, None)}


def test_the_database_refuses_what_code_could_forget(one: Marking) -> None:
    box, image = {"x": 0, "y": 0, "w": 2, "h": 2}, one.slices[0]
    for wrong in (
        {"kind": "box"}, {"kind": "mask", "instance": image}, {"kind": "mask", "series": one.series},
        {"kind": "box3d", "instance": image}, {"kind": "box3d", "series": one.series},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Region.objects.create(project=one.project, geometry=box, **wrong)
    submit(one.reading, {one.finding.pk: "absent"})
    line = Observation.objects.get()
    for wrong in ({"subject": "slice:1"}, {"all_marked": True}):
        line.pk = None
        for name, value in ({"subject": "series:1"} | wrong).items():
            setattr(line, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            line.save(force_insert=True)


def test_a_mark_may_lie_on_an_earlier_study_and_says_nothing_of_this_one(one: Marking) -> None:
    earlier = bare_study(one.project, patient=one.study.patient)
    type(earlier).objects.filter(pk=earlier.pk).update(date="2020-01-01")
    type(earlier).objects.filter(pk=one.study.pk).update(date="2021-01-01")
    copied = mark(one, "point", {"x": 1, "y": 1}, instance_id=image_of(earlier).pk)
    reading = Reading.objects.select_related("item__study", "project").get(pk=one.reading.pk)
    submit(reading, {one.other.pk: "absent"}, regions=[copied])
    lines = CurrentObservation.objects.values_list("study", "finding", "subject", "observation__state")
    assert set(lines) == {
        (one.study.pk, one.other.pk, "study", "absent"),
        (earlier.pk, one.finding.pk, f"region:{copied['track']}", "present"),
    }
    amended(one)
    assert not CurrentObservation.objects.filter(study=earlier).exists()


@pytest.mark.parametrize("where", ["a later study", "another patient's", "a 3-D box", "an answer"])
def test_nothing_else_may_lie_elsewhere(one: Marking, where: str) -> None:
    day = "2022-01-01" if where == "a later study" else "2020-01-01"
    patient = None if where == "another patient's" else one.study.patient
    other = bare_study(one.project, patient=patient)
    type(other).objects.filter(pk=other.pk).update(date=day)
    type(other).objects.filter(pk=one.study.pk).update(date="2021-01-01")
    one.study.refresh_from_db()
    image = image_of(other)
    said: dict[str, Any] = {"regions": [mark(one, "point", {"x": 1, "y": 1}, instance_id=image.pk)]}
    if where == "a 3-D box":
        ends = {"first": {"instance_id": image.pk}, "last": {"instance_id": image.pk}}
        said = {"regions": [mark(one, "box3d", ends, instance_id=image.pk, series_id=image.series_id)]}
    if where == "an answer":
        said = {"levels": [level(one, instance_id=image.pk)]}
    with pytest.raises(Invalid, match="image that is not in this study"):
        check_content(parse_content(said), case_bounds(project=one.project, study=one.study, reader=one.reader))


@pytest.mark.parametrize("kind", sorted(WORLD_POINTS))
def test_every_kind_that_may_lie_on_a_plane_is_taken_and_kept_there(one: Marking, kind: str) -> None:
    corners = [[0, 0, 0], [5, 0, 0], [5, 5, 0], [0, 5, 0]]
    geometry = GEOMETRIES["plane"] | {"points": corners[:WORLD_POINTS[kind]]}
    submit(one.reading, {one.finding.pk: "present"}, regions=[mark(one, "plane", geometry) | {"kind": kind}])
    kept = Region.objects.get()
    assert (kept.kind, kept.instance, kept.series, kept.geometry["points"]) == (
        kind, None, one.series, geometry["points"]
    )


@pytest.mark.parametrize(("points", "area"), [
    ([[10, 20, 5], [14, 20, 5], [10, 20, 8]], 12), ([[0, 0, 0], [0, 4, 0], [0, 4, 3]], 12), ([[1, 1, 1]] * 3, 0),
], ids=["its axes", "two diameters that are not its axes", "nothing"])
def test_an_ellipse_on_a_plane_measures_what_lies_in_it(points: list[list[float]], area: float) -> None:
    found = measures("ellipse", {"frame_of_reference": "1", "points": points, "normal": [0, 1, 0]}, None)
    assert found == {"area_mm2": pytest.approx(math.pi * area, abs=0.001)}
