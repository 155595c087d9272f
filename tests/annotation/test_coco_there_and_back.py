"""Marks that were saved, exported as COCO and imported again are the same marks."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.formats import Selection, exporter
from annotation.models import CurrentObservation, Region
from annotation.services.import_coco import CocoCounts, import_coco, read_coco
from annotation.services.masks import runs_of
from core.errors import Invalid
from core.models import AuditEvent, Project
from imaging.models import ProjectStudy
from tests.annotation.marks import KINDS, Drawn, Marking, drawn, marking
from tests.factories import make_findings, make_project, submit

pytestmark = pytest.mark.django_db
QUICK = settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None,
)


def exported(project: Project, *kinds: str) -> dict[str, Any]:
    text = b"".join(exporter("coco")[0](Selection(project, kinds or ("reader",))))
    found: dict[str, Any] = json.loads(text)
    return found


def marks_in(project: Project, kind: str = "reader") -> set[tuple[Any, ...]]:
    """Everything that makes a mark what it is; of masks the pixels themselves."""
    lines = CurrentObservation.objects.filter(project=project, source__kind=kind, subject__startswith="region:")
    found = set()
    for line in lines.select_related("observation__region", "finding"):
        said, region = line.observation, line.observation.region
        assert region is not None
        pixels = runs_of(region).tobytes() if region.kind == "mask" else b""
        found.add((
            line.finding.code, line.study_id, str(region.track), region.kind, region.instance_id, region.frame,
            region.series_id if region.kind == "box3d" or region.instance_id is None else None,
            json.dumps(region.geometry, sort_keys=True), pixels, said.state, said.grade, said.laterality,
            said.location, said.note,
        ))
    return found


def another_project_with(one: Marking) -> Project:
    project = make_project()
    make_findings(project, ["nodule", "effusion"])
    ProjectStudy.objects.create(project=project, study=one.study)
    return project


@given(marks=st.lists(drawn(), min_size=1, max_size=8), all_marked=st.sampled_from([None, True, False]))
@QUICK
def test_saved_exported_imported_is_the_same(marks: list[Drawn], all_marked: bool | None) -> None:
    with transaction.atomic():
        one = marking()
        said = {str(one.finding.pk): {"state": "present", "all_marked": all_marked, "laterality": "left"}}
        submit(one.reading, {one.finding.pk: "present"}, findings=said, regions=[
            mark.on(one, n) for n, mark in enumerate(marks)
        ])
        coco, other = exported(one.project), another_project_with(one)
        counts = import_coco(project=other, user=None, rows=coco, source="record:copy")
        assert (counts.marks, counts.not_taken, counts.unknown_images) == (len(marks), 0, [])
        assert marks_in(other, "record") == marks_in(one.project)
        study = CurrentObservation.objects.get(project=other, subject="study").observation
        assert (study.state, study.all_marked) == ("present", all_marked)
        assert _images(exported(other, "record")) == _images(coco)
        assert import_coco(project=other, user=None, rows=coco, source="record:copy").lines == 0
        transaction.set_rollback(True)


def _images(coco: dict[str, Any]) -> list[Any]:
    """What detectors read, without the numbers that a database chose."""
    names = {category["id"]: category["name"] for category in coco["categories"]}
    marks = [
        {"category": names[a["category_id"]], **{k: a[k] for k in ("image_id", "bbox", "area", "segmentation")}}
        for a in coco["annotations"]
    ]
    return sorted(json.dumps(mark, sort_keys=True) for mark in marks)


@given(mark=drawn())
@QUICK
def test_every_mark_lies_in_its_bounding_box_and_measures_what_it_measures(mark: Drawn) -> None:
    with transaction.atomic():
        one = marking()
        submit(one.reading, {one.finding.pk: "present"}, regions=[mark.on(one, 0)])
        coco = exported(one.project)
        for annotation in coco["annotations"]:
            x, y, w, h = annotation["bbox"]
            assert x >= -1e-9
            assert y >= -1e-9
            assert x + w <= 70 + 1e-9
            assert y + h <= 40 + 1e-9
            for flat in annotation["segmentation"] if isinstance(annotation["segmentation"], list) else []:
                pairs = np.reshape(flat, (-1, 2))
                assert (pairs >= [x - 1e-6, y - 1e-6]).all()
                assert (pairs <= [x + w + 1e-6, y + h + 1e-6]).all()
        if mark.kind == "length":
            a, b = mark.geometry["a"], mark.geometry["b"]
            true = np.hypot((a[0] - b[0]) * 0.4, (a[1] - b[1]) * 0.9)
            assert coco["annotations"][0]["measures"] == {"length_mm": round(float(true), 3), "spacing": "patient"}
        transaction.set_rollback(True)


@pytest.fixture
def one() -> Marking:
    return marking()


def _annotations(one: Marking, kind: str, geometry: dict[str, Any], **said: Any) -> list[dict[str, Any]]:
    mark = Drawn(kind, geometry, 0, 2, said).on(one, 0)
    submit(one.reading, {one.finding.pk: "present"}, regions=[mark])
    found: list[dict[str, Any]] = exported(one.project)["annotations"]
    return found


def test_a_bidirectional_mark_is_its_box_and_its_four_points(one: Marking) -> None:
    pair = {"long": {"a": [10, 10], "b": [30, 10]}, "short": {"a": [20, 5], "b": [20, 12]}}
    (row,) = _annotations(one, "bidirectional", pair)
    assert row["bbox"] == [10.5, 5.5, 20, 7]
    assert row["measurement_coordinates"] == [10.5, 10.5, 30.5, 10.5, 20.5, 5.5, 20.5, 12.5]
    assert row["measures"] == {"long_mm": 8.0, "short_mm": 6.3, "spacing": "patient"}


def test_an_ellipse_is_a_polygon_that_says_its_error(one: Marking) -> None:
    (row,) = _annotations(one, "ellipse", {"cx": 30, "cy": 20, "rx": 18, "ry": 9, "angle": 30})
    pairs = np.reshape(row["segmentation"][0], (-1, 2)) - 0.5
    assert len(pairs) >= 64
    turn = np.radians(30)
    along = (pairs - [30, 20]) @ [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    assert np.allclose((along[:, 0] / 18) ** 2 + (along[:, 1] / 9) ** 2, 1)
    x, y = pairs.T
    inscribed = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert 0 < row["attributes"]["outline_error_px"] <= 0.03
    assert 1 - inscribed / row["area"] < 0.002


def test_a_mask_is_column_major_run_lengths(one: Marking) -> None:
    from tests.annotation.marks import mask_text

    pixels = np.zeros((40, 70), bool)
    pixels[1, 2:5] = True
    (row,) = _annotations(one, "mask", {"rows": 40, "columns": 70, "rle": mask_text(pixels)})
    counts = row["segmentation"]["counts"]
    assert (row["segmentation"]["size"], counts[:6], sum(counts)) == ([40, 70], [81, 1, 39, 1, 39, 1], 2800)
    assert (row["bbox"], row["area"], row["iscrowd"]) == ([2, 1, 3, 1], 3, 0)


def test_a_3d_box_is_a_box_on_every_slice_of_one_track(one: Marking) -> None:
    rows = _annotations(one, "box3d", {"x": 1.5, "y": 2.5, "w": 10, "h": 12})
    assert len({row["image_id"] for row in rows}) == 3
    assert {row["radloop"]["track"] for row in rows} == {"00000000-0000-0000-0000-000000000001"}
    assert {tuple(row["bbox"]) for row in rows} == {(2, 3, 10, 12)}


@pytest.mark.parametrize("kind", ["point", "length"])
def test_points_and_lengths_keep_their_points_beside_the_box(one: Marking, kind: str) -> None:
    geometry = {"x": 3, "y": 4} if kind == "point" else {"a": [3, 4], "b": [9, 1]}
    (row,) = _annotations(one, kind, geometry)
    assert row["attributes"]["points"] == [3.5, 4.5, 9.5, 1.5][:2 if kind == "point" else 4]
    assert row["segmentation"] == []


def test_a_box_that_somebody_moved_in_the_file_is_where_they_moved_it(one: Marking) -> None:
    rows = _annotations(one, "box", {"x": 1.5, "y": 2.5, "w": 10, "h": 12})
    coco = exported(one.project) | {"annotations": [rows[0] | {"bbox": [20, 3, 10, 12]}]}
    import_coco(project=one.project, user=None, rows=coco, source="record:copy")
    moved = CurrentObservation.objects.get(source__kind="record", subject__startswith="region:").observation.region
    assert moved is not None
    assert moved.geometry == {"x": 19.5, "y": 2.5, "w": 10, "h": 12}


def foreign(one: Marking, *annotations: dict[str, Any]) -> dict[str, Any]:
    """As another tool writes it: an image by its file's name, nothing of ours."""
    image = {"id": 1, "file_name": f"some/{one.slices[0].sop_uid}.dcm", "width": 70, "height": 40}
    rows = [{"id": n, "image_id": 1, "category_id": 9, "iscrowd": 0, **a} for n, a in enumerate(annotations)]
    return {"images": [image], "categories": [{"id": 9, "name": "Nodule"}], "annotations": rows}


