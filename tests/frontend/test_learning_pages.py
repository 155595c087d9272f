"""Who may see and do what on the pages of learning; the models page."""

from __future__ import annotations

import pytest

from core.models import Role
from frontend.terms import TERMS
from learning.models import Iteration, ModelVersion, Run
from learning.recipe import PRESETS
from tests.factories import Team, make_studies, make_team, make_worklist
from tests.frontend.learning_forms import BOTH, form_of, post, read_cases
from tests.frontend.learning_rows import gate_metrics, make_job, make_loop, make_model, make_run, make_turns
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


class TestWhoSeesWhat:
    @pytest.mark.parametrize("page", ["train/", "models/", "loop/", "runs/{run}/"])
    def test_members_look_and_strangers_find_nothing(self, team: Team, page: str) -> None:
        run = make_run(team.project)
        address = f"/p/{team.project.slug}/{page.format(run=run.pk)}"
        for role in [*Role.values, "admin"]:
            assert browser_of(team.person(role)).get(address).status_code == 200, role
        assert browser_of(team.stranger).get(address).status_code == 404
        assert browser_of(None).get(address).status_code == 302

    @pytest.mark.parametrize(("role", "may"), [
        ("annotator", False), ("reviewer", False), ("researcher", True), ("manager", True), ("admin", True),
    ])
    def test_only_who_may_train_gets_the_form_and_the_buttons(self, team: Team, role: str, may: bool) -> None:
        read_cases(team, BOTH)
        make_loop(team.project, team.project.worklists.get())
        client, base = browser_of(team.person(role)), f"/p/{team.project.slug}"
        assert ("Start training" in text_of(client.get(f"{base}/train/"))) is may
        assert ("Take a turn now" in text_of(client.get(f"{base}/loop/"))) is may
        for page, data in (("train/", form_of(PRESETS["quick"])), ("loop/", {"act": "step"})):
            assert (post(client, f"{base}/{page}", data).status_code == 302) is may
        assert (post(client, f"{base}/train/plan/", form_of(PRESETS["quick"])).status_code == 200) is may
        assert Run.objects.exists() is may

    @pytest.mark.parametrize("role", ["annotator", "reviewer", "researcher"])
    def test_only_managers_decide_against_the_rule(self, team: Team, role: str) -> None:
        loop = make_loop(team.project, make_worklist(team.project, make_studies(team.project, 1)))
        _, turn = make_turns(loop)
        page, data = f"/p/{team.project.slug}/loop/", {"act": "override", "turn": 1, "note": "The boxes are worse."}
        client = browser_of(team.person(role))
        assert "Decide otherwise" not in text_of(client.get(page))
        assert client.post(page, data).status_code == 403
        manager = browser_of(team.manager)
        assert "Decide otherwise" in text_of(manager.get(page))
        assert manager.post(page, data).status_code == 302
        assert Iteration.objects.get(pk=turn.pk).promoted is False
        assert "decided against the rule: The boxes are worse." in text_of(manager.get(page))

    def test_a_run_is_not_found_through_another_project(self, team: Team) -> None:
        other = make_team()
        run = make_run(other.project)
        client = browser_of(team.admin)
        for part in ("", "live/state/", "live/log/", "live/results/"):
            assert client.get(f"/p/{team.project.slug}/runs/{run.pk}/{part}").status_code == 404


class TestModels:
    def test_the_champion_stands_first_with_its_figure(self, team: Team) -> None:
        make_model(make_run(team.project), 1, "rejected")
        make_model(make_run(team.project), 2, "champion")
        told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/models/"))
        assert told.index("Champion Model 2") < told.index("Model 1")
        assert "AUROC on 60 gate cases" in told
        assert "simulated readers" in told
        assert "Not a medical device" in told

    @pytest.mark.parametrize(("role", "may"), [("annotator", False), ("researcher", True), ("manager", True)])
    def test_weights_are_offered_to_who_may_export(self, team: Team, role: str, may: bool) -> None:
        model = make_model(make_run(team.project))
        page = browser_of(team.person(role)).get(f"/p/{team.project.slug}/models/").content.decode()
        assert (f"/api/models/{model.pk}/file/" in page) is may
        assert f"/api/models/{model.pk}/card/" in page

    def test_a_card_names_the_finding_of_each_point_and_gives_figures_with_intervals(self, team: Team) -> None:
        make_model(make_run(team.project))
        told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/models/"))
        one = gate_metrics()["findings"][0]
        assert "Nodule: 0.400 (youden, n = 60)" in told
        interval = f"{one['auroc']['value']:.3f} {one['auroc']['low']:.3f} to {one['auroc']['high']:.3f}"
        assert told.count(interval) == 2, "beside the champion and on its card"

    @pytest.mark.parametrize(("state", "words"), [("running", "being written"), ("failed", "has no ONNX form")])
    def test_an_onnx_file_on_its_way_is_not_asked_for_again_and_a_failure_says_why(
        self, team: Team, state: str, words: str
    ) -> None:
        model = make_model(make_run(team.project))
        failure = "This network has no ONNX form." if state == "failed" else ""
        make_job(team.project, state, kind="learning.onnx", payload={"model": model.pk}, failure=failure)
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/models/")
        assert words in text_of(page)
        assert ('value="onnx"' in page.content.decode()) is (state == "failed")

    def test_without_models_the_page_says_where_they_come_from(self, team: Team) -> None:
        assert "No model yet" in text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/models/"))


def test_every_term_is_explained_in_a_sentence() -> None:
    assert all(title and text.endswith(".") for title, text in TERMS.values())


def test_models_of_another_project_are_not_offered_to_start_from(team: Team) -> None:
    read_cases(team, BOTH)
    make_model(make_run(make_team().project), 7)
    assert ModelVersion.objects.count() == 1
    assert "model 7" not in browser_of(team.researcher).get(f"/p/{team.project.slug}/train/").content.decode()
