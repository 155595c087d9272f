"""The pages of reports: what they show, to whom, and what stays away."""

from __future__ import annotations

import re

import pytest

from annotation.models import Finding
from core.models import Role
from imaging.models import Study
from reports_nlp.models import Extraction, Report, ReportVerdict
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.rules_versions import save_rules
from reports_nlp.services.verdicts import Shown, accept_label, correct_label
from tests.factories import Team, make_studies, make_team, make_worklist
from tests.frontend.pages import browser_of, text_of
from tests.reports_nlp.reports import bare_report, chest_findings, new_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def findings(team: Team) -> dict[str, Finding]:
    return chest_findings(team.project)


@pytest.fixture
def study(team: Team) -> Study:
    return make_studies(team.project, 1)[0]


@pytest.fixture
def report(team: Team, findings: dict[str, Finding], study: Study) -> Report:
    """“Small left pleural effusion. Possible pneumonia. No pneumothorax.”, read by the rules in force."""
    report = bare_report(team.project, study)
    extract_reports(project=team.project)
    return report


def base(team: Team) -> str:
    return f"/p/{team.project.slug}/reports/"


def shown(report: Report) -> Shown:
    extraction = Extraction.objects.get(report=report, is_current=True)
    return Shown(extraction.definition, report.digest)


def page_of(team: Team, report: Report, who: str = Role.REVIEWER, query: str = "") -> str:
    answer = browser_of(team.person(who)).get(f"{base(team)}{report.pk}/{query}")
    assert answer.status_code == 200
    html: str = answer.content.decode()
    return html


def row(html: str, name: str) -> str:
    """The line of one finding."""
    pieces = re.split(r'(?=<li class="report-row)|</section>', html)
    return next(piece for piece in pieces if f'data-name="{name}"' in piece)


def test_every_mark_stands_where_the_text_has_its_words(team: Team, report: Report) -> None:
    html = page_of(team, report)
    pieces = re.findall(r'<(?:mark|span) data-s="(\d+)"[^>]*>([^<]*)</', html)
    assert pieces
    for start, words in pieces:
        assert report.text[int(start) :].startswith(words)


def test_a_finding_says_how_it_is_read_and_which_words_said_so(team: Team, report: Report) -> None:
    html = page_of(team, report)
    effusion, pneumothorax = row(html, "Pleural effusion"), row(html, "Pneumothorax")
    assert 'data-state="present"' in effusion
    assert "pleural effusion”" in effusion
    assert 'data-state="absent"' in pneumothorax
    assert re.search(r"because of “No”", pneumothorax)
    assert 'data-state="equivocal"' in row(html, "Pneumonia")
    assert 'data-state="not_mentioned"' in row(html, "Cardiomegaly")


def test_what_is_marked_is_told_without_colour_too(team: Team, report: Report) -> None:
    mark = re.search(r"<mark[^>]*>pneumothorax</mark>", page_of(team, report))
    assert mark is not None
    assert 'aria-label="pneumothorax, Pneumothorax: absent"' in mark.group(0)
    assert 'tabindex="0"' in mark.group(0)
    assert re.search(r'aria-describedby="why-\d+"', mark.group(0))


def test_a_report_of_a_case_to_be_read_unaided_stays_away_from_its_reader(
    team: Team, report: Report, study: Study
) -> None:
    make_worklist(team.project, [study], mode="unaided")
    html = page_of(team, report)
    assert "Held back for now" in html
    assert "Two views" not in html
    assert "data-row" not in html
    reports = text_of(browser_of(team.reviewer).get(base(team)))
    assert "1 report of studies that you may yet read without help" in reports
    assert "Two views" in page_of(team, report, Role.RESEARCHER), "who reads no cases is held nothing back from"


def test_researchers_look_and_do_not_answer(team: Team, report: Report) -> None:
    assert "data-act=" not in page_of(team, report, Role.RESEARCHER)
    assert "data-act=" in page_of(team, report, Role.ANNOTATOR)


