"""No link dangles, whatever happens to texts, marks, readings and patients: 500 random edits, looked at after each."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.services import events
from annotation.services.content import checks
from core.errors import Invalid
from reports_nlp.models import Report, ReportLink
from reports_nlp.selectors import reader_links
from reports_nlp.selectors.reader_links import current_links, dangling_links, placed_links
from tests.reports_nlp.link_machine import LinkMachine

pytestmark = pytest.mark.django_db
CASES, EDITS = 5, 100


@pytest.mark.timeout(900)
def test_after_each_of_500_random_edits_no_link_dangles(capsys: pytest.CaptureFixture[str]) -> None:
    done: Counter[str] = Counter()
    anchored = left_behind = rows = 0
    for seed in range(CASES):
        machine = LinkMachine(seed)
        for _ in range(EDITS):
            act = machine.step()
            assert dangling_links(project=machine.case.project) == [], f"seed {seed}, after {act}: {machine.done}"
            placed = placed_links(reading=machine.reading)
            anchored += sum(one.now is not None and one.newest != one.report for one in placed)
            left_behind += sum(one.now is None for one in placed)
            for row in current_links(project=machine.case.project):
                assert row.region is not None
                assert row.region.track == row.track
                assert row.report.study_id == machine.case.study.pk
        rows += ReportLink.objects.filter(report__project=machine.case.project, created_by__isnull=False).count()
        machine.end()
        assert dangling_links(project=machine.case.project) == []
        assert not ReportLink.objects.filter(report__project=machine.case.project).exists()
        assert not Report.objects.filter(project=machine.case.project).exists()
        done += Counter(machine.done)
    with capsys.disabled():
        print(f"\n{done.total()} edits, no dangling link; {rows} rows written, {anchored} times found again in a newer "
              f"text, {left_behind} times left with the earlier one; {dict(done)}")
    assert done.total() == CASES * EDITS
    assert set(done) == set(LinkMachine.ACTS), "some kind of edit never happened"
    assert min(rows, anchored, left_behind) > 0


def _linked() -> LinkMachine:
    machine = LinkMachine(0)
    assert machine._draw()
    assert machine._link()
    return machine


def test_links_that_keep_their_offsets_in_a_newer_text_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_links, "anchored", lambda *, before, start, end, now: (start, end))
    machine = _linked()
    assert machine._version("Quite another text, longer than all of the first one was. " * 5)
    assert any("newest version" in sentence for sentence in dangling_links(project=machine.case.project))


def test_links_that_outlive_their_marks_are_refused_and_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LinkMachine, "keep", lambda self, content: content)
    machine = _linked()
    with pytest.raises(Invalid, match="mark that is gone"):
        machine._delete()
    monkeypatch.setattr(checks, "_check_links", lambda content: None)
    assert machine._save()
    assert any("no mark of track" in sentence for sentence in dangling_links(project=machine.case.project))


def test_links_to_words_that_do_not_stand_there_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "CHECKED", [])
    machine = _linked()
    machine.content["links"][0]["quote"] = "x" * len(machine.content["links"][0]["quote"])
    assert machine._save()
    assert any("other words" in sentence for sentence in dangling_links(project=machine.case.project))
