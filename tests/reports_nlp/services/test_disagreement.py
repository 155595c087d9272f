"""Report against image: contradictions found, worded, ranked, and kept from whoever has not answered yet."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from annotation.models import Finding, RankingEntry, Worklist
from annotation.selectors.queue import top_of_queue
from annotation.services.readings import lock_unaided, open_reading
from annotation.services.worklists import next_slot
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.models import Patient, Split, Study
from learning.models import ModelState, ModelVersion, Prediction
from reports_nlp.models import ReportVoice, TextModel
from reports_nlp.selectors.active import queue_of_reports
from reports_nlp.selectors.disagreement import contradictions
from reports_nlp.services.disagreement import NAME, make_disagreement_worklist
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.verdicts import Shown, accept_label
from tests.annotation.bare import bare_study, image_of
from tests.factories import add_member, content, make_project, make_worklist, open_next, signed_in, submit
from tests.learning.rows import make_model
from tests.reports_nlp.reports import bare_report, chest_findings

pytestmark = pytest.mark.django_db
PRESENT, ABSENT = "IMPRESSION: Left pleural effusion.", "IMPRESSION: No pleural effusion."


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return chest_findings(project)


@pytest.fixture
def champion(project: Project, findings: dict[str, Finding]) -> ModelVersion:
    made = make_model(project, state=ModelState.CHAMPION)
    ModelVersion.objects.filter(pk=made.pk).update(findings=["effusion"])
    made.refresh_from_db()
    return made


def case(project: Project, champion: ModelVersion, text: str, probability: float, **fields: object) -> Study:
    """A study with a report, and the image model's word on its effusion."""
    study = bare_study(project, **fields)
    bare_report(project, study, text)
    Prediction.objects.create(
        model_version=champion, instance=image_of(study), probabilities={"effusion": probability}, uncertainty={},
        boxes=[], embedding=b"",
    )
    return study


def entries(worklist: Worklist) -> list[tuple[int, str]]:
    rows = RankingEntry.objects.filter(ranking=worklist.ranking).order_by("-priority")
    return list(rows.values_list("item__study_id", "reason"))


def test_contradictions_are_ranked_by_how_sure_the_model_is_and_name_both_sides(
    project: Project, champion: ModelVersion
) -> None:
    weak = case(project, champion, PRESENT, 0.4)
    strong = case(project, champion, ABSENT, 0.99)
    case(project, champion, PRESENT, 0.9)
    case(project, champion, ABSENT, 0.1)
    case(project, champion, "IMPRESSION: Possible pleural effusion.", 0.01)  # a doubt contradicts nobody
    extract_reports(project=project)
    made = make_disagreement_worklist(project=project, user=None)
    assert (made.studies, made.contradictions) == (2, 2)
    assert entries(made.worklist) == [
        (strong.pk, "the report says no pleural effusion, model 1 says yes (99%)"),
        (weak.pk, "the report says pleural effusion, model 1 says no (40%)"),
    ]
    assert made.worklist.ranking is not None
    assert (made.worklist.ranking.query, made.worklist.ranking.model_version) == ("disagreement", "model 1")


def test_reserved_quarantined_and_answered_cases_are_not_looked_at(
    project: Project, champion: ModelVersion, findings: dict[str, Finding]
) -> None:
    for split in (Split.GATE, Split.CALIBRATION, Split.TEST):
        case(project, champion, PRESENT, 0.01, split=split)
    quarantined = case(project, champion, PRESENT, 0.01)
    Patient.objects.filter(studies=quarantined).update(is_quarantined=True)
    answered = case(project, champion, PRESENT, 0.01)
    submit(open_next(make_worklist(project, [answered]), add_member(project)), {findings["effusion"].pk: "present"})
    extract_reports(project=project)
    assert contradictions(project=project) == []
    with pytest.raises(Invalid, match="nowhere"):
        make_disagreement_worklist(project=project, user=None)


def test_the_reason_is_told_once_the_own_answer_is_locked(
    project: Project, champion: ModelVersion, findings: dict[str, Finding]
) -> None:
    case(project, champion, PRESENT, 0.01)
    extract_reports(project=project)
    worklist = make_disagreement_worklist(project=project, user=None).worklist
    assert (worklist.mode, worklist.report_policy, worklist.unaided_share) == ("second_reader", "after", 0.0)
    reader: User = add_member(project)
    assert top_of_queue(worklist=worklist, user=reader, count=1)[0].reason is None
    slot = next_slot(worklist=worklist, reader=reader)
    assert slot is not None
    reading = open_reading(slot=slot)
    client = signed_in(reader)
    assert client.get(f"/api/readings/{reading.pk}/case/").json()["reading"]["reason"] is None
    assert client.get(f"/api/readings/{reading.pk}/case/").json()["report"] is None
    lock_unaided(
        reading=reading, reader=reader, base_version=0, content=content({findings["effusion"].pk: "present"})
    )
    told = client.get(f"/api/readings/{reading.pk}/case/").json()
    assert told["reading"]["reason"] == "the report says pleural effusion, model 1 says no (1%)"
    assert told["report"] == PRESENT