def test_an_answer_is_shown_with_who_gave_it(team: Team, report: Report, findings: dict[str, Finding]) -> None:
    accept_label(report=report, finding=findings["effusion"], reader=team.reviewer, shown=shown(report))
    correct_label(
        report=report, finding=findings["pneumonia"], reader=team.annotator, shown=shown(report), state="present"
    )
    html = page_of(team, report)
    assert re.search(r"You accepted\s*<strong>present", row(html, "Pleural effusion"))
    assert f"{team.annotator} corrected it to present" in " ".join(row(html, "Pneumonia").split())
    assert "1 of 4 answered by you" in html


def test_an_acceptance_that_is_read_otherwise_now_is_flagged_with_both_readings(
    team: Team, report: Report, findings: dict[str, Finding]
) -> None:
    accept_label(report=report, finding=findings["pneumonia"], reader=team.reviewer, shown=shown(report))
    save_rules(
        project=team.project, user=team.manager, base_number=0, settings={"hedges": {"possible": "present"}}
    )
    extract_reports(project=team.project)
    flag = " ".join(text_of_html(row(page_of(team, report), "Pneumonia")).split())
    assert "You accepted equivocal when shown “pneumonia”. Now it is read as present." in flag
    assert ReportVerdict.objects.get().state == "equivocal"
    listed = text_of(browser_of(team.reviewer).get(f"{base(team)}?show=flagged"))
    assert "read otherwise now" in listed


def text_of_html(html: str) -> str:
    return re.sub(r"\s+([.,”])", r"\1", re.sub(r"<[^>]+>", " ", html))


def test_an_older_version_is_shown_and_not_answered_and_says_what_changed(team: Team, report: Report) -> None:
    newer = new_version(report, report.text.replace("Small", "Large"))
    extract_reports(project=team.project)
    old = page_of(team, report)
    assert "data-act=" not in old
    assert f'href="{base(team)}{newer.pk}/"' in old
    assert re.search(r"<del>[^<]*Small</del>\s*<ins>[^<]*Large</ins>", page_of(team, newer))


def test_the_queue_leads_from_report_to_report(team: Team, report: Report, findings: dict[str, Finding]) -> None:
    others = [bare_report(team.project, study) for study in make_studies(team.project, 2, first=5)]
    extract_reports(project=team.project)
    accept_label(report=others[0], finding=findings["effusion"], reader=team.reviewer, shown=shown(others[0]))
    html = page_of(team, others[1], query="?show=to_review")
    assert f'href="{base(team)}{report.pk}/?show=to_review" data-next' in html, "the answered one is passed over"
    assert "1 of 2" in html
    assert "data-next" not in page_of(team, report, query="?show=to_review")


@pytest.mark.parametrize(("query", "is_listed"), [
    ("?finding=effusion&state=present", True), ("?finding=effusion&state=absent", False),
    ("?finding=pneumothorax&state=absent", True), ("?finding=cardiomegaly&state=not_mentioned", True),
    ("?show=unmatched", False), ("?show=nonsense", True), ("?finding=nonsense&state=present", True),
])
def test_filters_of_the_list(team: Team, report: Report, query: str, is_listed: bool) -> None:
    html = browser_of(team.reviewer).get(base(team) + query).content.decode()
    assert (f'aria-label="Report {report.pk}"' in html) is is_listed


def test_a_report_without_a_study_is_for_those_who_import_and_found_its_study_by_hand(
    team: Team, report: Report, study: Study
) -> None:
    waiting = bare_report(team.project, None, "NO ACUTE DISEASE.")
    assert browser_of(team.reviewer).get(f"{base(team)}{waiting.pk}/").status_code == 404
    manager = browser_of(team.manager)
    assert "It came without accession number" in text_of(manager.get(f"{base(team)}unmatched/"))
    posted = {"act": "match", "report": waiting.pk, "study": study.uid[-8:]}
    answer = manager.post(f"{base(team)}unmatched/", posted, follow=True)
    assert f"Report {waiting.pk} belongs to study" in text_of(answer)
    waiting.refresh_from_db()
    assert waiting.study == study


