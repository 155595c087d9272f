"""Labels that come with images: what 1, 0, -1 and nothing mean, and that the same file twice means nothing."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Batch, CurrentObservation, Finding, Observation, Region, ReservedSet, Source
from annotation.services.import_labels import check_columns, label_sink, parse_source
from annotation.services.ledger import withdraw_batch
from annotation.services.reserve import draw_reserved_sets
from annotation.services.schema import archive_finding, merge_findings
from core.errors import Invalid
from core.models import Project
from imaging.models import ImportBatch, Instance, Study
from imaging.services.label_files import BoxRow, LabelRow
from imaging.services.patients import withdraw_patient
from tests.annotation.bare import bare_patient, bare_study, image_of
from tests.factories import make_findings, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def study(project: Project) -> Study:
    return bare_study(project, images=2)


def images(study: Study) -> list[Instance]:
    return list(Instance.objects.filter(series__study=study).select_related("series__study").order_by("pk"))


def label(study: Study, source: str = "reader:anna", **values: str) -> dict[str, int]:
    """One file's labels; keywords are columns."""
    return bring(study, [LabelRow("f", images(study)[0], values)], source=source)


def bring(study: Study, labels: list[LabelRow], boxes: list[BoxRow] | None = None, **options: Any) -> dict[str, int]:
    project = Project.objects.get(studies=study)
    return label_sink(ImportBatch.objects.create(project=project, options=options), labels, boxes or [])


def counting() -> dict[str, str]:
    rows = CurrentObservation.objects.filter(subject="study")
    return dict(rows.values_list("finding__code", "observation__state"))


@pytest.mark.parametrize(
    ("written", "state"),
    [("1", "present"), ("0", "absent"), ("-1", "equivocal"), ("1.0", "present"), ("0.0", "absent"),
     ("-1.0", "equivocal"), (" 1 ", "present"), ("", None)],
)
def test_values_mean_what_chexpert_means_by_them(study: Study, written: str, state: str | None) -> None:
    label(study, nodule=written)
    assert counting() == ({} if state is None else {"nodule": state})


def test_the_same_file_again_changes_nothing(study: Study) -> None:
    first = label(study, nodule="1", effusion="0", edema="-1")
    again = label(study, nodule="1", effusion="0", edema="-1")
    assert (first["lines"], first["unchanged"], again["lines"], again["unchanged"]) == (3, 0, 0, 3)
    assert (Observation.objects.count(), Batch.objects.count()) == (3, 1)


def test_a_corrected_file_writes_only_what_changed(study: Study) -> None:
    label(study, nodule="1", effusion="0")
    assert label(study, nodule="0", effusion="0")["lines"] == 1
    assert counting() == {"nodule": "absent", "effusion": "absent"}
    assert Observation.objects.count() == 3


def test_an_emptied_cell_takes_nothing_back(study: Study) -> None:
    label(study, nodule="1")
    label(study, nodule="")
    assert counting() == {"nodule": "present"}


def test_an_import_that_was_withdrawn_may_be_made_again(study: Study) -> None:
    label(study, nodule="1")
    withdraw_batch(batch=Batch.objects.get(), user=None)
    assert counting() == {}
    assert label(study, nodule="1")["lines"] == 1
    assert counting() == {"nodule": "present"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_images_of_one_study_that_disagree_make_one_answer_and_importing_them_again_none(
    study: Study, order: tuple[int, int]
) -> None:
    rows = [LabelRow("a", images(study)[0], {"nodule": "1"}), LabelRow("b", images(study)[1], {"nodule": "0"})]
    ordered = [rows[n] for n in order]
    assert bring(study, ordered, source="reader:anna")["lines"] == 1
    assert bring(study, ordered[::-1], source="reader:anna")["lines"] == 0
    assert counting() == {"nodule": "present"}


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [("reader:anna", "reader", "anna"), ("report:chexbert", "report", "chexbert"), ("record:icd", "record", "icd"),
     ("model:old", "model", "old"), ("", "unknown", "unknown"), ("unknown", "unknown", "unknown"),
     ("reader", "reader", "unknown"), ("reader:a:b", "reader", "a:b")],
)
def test_a_source_is_a_kind_and_a_name(text: str, kind: str, name: str) -> None:
    assert parse_source(text) == (kind, name)


def test_an_unknown_kind_of_source_names_the_known_ones(study: Study) -> None:
    with pytest.raises(Invalid, match=r"known: reader, report, record, model, consensus, unknown\. Write e\.g\."):
        label(study, source="radiologist:anna", nodule="1")
    assert not Source.objects.exists()


def test_who_says_it_is_unknown_unless_it_is_said(study: Study) -> None:
    label(study, source="", nodule="1")
    assert str(Source.objects.get()) == "unknown:unknown"