def test_a_foreign_file_gives_boxes_outlines_and_masks(one: Marking) -> None:
    rows = foreign(
        one, {"bbox": [1, 2, 10, 12]}, {"bbox": [0, 0, 8, 8], "segmentation": [[0.5, 0.5, 8.5, 0.5, 4.5, 8.5]]},
        {"bbox": [0, 0, 1, 2], "segmentation": {"size": [40, 70], "counts": [0, 2, 2798]}},
        {"bbox": [0, 0, 1, 2], "segmentation": {"size": [40, 70], "counts": "02^g2"}},
    )
    counts = import_coco(project=one.project, user=None, rows=rows, source="unknown:tool")
    assert counts == CocoCounts(marks=3, lines=4)  # the two masks are one, whichever way its counts are written
    found = {r.kind: r.geometry for r in Region.objects.filter(observations__source__name="tool")}
    assert found["box"] == {"x": 0.5, "y": 1.5, "w": 10, "h": 12}
    assert found["polygon"] == {"points": [[0, 0], [8, 0], [4, 8]]}
    assert found["mask"]["area"] == 2


WRONG = {
    "a box beyond its image": ({"bbox": [65, 2, 10, 12]}, "beyond its image"),
    "a box of three numbers": ({"bbox": [1, 2, 3]}, "not four numbers"),
    "an outline of two points": ({"bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 3, 4]]}, "not a list of x, y"),
    "a mask of another size": ({"bbox": [], "segmentation": {"size": [2, 2], "counts": [0, 4]}}, "Draw it again"),
    "a box of words": ({"bbox": ["a", 2, 3, 4]}, "not four numbers"),
    "a box without an end": ({"bbox": [1, 2, 1e999, 4]}, "a finite number"),
    "an outline of nothing": ({"bbox": [], "segmentation": [[None] * 6]}, "not built as COCO"),
    "an outline that is a number": ({"bbox": [], "segmentation": 7}, "not built as COCO"),
    "a mask without counts": ({"bbox": [], "segmentation": {"size": [40, 70]}}, "not built as COCO"),
    "a mask of endless counts": ({"bbox": [], "segmentation": {"size": [40, 70], "counts": [1e999]}}, "not built"),
    "a track that is none": ({"bbox": [1, 2, 3, 4], "radloop": {"track": "mine"}}, ""),
    "a geometry of another kind": (
        {"bbox": [1, 2, 3, 4], "attributes": {"kind": "tower"}, "radloop": {"geometry": {"x": 1}}}, ""
    ),
    "counts that do not fill": ({"bbox": [], "segmentation": {"size": [40, 70], "counts": [9]}}, "cover 9 pixels"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_annotation_that_is_wrong_is_left_out_and_named(one: Marking, name: str) -> None:
    row, words = WRONG[name]
    counts = import_coco(
        project=one.project, user=None, rows=foreign(one, row, {"bbox": [1, 2, 10, 12]}), source="unknown:tool"
    )
    assert (counts.marks, counts.not_taken) == (1, 1)
    ((what, why),) = counts.refused
    assert what == "annotation 0"
    assert words in why


@pytest.mark.parametrize(("rows", "words"), [
    ([], "no images"), ({"images": [], "categories": None}, "no categories"),
    ({"images": [], "categories": [{"id": 1, "name": "zebra"}], "annotations": [{"category_id": 1, "image_id": 1}]},
     "'zebra'"),
    ({"images": [], "categories": [], "annotations": [{"category_id": 1, "image_id": 1}]}, "does not have"),
    ({"images": [7], "categories": []}, "images, number 0"),
    ({"images": [{"id": [1]}], "categories": []}, "images, number 0, id"),
    ({"images": [{"id": 1, "file_name": 7}], "categories": []}, "number 0, file_name"),
    ({"images": [{"id": 1, "radloop": {"frame": -1}}], "categories": []}, "number 0, radloop"),
    ({"images": [], "categories": [{"id": 1}]}, "categories, number 0, name"),
    ({"images": [], "categories": [], "annotations": {}}, "annotations: "),
    ({"images": [], "categories": [], "annotations": [{"category_id": {}, "image_id": 1}]}, "number 0, category_id"),
    ({"images": [], "categories": [], "annotations": [{"category_id": 1}]}, "number 0, image_id"),
    ({"images": [], "categories": [], "radloop_planes": ["x"]}, "radloop_planes, number 0"),
])
def test_what_is_no_coco_of_this_project_is_refused(one: Marking, rows: Any, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        import_coco(project=one.project, user=None, rows=rows, source="unknown:tool")
    with pytest.raises(Invalid, match="no JSON"):
        read_coco(b"<xml>")


def test_the_command_imports_a_file_and_says_what_became_of_it(one: Marking, tmp_path: Path) -> None:
    path, out = tmp_path / "marks.json", StringIO()
    rows = foreign(one, {"bbox": [1, 2, 10, 12]}, {"bbox": []})
    rows["images"].append({"id": 2, "file_name": "elsewhere.png"})
    path.write_text(json.dumps(rows))
    call_command("import_coco", one.project.slug, str(path), source="unknown:tool", stdout=out)
    assert out.getvalue().splitlines() == [
        "1 marks, 2 new lines.", "1 images of the file are not in this project.", "1 annotations were not taken:",
        "  annotation 1: its bbox is not four numbers",
    ]
    assert AuditEvent.objects.get(action="labels.imported").subject == "format:coco"
    with pytest.raises(CommandError, match="no kind of source"):
        call_command("import_coco", one.project.slug, str(path), source="nobody:x")


def test_every_kind_is_drawn_by_the_strategies() -> None:
    assert set(KINDS) - {"plane"} == {kind for kind, _ in Region._meta.get_field("kind").choices or []}