def test_a_wrong_match_by_hand_is_undone_on_the_reports_page(team: Team, findings: object, study: Study) -> None:
    report, client = bare_report(team.project), browser_of(team.manager)
    assert "Wrong study" not in client.get(f"{base(team)}{report.pk}/").content.decode()
    client.post(f"{base(team)}unmatched/", {"act": "match", "report": report.pk, "study": study.uid[-8:]})
    assert "matched by hand" in page_of(team, report, Role.MANAGER)
    assert "Wrong study" not in page_of(team, report)
    told = text_of(client.post(f"{base(team)}{report.pk}/", {"act": "unmatch"}, follow=True))
    assert f"Taken from study …{study.uid[-12:]}: 0 lines of the ledger about it withdrawn or corrected." in told
    report.refresh_from_db()
    assert report.study is None


def test_matching_by_an_end_that_two_studies_or_none_have_is_refused(team: Team, report: Report) -> None:
    waiting = bare_report(team.project, None, "NO ACUTE DISEASE.")
    for uid, words in (("1", "at least its last six characters"), ("no-such-study", "No study of this project ends")):
        answer = browser_of(team.manager).post(
            f"{base(team)}unmatched/", {"act": "match", "report": waiting.pk, "study": uid}
        )
        assert answer.status_code == 400
        assert words in text_of(answer)


def test_publishing_is_counted_before_it_is_done(team: Team, report: Report) -> None:
    counted = text_of(browser_of(team.manager).get(f"{base(team)}publish/"))
    assert "3 new labels" in counted
    assert "Publish 3 labels" in counted
    assert "A manager of this project publishes" in text_of(browser_of(team.researcher).get(f"{base(team)}publish/"))


def test_the_text_of_a_report_is_data_and_never_markup(team: Team, findings: dict[str, Finding], study: Study) -> None:
    report = bare_report(team.project, study, 'Effusion <script>alert(1)</script> "a" & <b>b</b>.')
    extract_reports(project=team.project)
    html = page_of(team, report)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def blind(team: Team, report: Report, **answers: str) -> object:
    form = {"act": "answer", "report": report.pk, "digest": report.digest}
    return browser_of(team.reviewer).post(
        f"{base(team)}blind/", form | {f"answer-{code}": state for code, state in answers.items()}, follow=True
    )


ALL = {"effusion": "present", "pneumothorax": "absent", "pneumonia": "present", "cardiomegaly": "not_mentioned"}


def test_a_blind_answer_is_asked_for_without_a_word_of_what_was_read(team: Team, report: Report) -> None:
    html = browser_of(team.reviewer).get(f"{base(team)}blind/").content.decode()
    assert "Small left pleural effusion. Possible pneumonia." in html
    assert not re.search(r'<mark|class="said|data-state=|"why-', html)


def test_a_blind_answer_covers_the_form_or_is_not_kept(team: Team, report: Report) -> None:
    assert "Answer every finding; missing: Pneumothorax" in text_of(blind(team, report, effusion="present"))
    assert not ReportVerdict.objects.exists()
    assert f"Report {report.pk} is answered" in text_of(blind(team, report, **ALL))
    assert {(v.finding.code, v.state) for v in ReportVerdict.objects.all()} == set(ALL.items())


def test_who_has_looked_at_how_a_report_is_read_cannot_answer_it_blind(team: Team, report: Report) -> None:
    page_of(team, report)
    assert "No report is left for you" in text_of(browser_of(team.reviewer).get(f"{base(team)}blind/"))
    assert "it is not blind any more" in text_of(blind(team, report, **ALL))
    assert not ReportVerdict.objects.exists()
