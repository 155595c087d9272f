"""Words of a report tied to a mark: the reader's own until submitted, checked with every save, written once."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotation.formats import Selection, exporter
from annotation.models import Region
from annotation.services.readings import amend_reading, save_draft, submit_reading
from core.errors import Invalid
from reports_nlp.models import Report, ReportLink
from reports_nlp.selectors.evidence import text_evidence
from reports_nlp.selectors.reader_links import current_links, placed_links
from reports_nlp.stages.anchoring import anchored
from tests.annotation.bare import bare_study
from tests.annotation.marks import Marking, marking
from tests.factories import add_member, content, make_worklist, signed_in
from tests.reports_nlp.reports import bare_report, new_version

TRACK = "11111111-1111-4111-8111-111111111111"
TEXT = "Heart normal. Nodule of 8 mm in the left upper lobe. No effusion."


def _box(case: Marking, x: float = 3.0) -> dict[str, Any]:
    return {
        "track": TRACK, "finding_id": case.finding.pk, "instance_id": case.slices[1].pk, "kind": "box",
        "geometry": {"x": x, "y": 4.0, "w": 9.0, "h": 8.0},
    }


def _link(report: Report, words: str = "Nodule of 8 mm") -> dict[str, Any]:
    start = report.text.index(words)
    at = "2026-11-26T18:00:00.000Z"
    return {"track": TRACK, "report": report.pk, "start": start, "end": start + len(words), "quote": words, "at": at}


@pytest.fixture
def case(db: None) -> Marking:
    made = marking()
    _policy(made, "always")
    return made


def _policy(case: Marking, policy: str) -> None:
    type(case.worklist).objects.filter(pk=case.worklist.pk).update(report_policy=policy)
    case.reading.item.worklist.refresh_from_db()


@pytest.fixture
def report(case: Marking) -> Report:
    return bare_report(case.project, case.study, TEXT)


def _save(case: Marking, *links: dict[str, Any], x: float = 3.0) -> None:
    case.reading.refresh_from_db()
    said = content(regions=[_box(case, x)], links=list(links))
    save_draft(reading=case.reading, reader=case.reader, base_version=case.reading.draft_version, content=said)


def _submit(case: Marking, *links: dict[str, Any], x: float = 3.0) -> None:
    case.reading.refresh_from_db()
    said = content(regions=[_box(case, x)], links=list(links))
    submit_reading(reading=case.reading, reader=case.reader, base_version=case.reading.draft_version, content=said)
    case.reading.refresh_from_db()


def test_a_link_is_a_row_once_the_reading_is_submitted(case: Marking, report: Report) -> None:
    _save(case, _link(report))
    assert not ReportLink.objects.exists()
    _submit(case, _link(report))
    row = ReportLink.objects.get()
    assert row.region is not None
    assert (str(row.track), row.region.track, row.quote) == (TRACK, row.track, "Nodule of 8 mm")
    assert (row.created_by, row.instance_id, row.report.text[row.start : row.end]) == (
        case.reader, case.slices[1].pk, row.quote
    )


def test_an_amended_reading_has_its_links_at_the_moved_mark_and_the_earlier_ones_stay(
    case: Marking, report: Report
) -> None:
    _submit(case, _link(report))
    amend_reading(reading=case.reading, reader=case.reader)
    _submit(case, _link(report), _link(report, "left upper lobe"), x=20.0)
    assert ReportLink.objects.count() == 3
    now = current_links(project=case.project)
    assert {row.quote for row in now} == {"Nodule of 8 mm", "left upper lobe"}
    assert {row.region.geometry["x"] for row in now if row.region is not None} == {20.0}


def test_words_that_do_not_stand_there_are_refused(case: Marking, report: Report) -> None:
    with pytest.raises(Invalid, match="not those of this case's report"):
        _save(case, _link(report) | {"quote": "Nodule of 9 mm"})
    with pytest.raises(Invalid, match="linked twice, or not as they stand"):
        _save(case, _link(report) | {"quote": "Nodule"})


def test_a_text_of_another_study_is_refused(case: Marking) -> None:
    other = bare_report(case.project, bare_study(case.project), TEXT)
    with pytest.raises(Invalid, match="not those of this case's report"):
        _save(case, _link(other))


def test_a_report_that_is_withheld_cannot_be_guessed_at(case: Marking, report: Report) -> None:
    _policy(case, "after")
    answers = []
    for quote in ("Nodule of 8 mm", "Nodule of 9 mm"):
        with pytest.raises(Invalid) as refused:
            _save(case, _link(report) | {"quote": quote})
        answers.append(str(refused.value))
    assert answers[0] == answers[1]


def test_what_was_linked_stays_when_the_policy_changes(case: Marking, report: Report) -> None:
    _save(case, _link(report))
    _policy(case, "never")
    _save(case, _link(report), x=9.0)
    assert [link["quote"] for link in case.reading.__class__.objects.get().draft["links"]] == ["Nodule of 8 mm"]


def test_a_link_without_its_mark_is_refused(case: Marking, report: Report) -> None:
    said = content(regions=[], links=[_link(report)])
    with pytest.raises(Invalid, match="mark that is gone"):
        save_draft(reading=case.reading, reader=case.reader, base_version=0, content=said)


def test_a_reader_s_links_are_no_part_of_what_others_are_shown_of_the_report(case: Marking, report: Report) -> None:
    _submit(case, _link(report))
    assert text_evidence(report=report)["links"] == []


def test_the_case_says_where_links_stand_in_the_newest_text(case: Marking, report: Report) -> None:
    _save(case, _link(report), _link(report, "Heart normal."))
    newer = new_version(report, "Heart enlarged. Nodule of 8 mm in the left upper lobe.")
    kase = signed_in(case.reader).get(f"/api/readings/{case.reading.pk}/case/").json()
    assert kase["report_text"] == {"id": newer.pk, "version": 2, "status": "final"}
    links = {link["quote"]: (link["report"], link["version"], link["now"]) for link in kase["report_links"]}
    assert links == {"Nodule of 8 mm": (report.pk, 1, [16, 30]), "Heart normal.": (report.pk, 1, None)}


def test_while_the_report_is_withheld_the_case_says_nothing_of_links(case: Marking, report: Report) -> None:
    _save(case, _link(report))
    _policy(case, "never")
    kase = signed_in(case.reader).get(f"/api/readings/{case.reading.pk}/case/").json()
    assert (kase["report"], kase["report_text"], kase["report_links"]) == (None, None, [])


def test_the_database_refuses_to_edit_a_link_or_a_text_and_a_link_goes_with_its_region(
    case: Marking, report: Report
) -> None:
    _submit(case, _link(report))
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLink.objects.update(start=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(text="Other words.")
    Report.objects.filter(pk=report.pk).update(is_latest=False)
    assert Region._meta.get_field("report_links").on_delete.__name__ == "CASCADE"  # type: ignore[union-attr]


def test_links_of_withdrawn_readings_and_of_unmatched_reports_do_not_count(case: Marking, report: Report) -> None:
    _submit(case, _link(report))
    Report.objects.filter(pk=report.pk).update(study=None)
    assert not current_links(project=case.project).exists()
    assert placed_links(reading=case.reading) == []


def test_links_leave_as_csv_with_place_measurement_and_where_the_words_stand_now(case: Marking, report: Report) -> None:
    _submit(case, _link(report))
    new_version(report, f"ADDENDUM. {TEXT}")
    text = b"".join(exporter("links")[0](Selection(case.project))).decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["quote"], row["version"], row["start"], row["newest_version"], row["now_start"]) == (
        "Nodule of 8 mm", "1", "14", "2", "24"
    )
    assert (row["sop_uid"], row["frame"], row["column"], row["row"]) == (case.slices[1].sop_uid, "0", "7.5", "8.0")
    assert (row["measure"], row["value"], row["unit"], row["finding"]) == ("area", "25.92", "mm²", "nodule")
    assert (row["track"], row["reader"]) == (TRACK, case.reader.username)


def test_links_of_cases_that_one_is_yet_to_read_unaided_stay_behind(case: Marking, report: Report) -> None:
    _submit(case, _link(report))
    make_worklist(case.project, [case.study], mode="unaided")
    other = add_member(case.project, "manager")
    assert b"Nodule" not in b"".join(exporter("links")[0](Selection(case.project, taken_by=other)))


@pytest.mark.parametrize(("now", "found"), [
    ("Nodule of 8 mm, unchanged.", (0, 6)),
    ("No nodule.", None),
    ("Nodule left. Nodule right.", None),
    ("Heart normal. Nodule of 8 mm in the left upper lobe. No effusion. Nodule right.", (14, 20)),
    (TEXT, (14, 20)),
])
def test_words_are_found_again_where_they_are_beyond_doubt(now: str, found: tuple[int, int] | None) -> None:
    start = TEXT.index("Nodule")
    assert anchored(before=TEXT, start=start, end=start + 6, now=now) == found


def test_words_that_stood_twice_are_told_apart_by_their_sentence() -> None:
    before = "Nodule right. Nodule left."
    now = "Heart normal. Nodule left. Nodule right."
    assert anchored(before=before, start=14, end=20, now=now) == (14, 20)
    assert anchored(before=before, start=0, end=6, now=now) == (27, 33)
