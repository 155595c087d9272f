"""Starting a training: the form made from the schema, the plan, the list of runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from frontend.forms.recipe import checked, sections_of, values_from
from frontend.forms.saved_recipes import name_of
from imaging.models import Study
from learning.models import Run
from learning.recipe import PRESETS, Recipe, load_recipe
from learning.selectors.snapshot_preview import preview_snapshot
from learning.services.snapshots import freeze_snapshot
from tests.factories import Team, make_findings, make_team
from tests.frontend.learning_forms import BOTH, form_of, post, read_cases
from tests.frontend.learning_rows import gate_metrics, make_model, make_run
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db

UNUSUAL = load_recipe({
    "input": {"channels": 3}, "augmentation": {"lateral_flip": True}, "targets": {"findings": ["nodule", "effusion"]},
    "optimiser": {"max_steps": 50, "seconds": 12.5}, "start": {"kind": "checkpoint", "model": "model 3"}, "seed": 7,
})
"""A recipe with every kind of input away from its default."""


@pytest.fixture
def team() -> Team:
    return make_team()


class TestRecipeForm:
    def test_every_field_of_the_schema_has_its_input_with_title_help_unit_and_bounds(self, team: Team) -> None:
        read_cases(team, BOTH)
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/").content.decode()
        for section in sections_of(Recipe().model_dump(mode="json")):
            for field in section.fields:
                assert f'name="{field.path}"' in page, field.path
                assert field.title
                assert field.help or field.meanings, field.path
        assert "32 to 1,024" in page
        assert '<span class="input-group-text">px</span>' in page

    @pytest.mark.parametrize("name", [*sorted(PRESETS), "own recipe"])
    def test_a_posted_form_is_the_recipe_it_showed(self, rf: Any, name: str) -> None:
        shown = PRESETS.get(name, UNUSUAL)
        body = urlencode(form_of(shown), doseq=True)
        posted = rf.post("/", body, content_type="application/x-www-form-urlencoded").POST
        recipe, errors = checked(values_from(posted))
        assert errors == {}
        assert recipe is not None
        assert recipe == shown
        assert name_of(recipe) == name

    @pytest.mark.parametrize(("typed", "where", "words"), [
        ({"optimiser__learning_rate": "fast"}, "optimiser-learning_rate", "valid number"),
        ({"input__size": "8"}, "input-size", "greater than or equal to 32"),
        ({"network__name": "resnet999"}, "network-name", "small_cnn"),
        ({"start__kind": "checkpoint"}, "start", "needs the model to start from"),
    ])
    def test_what_is_wrong_is_said_at_the_field(
        self, team: Team, typed: dict[str, str], where: str, words: str
    ) -> None:
        read_cases(team, BOTH)
        client, data = browser_of(team.researcher), form_of(PRESETS["quick"], **typed)
        for page, status in (("train/", 400), ("train/plan/", 200)):
            answer = post(client, f"/p/{team.project.slug}/{page}", data)
            assert answer.status_code == status
            said = answer.content.decode().split(f'id="error-{where}"')[1].split("</div>")[0]
            assert words in said
        assert not Run.objects.exists()

    def test_what_is_wrong_in_a_closed_section_is_listed_beside_the_start_button(self, team: Team) -> None:
        read_cases(team, BOTH)
        data = form_of(PRESETS["quick"], optimiser__max_epochs="0")
        page = post(browser_of(team.researcher), f"/p/{team.project.slug}/train/plan/", data).content.decode()
        assert '<a href="#field-optimiser-max_epochs">Optimiser, Epochs, at most</a>' in page
        assert 'id="tag-optimiser" hx-swap-oob="true"><span class="tag tag-bad">1 to correct' in page
        assert 'value="start" disabled' in page

    def test_a_name_typed_before_its_field_was_put_away_is_not_meant(self, team: Team) -> None:
        read_cases(team, BOTH)
        data = form_of(PRESETS["quick"], start__model="model 3")
        page = post(browser_of(team.researcher), f"/p/{team.project.slug}/train/plan/", data).content.decode()
        assert "To correct first" not in page

    def test_what_was_typed_is_still_there_after_a_refusal(self, team: Team) -> None:
        read_cases(team, BOTH)
        answer = post(
            browser_of(team.researcher), f"/p/{team.project.slug}/train/",
            form_of(PRESETS["quick"], optimiser__learning_rate="fast", input__size="77"),
        )
        page = answer.content.decode()
        assert 'value="fast"' in page
        assert 'value="77"' in page


class TestTrain:
    def test_the_plan_counts_what_a_snapshot_freezes(self, team: Team) -> None:
        read_cases(team, BOTH)
        preview = preview_snapshot(project=team.project)
        snapshot = freeze_snapshot(project=team.project)
        for one in preview.findings:
            counted = {"present": one.present, "absent": one.absent, "equivocal": one.equivocal}
            assert {k: v for k, v in counted.items() if v} == snapshot.counts[one.code]
        assert preview.studies == snapshot.counts["rows"]["verified"]

    def test_cost_and_answers_are_shown_before_the_start(self, team: Team) -> None:
        read_cases(team, BOTH)
        told = text_of(browser_of(team.researcher).get(f"/p/{team.project.slug}/train/"))
        assert "Nodule 2 2 0" in told
        assert "Effusion 1 2 1" in told
        assert "4 studies of the pool, 4 images." in told
        assert "about 3 s" in told

    def test_one_sided_answers_are_named_and_nothing_can_be_started(self, team: Team) -> None:
        read_cases(team, [("present", "absent"), ("absent", "absent")])
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/")
        assert "Effusion: learning needs present and absent answers." in text_of(page)
        assert 'value="start" disabled' in page.content.decode()

    def test_findings_with_both_answers_can_be_learned_alone_at_a_press(self, team: Team) -> None:
        read_cases(team, [("present", "absent"), ("absent", "absent")])
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/").content.decode()
        assert 'data-learnable="nodule"' in page

    def test_answers_of_one_patient_cannot_be_started(self, team: Team) -> None:
        read_cases(team, BOTH)
        studies = list(Study.objects.filter(projects=team.project))
        for study in studies:
            study.patient = studies[0].patient
            study.save(update_fields=["patient"])
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/")
        assert "All answers are about one patient" in text_of(page)
        assert 'value="start" disabled' in page.content.decode()

    def test_grades_can_be_learned_of_a_finding_that_everybody_has(self, team: Team) -> None:
        read_cases(team, [("present", "absent"), ("present", "absent")])
        data = form_of(PRESETS["quick"], targets__kind="ordinal", targets__findings=["nodule"])
        page = post(browser_of(team.researcher), f"/p/{team.project.slug}/train/plan/", data).content.decode()
        assert 'value="start" disabled' not in page, "whether there are several grades, the start tells"

    def test_without_answers_the_page_says_what_to_do_first(self, team: Team) -> None:
        make_findings(team.project, ["Nodule"])
        told = text_of(browser_of(team.researcher).get(f"/p/{team.project.slug}/train/"))
        assert "No reader has answered a case of the training pool yet." in told

    def test_a_start_queues_a_run_of_that_recipe_and_opens_its_page(self, team: Team) -> None:
        read_cases(team, BOTH)
        data = form_of(PRESETS["quick"], optimiser__max_epochs="3")
        answer = post(browser_of(team.researcher), f"/p/{team.project.slug}/train/", data)
        run = Run.objects.get()
        assert answer["Location"] == f"/p/{team.project.slug}/runs/{run.pk}/"
        assert run.recipe["optimiser"]["max_epochs"] == 3
        assert (run.recipe_name, run.created_by, run.job.state) == ("own recipe", team.researcher, "queued")

    def test_a_run_s_recipe_can_be_used_again(self, team: Team) -> None:
        run = make_run(team.project)
        Run.objects.filter(pk=run.pk).update(recipe=PRESETS["thorough"].model_dump(mode="json"), recipe_name="thorough")
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/?run={run.pk}").content.decode()
        assert '<option value="densenet121" selected>' in page

    def test_a_recipe_of_a_newer_version_is_not_taken_for_ours(self, team: Team) -> None:
        run = make_run(team.project)
        Run.objects.filter(pk=run.pk).update(recipe=PRESETS["thorough"].model_dump(mode="json") | {"version": 2})
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/?run={run.pk}")
        assert "This recipe has version 2, newer than version 1" in text_of(page)
        assert '<option value="small_cnn" selected>' in page.content.decode(), "a preset, not half a recipe"
        assert browser_of(team.researcher).get(f"/p/{team.project.slug}/runs/{run.pk}/").status_code == 200

    def test_the_list_gives_each_figure_with_interval_and_n(self, team: Team) -> None:
        make_model(make_run(team.project))
        told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/train/"))
        macro = gate_metrics()["macro_auroc"]
        interval = f"{macro['value']:.3f} {macro['low']:.3f} to {macro['high']:.3f}"
        assert f"{interval} AUROC, n = 60, simulated readers" in told
