"""One run: figures, reasons, pictures, cancel and try again."""

from __future__ import annotations

from typing import Any

import pytest

from learning.models import Run
from tests.factories import Team, make_team
from tests.frontend.learning_rows import gate_metrics, make_model, make_run
from tests.frontend.pages import browser_of, text_of
from workers.models import Job

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team() -> Team:
    return make_team()


class TestRun:
    def page(self, team: Team, run: Run, role: str = "researcher") -> str:
        return text_of(browser_of(team.person(role)).get(f"/p/{team.project.slug}/runs/{run.pk}/"))

    def test_figures_stand_with_interval_cases_and_the_origin_of_the_point(self, team: Team) -> None:
        run = make_run(team.project)
        make_model(run)
        told = self.page(team, run)
        nodule = gate_metrics()["findings"][0]
        auroc = nodule["auroc"]
        assert f"{auroc['value']:.3f} {auroc['low']:.3f} to {auroc['high']:.3f}" in told
        assert f"60 {nodule['n_positive']} present, 60 patients" in told
        assert nodule["threshold_from"] in told
        assert "answers by simulated readers" in told

    def test_what_is_not_defined_says_why(self, team: Team) -> None:
        run = make_run(team.project, metrics={"gate": gate_metrics(positives=False), "held_out": gate_metrics()})
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/runs/{run.pk}/")
        assert "All 60 assessed cases are negative" in text_of(page)
        assert 'title="no positive case here">not defined' in page.content.decode()

    def test_without_a_gate_the_page_says_that_nothing_is_chosen(self, team: Team) -> None:
        run = make_run(team.project, metrics={"gate": None, "held_out": gate_metrics()})
        assert "No gate figure: the gate set" in self.page(team, run)

    def test_pictures_have_words_and_a_table(self, team: Team) -> None:
        run = make_run(team.project)
        page = browser_of(team.annotator).get(f"/p/{team.project.slug}/runs/{run.pk}/").content.decode()
        assert 'aria-label="ROC curve, area' in page
        assert 'aria-label="Reliability diagram' in page
        assert "The pictures as tables" in page

    def test_a_failure_shows_its_reason_and_can_be_tried_again(self, team: Team) -> None:
        run = make_run(team.project, state="failed")
        Job.objects.update(failure="The process was killed, most likely for want of memory. Try a smaller batch.")
        assert "most likely for want of memory" in self.page(team, run)
        page = f"/p/{team.project.slug}/runs/{run.pk}/"
        assert "Try again" not in self.page(team, run, "annotator")
        assert browser_of(team.annotator).post(page, {"act": "retry"}).status_code == 403
        assert browser_of(team.researcher).post(page, {"act": "retry"}).status_code == 302
        assert Job.objects.get().state == "queued"

    def test_a_running_run_can_be_cancelled_by_who_steers_and_by_nobody_else(self, team: Team) -> None:
        run = make_run(team.project, state="queued")
        page = f"/p/{team.project.slug}/runs/{run.pk}/"
        assert browser_of(team.annotator).post(page, {"act": "cancel"}).status_code == 403
        assert browser_of(team.researcher).post(page, {"act": "cancel"}).status_code == 302
        assert "Cancelled" in self.page(team, run)

    def test_a_part_is_sent_again_only_when_it_has_changed(self, team: Team) -> None:
        run = make_run(team.project, state="running")
        client = browser_of(team.researcher)
        for part in ("state", "log", "results"):
            address = f"/p/{team.project.slug}/runs/{run.pk}/live/{part}/"
            first = client.get(address, headers=HTMX)
            seen = first.content.decode().split("?seen=")[1].split('"')[0]
            assert client.get(f"{address}?seen={seen}", headers=HTMX).status_code == 204
        run.job.lines.create(attempt=1, text="Batch halved to 8.")
        assert "Batch halved to 8." in text_of(client.get(address.replace("results", "log"), headers=HTMX))
        assert client.get(f"/p/{team.project.slug}/runs/{run.pk}/live/nothing/").status_code == 404

    @pytest.mark.parametrize(("role", "may"), [("annotator", False), ("researcher", True)])
    def test_held_out_predictions_are_offered_to_who_may_export(
        self, team: Team, role: str, may: bool, settings: Any
    ) -> None:
        run = make_run(team.project)
        folder = settings.HOME / "runs" / str(run.pk)
        folder.mkdir(parents=True)
        (folder / "held_out.csv").write_text("sop_uid\n")
        assert ("Predictions, CSV" in self.page(team, run, role)) is may
