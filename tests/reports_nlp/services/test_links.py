"""Image references of a text lead to the images of its study, whichever came first."""

from __future__ import annotations

import pytest

from core.models import Project
from imaging.models import Instance, Series, Study
from reports_nlp.models import ReportLink
from reports_nlp.selectors.evidence import text_evidence
from reports_nlp.services.extraction import extract_report, extract_reports
from reports_nlp.services.links import image_called
from reports_nlp.services.rules_versions import save_rules
from tests.annotation.bare import bare_study
from tests.factories import add_member, make_project
from tests.reports_nlp.reports import bare_report, chest_findings

pytestmark = pytest.mark.django_db
TEXT = "IMPRESSION: Nodule in the left upper lobe of 8 mm (series 4, image 2). Quiet bones."


@pytest.fixture
def project() -> Project:
    made = make_project()
    chest_findings(made)
    return made


def numbered(study: Study, series: int, images: int, *, frames: int = 1) -> list[Instance]:
    """Another series of the study with numbered images."""
    made = Series.objects.create(uid=f"{study.uid}.{series}", study=study, modality="CT", number=series)
    return [
        Instance.objects.create(
            sop_uid=f"{study.uid}.{series}.{number}", sop_class_uid="1.2.840.10008.5.1.4.1.1.2", series=made, rows=8,
            columns=8, transfer_syntax_uid="1.2.840.10008.1.2.1", path=f"{study.uid}/{series}/{number}", bytes=1,
            sha256="0", source_digest=f"{study.uid}-{series}-{number}", number=number, frames=frames,
        )
        for number in range(1, images + 1)
    ]


def test_series_and_image_lead_to_the_instance(project: Project) -> None:
    study = bare_study(project)
    numbered(study, 3, 2)
    wanted = numbered(study, 4, 3)[1]
    report = bare_report(project, study, TEXT)
    extract_report(report=report)
    link = ReportLink.objects.get()
    assert (link.instance, link.series_number, link.image_number) == (wanted, 4, 2)
    assert report.text[link.start : link.end].lower().startswith("series 4")
    assert (link.finding, link.millimetres) == ("Lung Lesion", [8.0])
    (shown,) = text_evidence(report=report)["links"]
    assert (shown["sop_uid"], shown["series_uid"]) == (wanted.sop_uid, wanted.series.uid)


def test_images_may_come_after_the_text(project: Project) -> None:
    study = bare_study(project)
    report = bare_report(project, study, TEXT)
    extract_report(report=report)
    assert text_evidence(report=report)["links"][0]["instance_id"] is None
    wanted = numbered(study, 4, 2)[1]
    assert text_evidence(report=report)["links"][0]["instance_id"] == wanted.pk


def test_a_report_without_a_study_keeps_its_references(project: Project) -> None:
    report = bare_report(project, None, TEXT)
    extract_report(report=report)
    assert ReportLink.objects.get().instance is None


def test_a_number_that_is_ambiguous_leads_nowhere(project: Project) -> None:
    study = bare_study(project)
    first = numbered(study, 3, 2)
    assert image_called(study=study, series=None, image=2) == first[1]
    numbered(study, 4, 2)
    assert image_called(study=study, series=None, image=2) is None
    assert image_called(study=study, series=9, image=2) is None


def test_in_a_multi_frame_image_the_number_counts_frames(project: Project) -> None:
    study = bare_study(project)
    (clip,) = numbered(study, 4, 1, frames=30)
    report = bare_report(project, study, TEXT)
    extract_report(report=report)
    link = ReportLink.objects.get()
    assert (link.instance, link.frame) == (clip, 1)
    assert image_called(study=study, series=4, image=31) is None


def test_other_rules_keep_the_links_and_a_reader_s_own_are_left_alone(project: Project) -> None:
    report = bare_report(project, bare_study(project), TEXT)
    extract_report(report=report)
    before = ReportLink.objects.get().pk
    own = ReportLink.objects.create(report=report, start=0, end=5, created_by=add_member(project))
    save_rules(project=project, user=None, base_number=0, phrases=[{"finding": "Q", "words": ["quiet bones"]}])
    assert extract_reports(project=project) == 1
    assert set(ReportLink.objects.values_list("pk", flat=True)) == {before, own.pk}