def test_no_mode_that_tells_before_the_answer(project: Project, champion: ModelVersion) -> None:
    case(project, champion, PRESENT, 0.01)
    extract_reports(project=project)
    with pytest.raises(Invalid, match="own answer locked first"):
        make_disagreement_worklist(project=project, user=None, mode="concurrent")


def test_asked_again_the_same_list_is_ranked_anew(project: Project, champion: ModelVersion) -> None:
    first = case(project, champion, PRESENT, 0.3)
    extract_reports(project=project)
    worklist = make_disagreement_worklist(project=project, user=None).worklist
    second = case(project, champion, PRESENT, 0.01)
    extract_reports(project=project)
    assert make_disagreement_worklist(project=project, user=None).worklist == worklist
    worklist.refresh_from_db()
    assert [study for study, _ in entries(worklist)] == [second.pk, first.pk]


def test_a_list_of_another_kind_keeps_its_name(project: Project, champion: ModelVersion) -> None:
    study = case(project, champion, PRESENT, 0.01)
    make_worklist(project, [study], name=NAME, mode="second_reader")
    extract_reports(project=project)
    with pytest.raises(Conflict, match="another kind"):
        make_disagreement_worklist(project=project, user=None)


def test_the_most_that_is_wanted_are_the_strongest(project: Project, champion: ModelVersion) -> None:
    case(project, champion, PRESENT, 0.3)
    strong = case(project, champion, PRESENT, 0.01)
    extract_reports(project=project)
    worklist = make_disagreement_worklist(project=project, user=None, most=1).worklist
    assert [study for study, _ in entries(worklist)] == [strong.pk]


def test_reports_are_queued_where_rules_text_model_and_image_model_disagree(
    project: Project, champion: ModelVersion, findings: dict[str, Finding]
) -> None:
    agreed = case(project, champion, PRESENT, 0.9)
    image = case(project, champion, PRESENT, 0.01)
    doubt = case(project, champion, "IMPRESSION: Possible pleural effusion.", 0.5)
    voiced = case(project, champion, PRESENT, 0.9)
    extract_reports(project=project)
    TextModel.objects.create(
        project=project, finding=findings["effusion"], kind="linear", state="promoted", definition="d"
    )
    ReportVoice.objects.create(
        report=agreed.reports.get(), finding=findings["effusion"], source="candidate:linear", definition="c",
        state="absent", probability=0.9,
    )
    ReportVoice.objects.create(
        report=voiced.reports.get(), finding=findings["effusion"], source="text:linear", definition="d",
        state="absent", probability=0.8,
    )
    reader = add_member(project)
    rows = queue_of_reports(project=project, user=reader)
    assert [row.report.study_id for row in rows] == [voiced.pk, image.pk, doubt.pk]
    assert agreed.pk not in {row.report.study_id for row in rows}
    assert rows[0].reason == "Pleural effusion: the rules read present, text:linear reads absent"
    assert rows[1].reason == "Pleural effusion: the report says present, model 1 says absent (1%)"
    report = voiced.reports.get()
    accept_label(
        report=report, finding=findings["effusion"], reader=reader,
        shown=Shown(report.extractions.get().definition, report.digest),
    )
    assert voiced.pk not in {row.report.study_id for row in queue_of_reports(project=project, user=reader)}


def test_the_queue_of_reports_keeps_back_what_may_yet_be_read_unaided(
    project: Project, champion: ModelVersion
) -> None:
    study = case(project, champion, PRESENT, 0.01)
    extract_reports(project=project)
    make_worklist(project, [study], mode="unaided")
    assert queue_of_reports(project=project, user=add_member(project)) == []
    assert len(queue_of_reports(project=project, user=add_member(project, "researcher"))) == 1


def test_texts_are_fetched_of_the_chosen_reports_alone(
    project: Project, champion: ModelVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """A pool's texts are hundreds of megabytes: neither the count nor the queue goes through them."""
    for probability in (0.99, 0.9, 0.8):
        case(project, champion, ABSENT, probability)
    extract_reports(project=project)
    user = add_member(project, "researcher")
    with django_assert_max_num_queries(12) as counted:
        assert len(contradictions(project=project)) == 3
    assert not any('"text"' in query["sql"] for query in counted.captured_queries)
    with django_assert_max_num_queries(20) as queued:
        (first,) = queue_of_reports(project=project, user=user, count=1)
    assert "99%" in first.reason
    (fetched,) = [query["sql"] for query in queued.captured_queries if '"text"' in query["sql"]]
    assert f"IN ({first.report.pk})" in fetched
