"""A verdict on a report: kept with what was shown, apart from the reader's word on images, flagged when that moves."""

from __future__ import annotations

import pytest

from annotation.models import CurrentObservation, Finding, Observation, Source
from annotation.selectors.answers import reserved_answers, verified_answers
from annotation.services.ledger import rebuild_projections
from annotation.services.reserve import draw_reserved_sets
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.models import Split
from imaging.services.patients import withdraw_patient
from reports_nlp.models import Extraction, MinedTrait, Report, ReportVerdict
from reports_nlp.selectors.flags import flagged_verdicts
from reports_nlp.selectors.withheld import is_withheld
from reports_nlp.services.extraction import extract_report, extract_reports
from reports_nlp.services.rules_versions import save_rules
from reports_nlp.services.verdicts import Shown, accept_label, correct_label
from tests.annotation.bare import bare_studies, bare_study
from tests.factories import add_member, make_project, make_user, make_worklist, open_next, submit
from tests.racing import errors_of, race
from tests.reports_nlp.reports import bare_report, chest_findings, new_version

pytestmark = pytest.mark.django_db
EXCLUDED = {"role": "excluded", "words": ["small left pleural effusion"]}


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return chest_findings(project)


@pytest.fixture
def reader(project: Project) -> User:
    return add_member(project)


@pytest.fixture
def report(project: Project, findings: dict[str, Finding]) -> Report:
    made = bare_report(project, bare_study(project))
    extract_reports(project=project)
    return made


def shown(report: Report, verdict: int | None = None) -> Shown:
    return Shown(Extraction.objects.get(report=report, is_current=True).definition, report.digest, verdict)


def accept(report: Report, finding: Finding, reader: User, **fields: object) -> ReportVerdict:
    return accept_label(report=report, finding=finding, reader=reader, **{"shown": shown(report)} | fields)


def correct(report: Report, finding: Finding, reader: User, state: str, **fields: object) -> ReportVerdict:
    return correct_label(
        report=report, finding=finding, reader=reader, state=state, **{"shown": shown(report)} | fields
    )


def said(project: Project) -> list[tuple[str, str, str]]:
    """What counts in the ledger: source, finding, state."""
    rows = CurrentObservation.objects.filter(project=project).select_related("source", "finding", "observation")
    return sorted((str(row.source), row.finding.code, row.observation.state) for row in rows)


def test_an_acceptance_points_at_what_was_shown(report: Report, findings: dict[str, Finding], reader: User) -> None:
    verdict = accept(report, findings["effusion"], reader)
    assert (verdict.act, verdict.state) == ("accepted", "present")
    line = Observation.objects.get()
    assert (line.source.kind, line.source.name, line.source.user) == ("report", f"{reader.username}/report", reader)
    assert (line.state, line.laterality, line.batch.act) == ("present", "left", "report")
    suggestion = line.shown["suggestion"]
    assert (suggestion["definition"], suggestion["digest"], suggestion["value"]) == (
        shown(report).definition, report.digest, 1
    )
    (mention,) = suggestion["mentions"]
    assert report.text[mention["start"] : mention["end"]] == "pleural effusion"
    assert verdict.observation == line


@pytest.mark.parametrize(("state", "lines"), [
    ("present", ["present"]), ("absent", ["absent"]), ("equivocal", ["equivocal"]), ("not_mentioned", []),
])
def test_a_correction_says_what_the_report_says(
    report: Report, findings: dict[str, Finding], reader: User, state: str, lines: list[str]
) -> None:
    correct(report, findings["effusion"], reader, state, spans=[(0, 5)], note="why")
    assert [s for _, _, s in said(report.project)] == lines
    verdict = ReportVerdict.objects.get()
    assert (verdict.act, verdict.state, verdict.spans, verdict.note) == ("corrected", state, [[0, 5]], "why")
    assert verdict.shown["state"] == "present"


