"""The loop: turns, sentences, what moved and who may know it."""

from __future__ import annotations

import pytest

from learning.models import Iteration, Loop
from learning.selectors.moved import moved_for
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist, open_next, submit
from tests.frontend.learning_rows import label, make_job, make_loop, make_turns
from tests.frontend.pages import browser_of, text_of
from workers.models import Job

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team() -> Team:
    return make_team()


class TestLoop:
    def loop(self, team: Team) -> Loop:
        return make_loop(team.project, make_worklist(team.project, make_studies(team.project, 1)))

    def page(self, team: Team, role: str = "researcher") -> str:
        return text_of(browser_of(team.person(role)).get(f"/p/{team.project.slug}/loop/"))

    def test_before_it_can_start_the_page_lists_what_to_do(self, team: Team) -> None:
        told = self.page(team)
        assert "Before the loop can start" in told
        assert "Define what is to be found (Findings page)." in told

    def test_a_turn_is_a_row_with_figure_difference_random_arm_and_decision(self, team: Team) -> None:
        make_turns(self.loop(team))
        told = self.page(team)
        assert "Model 1 is the first, so it became the champion." in told
        assert "superior" in told
        assert "40 labels, same cases" in told
        assert "Model 2 was promoted: it is superior." in told
        assert "stays above -0.02." in told

    def test_labels_of_simulated_readers_are_marked(self, team: Team) -> None:
        loop = self.loop(team)
        _, turn = make_turns(loop)
        assert turn.run is not None
        for study, source in zip(make_studies(team.project, 2, first=5), ("sim", team.annotator.username), strict=True):
            label(turn.run, study, f"reader:{source}")
        team.project.sources.create(kind="reader", name="sim", is_simulated=True)
        assert "2 labels spent, 1 of them by simulated readers" in self.page(team)

    def test_where_no_truth_is_on_record_the_page_says_why_nobody_can_be_simulated(self, team: Team) -> None:
        make_turns(self.loop(team))
        told = self.page(team)
        assert "Simulated readers can't help here" in told
        assert "Let simulated readers do" not in told

    def test_with_truth_on_record_simulated_readers_are_offered_and_queued(self, team: Team) -> None:
        make_findings(team.project)
        studies = make_studies(team.project, 2, with_truth=True)
        make_turns(make_loop(team.project, make_worklist(team.project, studies)))
        client = browser_of(team.researcher)
        assert "Let simulated readers do 100" in text_of(client.get(f"/p/{team.project.slug}/loop/"))
        assert client.post(f"/p/{team.project.slug}/loop/", {"act": "simulate"}).status_code == 302
        assert Job.objects.get(kind="learning.simulate").payload == {
            "loop": team.project.loop.pk, "readings": 100, "turns": 3,
        }

    def test_a_failed_turn_shows_its_reason(self, team: Team) -> None:
        loop = self.loop(team)
        job = make_job(team.project, "failed", kind="learning.turn", failure="Nodule has 0 present answers.")
        Iteration.objects.create(loop=loop, number=0, job=job)
        told = self.page(team)
        assert "Turn 0 failed." in told or "The first turn failed." in told
        assert "Nodule has 0 present answers." in told

    def test_stop_and_start_again(self, team: Team) -> None:
        loop = self.loop(team)
        make_turns(loop)
        client, page = browser_of(team.researcher), f"/p/{team.project.slug}/loop/"
        client.post(page, {"act": "stop"})
        assert "Start again" in self.page(team)
        client.post(page, {"act": "start"})
        assert Loop.objects.get().is_running

    def test_parts_answer_only_what_is_new(self, team: Team) -> None:
        loop = self.loop(team)
        make_turns(loop)
        client = browser_of(team.annotator)
        for part in ("now", "turns"):
            address = f"/p/{team.project.slug}/loop/live/{part}/"
            first = client.get(address, headers=HTMX)
            seen = first.content.decode().split("?seen=")[1].split('"')[0]
            assert client.get(f"{address}?seen={seen}", headers=HTMX).status_code == 204
        Iteration.objects.filter(number=1).update(promoted=False)
        assert client.get(f"{address}?seen={seen}", headers=HTMX).status_code == 200
        assert client.get(address).status_code == 400


class TestWhatMoved:
    """Invariant 4: nobody who is yet to read a case unaided is told what a model makes of it."""

    WHY = "Nodule .52: nearest to undecided"

    def turn(self, team: Team, mode: str) -> Iteration:
        studies = make_studies(team.project, 1)
        loop = make_loop(team.project, make_worklist(team.project, studies, mode=mode, unaided_share=0.0))
        _, turn = make_turns(loop)
        turn.moved = [{"study": studies[0].pk, "label": "P-1", "from": 9, "to": 1, "why": self.WHY}]
        turn.save()
        return turn

    @pytest.mark.parametrize(("mode", "role", "told"), [
        ("concurrent", "annotator", True), ("unaided", "annotator", False), ("second_reader", "reviewer", False),
        ("unaided", "admin", False), ("unaided", "researcher", True),
    ])
    def test_the_reason_depends_on_how_the_person_will_read(
        self, team: Team, mode: str, role: str, told: bool
    ) -> None:
        case = moved_for(team.person(role), self.turn(team, mode))[0]
        assert (case.label, case.before, case.after) == ("P-1", 9, 1)
        assert (case.why == self.WHY) is told
        page = text_of(browser_of(team.person(role)).get(f"/p/{team.project.slug}/loop/"))
        assert (self.WHY in page) is told

    def test_who_has_read_the_case_is_told(self, team: Team) -> None:
        turn = self.turn(team, "unaided")
        submit(open_next(turn.loop.worklist, team.annotator))
        assert moved_for(team.annotator, turn)[0].why == self.WHY

    def test_a_case_that_is_always_read_unaided_keeps_its_reason_to_itself(self, team: Team) -> None:
        turn = self.turn(team, "concurrent")
        turn.loop.worklist.items.update(is_always_unaided=True)
        assert moved_for(team.annotator, turn)[0].is_withheld
