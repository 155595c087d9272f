"""From a report's words to a region on the image: the patient's side, the zone, inside the lungs that were found."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.models import Finding
from annotation.services.readings import lock_unaided
from core.models import Project
from frontend.services.case import case_of
from imaging import phantoms, storage
from imaging.models import Instance, Series, Study
from reports_nlp.models import Report
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.heading_places import coded_place
from reports_nlp.services.lung_fields import Box, LungFields, lung_fields
from reports_nlp.services.region_hints import hinted_boxes, hints_for, with_hints, within
from tests.factories import add_member, content, make_findings, make_project, make_studies, make_worklist, open_next
from tests.reports_nlp.reports import bare_report

FIELDS = LungFields(Box(10, 10, 30, 80), Box(60, 10, 30, 80), True)


@pytest.mark.parametrize(("laterality", "anatomy", "words"), [
    ("right", ["lower lobe"], ["right lower lobe"]), ("left", ["apex"], ["left apex"]),
    ("both", ["base"], ["right base", "left base"]), ("", ["upper lobe"], ["right upper lobe", "left upper lobe"]),
    ("", ["lingula"], ["left lingula"]), ("right", [], ["right lung"]), ("left", ["elsewhere"], ["left lung"]),
    ("", [], []), ("right", ["apex", "base"], ["right apex", "right base"]),
])
def test_side_and_zone_become_regions(laterality: str, anatomy: list[str], words: list[str]) -> None:
    found = hinted_boxes(fields=FIELDS, finding="Consolidation", laterality=laterality, anatomy=anatomy)
    assert [said for _, said in found] == words


def test_the_patient_s_right_is_the_image_s_left() -> None:
    ((right, _),) = hinted_boxes(fields=FIELDS, finding="Nodule", laterality="right", anatomy=["lower lobe"])
    ((left, _),) = hinted_boxes(fields=FIELDS, finding="Nodule", laterality="left", anatomy=["lower lobe"])
    assert right.x + right.w < 50 < left.x
    assert right.y == left.y > 50


@pytest.mark.parametrize(("upper", "lower"), [("apex", "base"), ("upper lobe", "lower lobe"), ("apex", "hilum")])
def test_zones_stand_above_each_other(upper: str, lower: str) -> None:
    ((first, _),), ((second, _),) = (
        hinted_boxes(fields=FIELDS, finding="Nodule", laterality="left", anatomy=[zone]) for zone in (upper, lower)
    )
    assert first.y < second.y
    assert first.y + first.h < second.y + second.h


def test_fluid_lies_below_and_the_heart_between_the_lungs() -> None:
    ((fluid, _),) = hinted_boxes(fields=FIELDS, finding="Pleural Effusion", laterality="left", anatomy=[])
    assert fluid.y > 45
    ((heart, words),) = hinted_boxes(fields=FIELDS, finding="Cardiomegaly", laterality="", anatomy=[])
    assert (words, heart.x < 50 < heart.x + heart.w) == ("heart", True)


def test_a_region_ends_with_the_image() -> None:
    assert within(Box(-5, -5, 20, 20), rows=10, columns=12) == Box(-0.5, -0.5, 12, 10)
    assert within(Box(40, 0, 5, 5), rows=10, columns=12) is None


@pytest.mark.parametrize("shape", [(64, 64), (300, 260), (260, 300)])
def test_lungs_are_found_where_the_phantom_has_them(shape: tuple[int, int]) -> None:
    for index in range(6):
        thorax = phantoms.sample_thorax(seed=11, index=index, prevalence=dict.fromkeys(phantoms.FINDINGS, 0.0))
        pixels = phantoms.render_radiograph(thorax, rows=shape[0], columns=shape[1]).pixels.astype(np.float32)
        fields = lung_fields(pixels / pixels.max())
        assert fields.is_found
        assert fields.right.x + fields.right.w <= fields.left.x
        assert 0.3 * shape[0] < fields.left.h < 0.9 * shape[0]


@pytest.mark.parametrize("pixels", [np.zeros((64, 64)), np.ones((200, 90)), np.eye(128)])
def test_an_image_without_lungs_gets_the_usual_places(pixels: np.ndarray) -> None:
    fields = lung_fields(pixels.astype(np.float32))
    assert 0 < fields.right.w < pixels.shape[1]
    assert 0 < fields.left.h < pixels.shape[0]


@pytest.fixture
def project(db: None) -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return make_findings(project)


@pytest.fixture
def study(project: Project, findings: dict[str, Finding]) -> Study:
    made = make_studies(project, 1)[0]
    bare_report(project, made, "IMPRESSION: Nodule in the left upper lobe. No pneumothorax. Consolidation.")
    extract_reports(project=project)
    return made


def test_present_mentions_with_a_place_become_suggested_boxes(project: Project, study: Study) -> None:
    (hint,) = hints_for(study=study, project=project)
    assert (hint.finding, hint.words) == ("nodule", "left upper lobe")
    image = hint.instance
    assert hint.box.x > image.columns / 2 - 4
    assert 0 < hint.box.y + hint.box.h <= image.rows
    (suggestion,) = with_hints(suggestions=[], study=study, project=project)
    assert (suggestion["finding"], suggestion["state"], suggestion["model"]) == ("nodule", "present", "the report")
    assert suggestion["boxes"][0]["how"] == "report: left upper lobe"


def test_hints_join_what_the_image_model_suggests(project: Project, study: Study) -> None:
    models = {"id": "m1-nodule", "finding": "nodule", "probability": 0.2, "calibrated": True, "state": "absent",
              "model": "model 1", "threshold": 0.5, "boxes": []}
    (merged,) = with_hints(suggestions=[models], study=study, project=project)
    assert (merged["probability"], merged["model"], len(merged["boxes"])) == (0.2, "model 1", 1)
    assert models["boxes"] == []


def test_a_lateral_view_gets_none(project: Project, study: Study) -> None:
    Series.objects.filter(study=study).update(view_position="LL")
    assert hints_for(study=study, project=project) == []


@pytest.mark.parametrize(("mode", "policy", "before", "after"), [
    ("concurrent", "always", True, True), ("concurrent", "never", False, False),
    ("second_reader", "after", False, True), ("second_reader", "never", False, False),
])
def test_a_hint_waits_for_the_answer_as_the_report_does(
    project: Project, study: Study, findings: dict[str, Finding], mode: str, policy: str, before: bool, after: bool
) -> None:
    reading = open_next(
        make_worklist(project, [study], mode=mode, report_policy=policy), add_member(project)
    )
    assert bool(case_of(reading=reading)["suggestions"]) is before
    if mode == "second_reader":
        lock_unaided(
            reading=reading, reader=reading.reader, base_version=0,
            content=content({findings["nodule"].pk: "present"}),
        )
        reading.refresh_from_db()
    assert bool(case_of(reading=reading)["suggestions"]) is after


def test_a_file_that_cannot_be_read_costs_the_hint_and_not_the_case(project: Project, study: Study) -> None:
    storage.path_of(Instance.objects.get(series__study=study).path).write_bytes(b"no image")
    assert hints_for(study=study, project=project) == []
    storage.remove(Instance.objects.get(series__study=study).path)
    assert hints_for(study=study, project=project) == []


@pytest.mark.parametrize(("heading", "finding", "laterality", "anatomy"), [
    ("Pleural Effusion/left/small", "Pleural Effusion", "left", ()),
    ("Opacity/lung/lower lobe/right/patchy", "Lung Opacity", "right", ("lower lobe",)),
    ("Pulmonary Atelectasis/base/bilateral", "Atelectasis", "both", ("base",)),
    ("cardiomegaly/mild", "Cardiomegaly", "", ()),
])
def test_a_coder_s_heading_says_what_and_where(
    heading: str, finding: str, laterality: str, anatomy: tuple[str, ...]
) -> None:
    coded = coded_place(heading)
    assert coded is not None
    assert finding in coded.findings
    assert (coded.laterality, coded.anatomy) == (laterality, anatomy)


@pytest.mark.parametrize("heading", ["normal", "", "Technical Quality of Image Unsatisfactory"])
def test_other_headings_say_nothing(heading: str) -> None:
    assert coded_place(heading) is None


def test_coded_headings_propose_regions_too(project: Project, study: Study) -> None:
    Report.objects.update(headings=["Consolidation/lower lobe/right", "normal"])
    hints = hints_for(study=study, project=project)
    assert [(hint.finding, hint.words) for hint in hints] == [
        ("consolidation", "coded right lower lobe"), ("nodule", "left upper lobe"),
    ]