def test_a_later_verdict_takes_the_place_of_the_reader_s_earlier_one(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    first = accept(report, findings["effusion"], reader)
    correct(report, findings["effusion"], reader, "not_mentioned", shown=shown(report, first.pk))
    assert said(report.project) == []
    assert Observation.objects.count() == 2  # the ledger keeps both
    assert list(ReportVerdict.objects.order_by("pk").values_list("is_current", flat=True)) == [False, True]
    before = said(report.project)
    rebuild_projections(project=report.project)
    assert said(report.project) == before


def test_a_second_click_is_one_verdict(report: Report, findings: dict[str, Finding], reader: User) -> None:
    first = accept(report, findings["effusion"], reader)
    assert accept(report, findings["effusion"], reader) == first
    again = correct(report, findings["effusion"], reader, "absent", shown=shown(report, first.pk))
    assert correct(report, findings["effusion"], reader, "absent", shown=shown(report, first.pk)) == again
    assert (ReportVerdict.objects.count(), Observation.objects.count()) == (2, 2)


def test_it_is_no_reading_of_the_image(project: Project, findings: dict[str, Finding], reader: User) -> None:
    study = bare_study(project)
    worklist = make_worklist(project, [study])
    submit(open_next(worklist, reader), {findings["effusion"].pk: "absent"})
    report = bare_report(project, study)
    extract_reports(project=project)
    accept(report, findings["effusion"], reader)
    # The reader's word on the image stands as it was, and alone: one person is one voter.
    answer = verified_answers(project=project)[(study.pk, "effusion")]
    assert (answer.state, answer.sources) == ("absent", (f"reader:{reader.username}",))
    assert said(project) == [
        (f"reader:{reader.username}", "effusion", "absent"),
        (f"report:{reader.username}/report", "effusion", "present"),
    ]


@pytest.mark.parametrize("purpose", ["gate", "calibration", "test"])
def test_reserved_sets_hold_no_word_of_a_report(
    project: Project, findings: dict[str, Finding], reader: User, purpose: str
) -> None:
    studies = bare_studies(project, 2, split=Split.UNASSIGNED)
    draw_reserved_sets(project=project, sizes={purpose: 1}, seed=1)
    reports = [bare_report(project, study) for study in studies]
    extract_reports(project=project)
    researcher = add_member(project, "researcher")  # reads no cases, so nothing is held back
    for report in reports:
        report.refresh_from_db()
        accept(report, findings["effusion"], researcher)
    assert ReportVerdict.objects.count() == 2  # judged all the same: that is how the rules are measured
    (line,) = Observation.objects.all()
    assert line.study.patient.split == Split.POOL
    assert reserved_answers(project=project, purpose=purpose) == {}


def test_a_reserved_case_s_report_waits_for_the_unaided_answer(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    study = bare_study(project, split=Split.UNASSIGNED)
    draw_reserved_sets(project=project, sizes={"gate": 1}, seed=1)
    report = bare_report(project, study)
    extract_reports(project=project)
    assert is_withheld(user=reader, report=report)  # though it stands on no worklist yet
    with pytest.raises(Conflict, match="unaided"):
        accept(report, findings["effusion"], reader)
    worklist = make_worklist(project, [study], kind="reference", mode="unaided")
    assert is_withheld(user=reader, report=report)
    submit(open_next(worklist, reader))
    assert not is_withheld(user=reader, report=report)
    assert not is_withheld(user=add_member(project), report=report)  # its one place is taken


def test_simulated_readers_stay_marked(report: Report, findings: dict[str, Finding], project: Project) -> None:
    simulated = add_member(project, user=make_user(is_simulated=True))
    accept(report, findings["effusion"], simulated)
    assert Source.objects.get().is_simulated


def test_of_two_reports_of_a_study_the_stronger_word_counts(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    study = bare_study(project)
    reports = [bare_report(project, study), bare_report(project, study, "IMPRESSION: No pleural effusion.")]
    extract_reports(project=project)
    for report in reports:
        accept(report, findings["effusion"], reader)
    assert [state for _, _, state in said(project)] == ["present"]


def test_a_report_without_a_study_can_be_judged_and_says_nothing_in_the_ledger(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    report = bare_report(project)
    extract_reports(project=project)
    accept(report, findings["effusion"], reader)
    assert ReportVerdict.objects.get().observation is None
    assert not Observation.objects.exists()


def test_a_stale_page_gets_both_versions(report: Report, findings: dict[str, Finding], reader: User) -> None:
    page = shown(report)
    save_rules(
        project=report.project, user=None, base_number=0,
        phrases=[{"finding": "Pleural Effusion", "words": ["two views"]}],
    )
    extract_report(report=report)
    with pytest.raises(Conflict) as stale:
        accept(report, findings["effusion"], reader, shown=page)
    assert stale.value.detail["yours"]["definition"] == page.definition
    assert stale.value.detail["theirs"]["definition"] == shown(report).definition != page.definition
    assert not ReportVerdict.objects.exists()


def test_rules_that_find_the_same_make_no_page_stale(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    page = shown(report)
    save_rules(
        project=report.project, user=None, base_number=0, phrases=[{"finding": "Q", "words": ["quixotoma"]}]
    )
    extract_report(report=report)
    assert accept(report, findings["effusion"], reader, shown=page).state == "present"


def test_another_tab_of_one_s_own_is_told(report: Report, findings: dict[str, Finding], reader: User) -> None:
    page = shown(report)
    correct(report, findings["effusion"], reader, "absent", shown=page)
    with pytest.raises(Conflict) as stale:
        correct(report, findings["effusion"], reader, "equivocal", shown=page)
    assert (stale.value.detail["yours"], stale.value.detail["theirs"]) == ("equivocal", "absent")


@pytest.mark.parametrize("spans", [[(5, 5)], [(-1, 4)], [(0, 10_000)]])
def test_spans_lie_in_the_text(report: Report, findings: dict[str, Finding], reader: User, spans: list) -> None:
    with pytest.raises(Invalid, match="outside the text"):
        correct(report, findings["effusion"], reader, "absent", spans=spans)


def test_an_acceptance_is_flagged_when_the_rules_say_something_else(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    verdict = accept(report, findings["effusion"], reader)
    kept = dict(verdict.shown)
    assert flagged_verdicts(project=report.project) == {}
    save_rules(
        project=report.project, user=None, base_number=0, phrases=[EXCLUDED]
    )
    extract_report(report=report)
    assert flagged_verdicts(project=report.project) == {verdict.pk: ["label-changed"]}
    verdict.refresh_from_db()
    assert (verdict.shown, verdict.state) == (kept, "present")
    assert [state for _, _, state in said(report.project)] == ["present"]
    save_rules(project=report.project, user=None, base_number=1)
    extract_report(report=report)
    assert flagged_verdicts(project=report.project) == {}


def test_an_acceptance_is_flagged_when_the_text_has_a_new_version(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    verdict = accept(report, findings["effusion"], reader)
    newer = new_version(report, report.text + " Addendum: as discussed.")
    extract_reports(project=report.project)
    assert flagged_verdicts(project=report.project) == {verdict.pk: ["new-text"]}
    accept(newer, findings["effusion"], reader)
    assert flagged_verdicts(project=report.project) == {}


def test_rules_that_come_round_to_a_correction_raise_no_flag(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    correct(report, findings["effusion"], reader, "not_mentioned")
    save_rules(
        project=report.project, user=None, base_number=0, phrases=[EXCLUDED]
    )
    extract_report(report=report)
    assert flagged_verdicts(project=report.project) == {}


def test_a_withdrawn_patient_takes_it_all_along(report: Report, findings: dict[str, Finding], reader: User) -> None:
    accept(report, findings["effusion"], reader)
    assert report.study is not None
    withdraw_patient(patient=report.study.patient, user=None)
    for model in (Report, Extraction, ReportVerdict, MinedTrait, CurrentObservation):
        assert not model.objects.exists(), model
    line = Observation.objects.get()
    assert (line.state, line.shown, line.laterality) == ("tombstone", None, "")


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_are_two_voices_and_a_double_click_is_one(
    report: Report, findings: dict[str, Finding], project: Project
) -> None:
    readers = [add_member(project) for _ in range(3)]
    page = shown(report)
    acts = [
        lambda r=r: accept_label(report=report, finding=findings["effusion"], reader=r, shown=page)
        for r in readers for _ in range(2)
    ]
    answers = race(*acts)
    assert errors_of(answers) == []
    assert ReportVerdict.objects.filter(is_current=True).count() == ReportVerdict.objects.count() == 3
    assert Observation.objects.count() == CurrentObservation.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_differ_at_once_one_is_told(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    page = shown(report)
    answers = race(*(
        lambda s=s: correct_label(report=report, finding=findings["effusion"], reader=reader, shown=page, state=s)
        for s in ("absent", "equivocal", "not_mentioned")
    ))
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Conflict", "ReportVerdict"]
    assert ReportVerdict.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_extraction_and_a_verdict_at_once_leave_one_of_both_orders(
    report: Report, findings: dict[str, Finding], reader: User
) -> None:
    page = shown(report)
    save_rules(
        project=report.project, user=None, base_number=0, phrases=[EXCLUDED]
    )
    answers = race(
        lambda: extract_reports(project=report.project), lambda: extract_reports(project=report.project),
        lambda: accept_label(report=report, finding=findings["effusion"], reader=reader, shown=page),
    )
    assert all(isinstance(error, Conflict) for error in errors_of(answers))
    assert Extraction.objects.filter(report=report, is_current=True).count() == 1
    if ReportVerdict.objects.exists():
        assert ReportVerdict.objects.get().shown["definition"] == page.definition
        assert list(flagged_verdicts(project=report.project).values()) == [["label-changed"]]