def test_a_readers_labels_belong_to_the_reader_of_that_name(study: Study) -> None:
    anna = make_user("anna")
    label(study, source="reader:anna", nodule="1")
    label(study, source="report:anna", nodule="1")
    assert Source.objects.get(kind="reader").user == anna
    assert Source.objects.get(kind="report").user is None


def test_sources_do_not_overwrite_each_other(study: Study) -> None:
    label(study, source="reader:anna", nodule="1")
    label(study, source="report:x", nodule="0")
    rows = CurrentObservation.objects.values_list("source__kind", "observation__state")
    assert set(rows) == {("reader", "present"), ("report", "absent")}


@pytest.mark.parametrize("column", ["Pleural Effusion", "pleural_effusion", "PLEURAL-EFFUSION", " pleural effusion "])
def test_columns_are_findings_by_name_or_code_however_they_are_written(
    project: Project, study: Study, column: str
) -> None:
    make_findings(project, ["Pleural effusion"])
    label(study, **{column: "1"})
    assert counting() == {"pleural-effusion": "present"}


def test_an_unknown_column_becomes_a_finding_unless_that_was_not_wanted(project: Project, study: Study) -> None:
    with pytest.raises(Invalid, match="no finding 'Edema'"):
        bring(study, [LabelRow("f", images(study)[0], {"Edema": "1"})], create_findings=False)
    assert not Finding.objects.exists()
    label(study, Edema="1")
    assert Finding.objects.get().name == "Edema"


def test_what_can_be_no_finding_is_named_before_anything_is_imported(project: Project) -> None:
    batch = ImportBatch.objects.create(project=project)
    with pytest.raises(Invalid, match=r"'\?\?\?'"):
        check_columns(batch, ["nodule", "???"])


def test_a_merged_findings_column_leads_to_what_it_became(project: Project, study: Study) -> None:
    found = make_findings(project, ["nodule", "mass"])
    merge_findings(into=found["nodule"], from_=found["mass"], user=None)
    label(study, mass="1", nodule="0")
    assert counting() == {"nodule": "present"}


def test_an_archived_findings_labels_are_kept(project: Project, study: Study) -> None:
    archive_finding(finding=make_findings(project, ["nodule"])["nodule"], user=None)
    label(study, nodule="1")
    assert counting() == {"nodule": "present"}


def box(study: Study, x: float, y: float, w: float = 10, h: float = 10, finding: str = "nodule") -> BoxRow:
    return BoxRow("f", images(study)[0], finding, x, y, w, h)


def test_a_box_counts_from_the_edge_in_the_file_and_from_the_first_pixel_in_the_ledger(study: Study) -> None:
    bring(study, [], [box(study, 0, 0, 48, 64)])
    assert Region.objects.get().geometry == {"x": -0.5, "y": -0.5, "w": 48.0, "h": 64.0}
    assert counting() == {"nodule": "present"}


def test_the_same_boxes_again_change_nothing(study: Study) -> None:
    rows = [box(study, 1, 2), box(study, 1, 2), box(study, 20, 20), box(study, 1, 2, finding="edema")]
    first, again = bring(study, [], rows), bring(study, [], rows)
    assert (first["lines"], again["lines"]) == (5, 0)
    assert Region.objects.count() == 3


@pytest.mark.parametrize(
    ("x", "y", "w", "h", "kept"),
    [(-0.8, 0, 10, 10, True), (38.9, 0, 10, 10, True), (-1.5, 0, 10, 10, False), (0, -2, 10, 10, False),
     (40, 0, 10, 10, False), (0, 60, 10, 10, False), (500, 500, 10, 10, False)],
)
def test_a_rounded_box_is_cut_to_its_image_and_one_outside_is_counted(
    study: Study, x: float, y: float, w: float, h: float, kept: bool
) -> None:
    counts = bring(study, [], [box(study, x, y, w, h)])
    assert counts["boxes_outside_image"] == int(not kept)
    for region in Region.objects.all():
        geometry = region.geometry
        assert geometry["x"] >= -0.5
        assert geometry["x"] + geometry["w"] <= 47.5


def test_only_readers_labels_change_a_reserved_set(project: Project) -> None:
    reserved_study = bare_study(project, patient=bare_patient(split=""))
    draw_reserved_sets(project=project, sizes={"gate": 1}, seed=1)
    versions = []
    for source in ("report:x", "record:y", "model:z", "", "reader:anna"):
        label(reserved_study, source=source, nodule="1")
        versions.append(ReservedSet.objects.get().version)
    assert versions == [1, 1, 1, 1, 2]


def test_labels_of_a_withdrawn_patient_are_left_out_and_the_others_go_in(project: Project, study: Study) -> None:
    gone = bare_study(project)
    withdraw_patient(patient=gone.patient, user=None)
    rows = [LabelRow("a", image_of(gone), {"nodule": "1"}), LabelRow("b", images(study)[0], {"nodule": "1"})]
    assert bring(study, rows)["lines"] == 1
    assert set(Observation.objects.values_list("study", flat=True)) == {study.pk}
