"""A closer look at a run: errors, groups, coverage, drift, another run beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from imaging.models import Instance, Series
from learning.models import ModelVersion, Prediction, Run
from learning.services.runs import held_out_path
from tests.factories import Team, make_studies, make_team, make_worklist
from tests.frontend.learning_rows import gate_metrics, label, make_model, make_run
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team() -> Team:
    return make_team()


def part(team: Team, run: Run, name: str, role: str = "researcher", **asked: Any) -> str:
    address = f"/p/{team.project.slug}/runs/{run.pk}/live/{name}/"
    return text_of(browser_of(team.person(role)).get(address, asked, headers=HTMX))


def instances_of(studies: list[Any]) -> list[Instance]:
    return [study.series.first().instances.first() for study in studies]


def write(
    run: Run, images: list[Instance], probabilities: list[float], targets: list[int], *, repeats: int = 1
) -> None:
    path = held_out_path(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["sop_uid,patient,fold,repeat,nodule,nodule_target"]
    for repeat in range(repeats):
        for image, p, t in zip(images, probabilities, targets, strict=True):
            shown = p if repeat == 0 else 1 - p
            lines.append(f"{image.sop_uid},{image.series.study.patient.pseudonym},{repeat},{repeat},{shown},{t}")
    path.write_text("\n".join(lines) + "\n")


def finished(team: Team, **fields: Any) -> Run:
    run = make_run(team.project, **fields)
    version = make_model(run, ModelVersion.objects.count() + 1, "candidate")
    version.card |= {"temperatures": None, "points": [{"threshold": 0.5, "rule": "youden", "n": 60}] * 2}
    version.save()
    return run


class TestErrors:
    def test_surest_errors_come_first_with_a_picture_and_the_way_to_the_study(self, team: Team) -> None:
        studies, run = make_studies(team.project, 4), finished(team)
        write(run, instances_of(studies), [0.95, 0.2, 0.6, 0.9], [0, 1, 0, 1], repeats=2)
        page = browser_of(team.researcher).get(f"/p/{team.project.slug}/runs/{run.pk}/live/errors/", headers=HTMX)
        told = text_of(page)
        assert "1 missed and 2 false alarms of 4 cases, at 0.500" in told
        assert told.index("probability 0.950") < told.index("probability 0.200") < told.index("probability 0.600")
        assert page.content.decode().count('class="thumb-picture"') == 3
        assert f"/studies/{studies[0].uid}/" in page.content.decode()

    def test_what_is_to_be_read_unaided_is_not_told(self, team: Team) -> None:
        studies, run = make_studies(team.project, 2), finished(team)
        write(run, instances_of(studies), [0.95, 0.9], [0, 0])
        make_worklist(team.project, studies[:1], mode="unaided")
        manager = part(team, run, "errors", "manager")
        assert "probability 0.900" in manager
        assert "probability 0.950" not in manager

    def test_who_may_not_export_is_not_told_single_predictions(self, team: Team) -> None:
        run = finished(team)
        for name in ("errors", "pair"):
            address = f"/p/{team.project.slug}/runs/{run.pk}/live/{name}/"
            assert browser_of(team.annotator).get(address, headers=HTMX).status_code == 403
        page = browser_of(team.annotator).get(f"/p/{team.project.slug}/runs/{run.pk}/").content.decode()
        assert "live/errors/" not in page

    def test_a_run_without_predictions_says_so(self, team: Team) -> None:
        assert "no held-out predictions" in part(team, finished(team), "errors")


class TestPair:
    def test_two_runs_are_compared_on_the_images_of_both(self, team: Team) -> None:
        images = instances_of(make_studies(team.project, 24))
        targets = [row % 2 for row in range(24)]
        good, poor = finished(team), finished(team)
        write(good, images, [0.9 * t + 0.05 for t in targets], targets)
        write(poor, images[:20], [0.5 + 0.01 * row for row in range(20)], targets[:20])
        told = part(team, good, "pair", **{"with": poor.pk})
        assert f"This run minus run {poor.pk}: +0.450 AUROC" in told
        assert "better" in told
        assert "20 images of 20 patients" in told
        assert "Nodule 1.000 0.550 +0.450" in told

    def test_runs_without_enough_in_common_say_what_to_do(self, team: Team) -> None:
        images = instances_of(make_studies(team.project, 4))
        one, other = finished(team), finished(team)
        for run in (one, other):
            write(run, images, [0.1, 0.9, 0.2, 0.8], [0, 1, 0, 1])
        assert "held out 4 images and learned 1 findings in common" in part(team, one, "pair", **{"with": other.pk})
        assert "No other run of this project has ended" not in part(team, one, "pair")


class TestDrift:
    def predicted(self, team: Team, shift: float) -> Run:
        run = finished(team)
        version = run.model_version
        old = make_studies(team.project, 25)
        for study in old:
            label(run, study, "reader:a")
        type(run.snapshot).objects.filter(pk=run.snapshot.pk).update(created_at=timezone.now())
        new = make_studies(team.project, 25, first=40)
        rng = np.random.default_rng(0)
        for studies, centre in ((old, 0.0), (new, shift)):
            for image in instances_of(studies):
                vector = (rng.normal(0, 1, 8) + centre).astype("<f2")
                Prediction.objects.create(
                    model_version=version, instance=image, probabilities={}, embedding=vector.tobytes()
                )
        return run

    @pytest.mark.parametrize(("shift", "is_drift"), [(0.0, False), (3.0, True)])
    def test_new_images_are_compared_with_those_learned_from(self, team: Team, shift: float, is_drift: bool) -> None:
        run = self.predicted(team, shift)
        run.snapshot.refresh_from_db()
        Series.objects.update(site="north")
        Series.objects.filter(study__created_at__gt=run.snapshot.created_at).update(site="south")
        told = part(team, run, "drift", "annotator")
        assert "25 new images against 25" in told
        assert ("the new images differ" in told) is is_drift
        assert "another mix Site of 25 new images, of 25 before: south: 25 (was 0), north: 0 (was 25)" in told
        assert "Never seen in training: south." in told

    def test_too_few_new_images_are_no_check(self, team: Team) -> None:
        assert "Not checked: A drift check needs at least 20 images on each side" in part(team, finished(team), "drift")


def test_groups_sets_maps_and_trials_stand_on_the_page(team: Team) -> None:
    estimate = {"value": 0.62, "low": 0.5, "high": 0.7}
    group = {
        "attribute": "sex", "group": "M", "finding": "nodule", "n": 30, "n_positive": 12, "n_patients": 30,
        "auroc": estimate, "difference": {"value": -0.2, "low": -0.3, "high": -0.1}, "p_value": 0.01, "reason": None,
    }
    few = group | {"group": "O", "auroc": None, "difference": None, "p_value": None}
    few |= {"reason": "1 present and 2 absent; 5 of each are needed."}
    south = group | {"attribute": "site", "group": "S-7KQ2MX", "p_value": 0.4}
    sets = {"finding": "nodule", "alpha": 0.1, "n": 60, "n_calibration": [40, 20], "covered": 0.91, "absent": 0.92,
            "present": None, "single": 0.7}
    bounds = {"covered": [0.81, 0.96], "absent": [0.79, 0.98], "present": None, "single": [0.57, 0.81]}
    trial = {"settings": {"optimiser.learning_rate": 0.002}, "value": 0.7}
    held_out = gate_metrics(0.5) | {
        "subgroups": [group, few, south], "undivided": ["Scanner: GE, all 60 images of which it is known."],
        "conformal": [sets | {"bounds": bounds}], "runs": 3,
        "maps": {"similarity": 0.8, "n": 12, "passed": False, "sentence": "the maps hardly depend"},
        "trials": [trial, trial | {"value": 0.8}],
    }
    run = make_run(team.project, metrics={"gate": gate_metrics() | {"conformal": [sets]}, "held_out": held_out})
    told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/runs/{run.pk}/"))
    assert "sex: M differs" in told
    assert "site: S-7KQ2MX 30 12 present 0.620" in told
    assert "adjusted over all 2 comparisons of this table" in told
    assert "Nodule, sex O: 30 cases. 1 present and 2 absent; 5 of each are needed." in told
    assert "Scanner: GE, all 60 images of which it is known." in told
    assert "not to be read as evidence the maps hardly depend" in told
    assert "gate set 60 cases 0.910 – not known 0.920 0.700 20 present 40 absent" in told, "a run that kept no bounds"
    assert "60 cases 0.910 0.810 to 0.960 – not known 0.920 0.790 to 0.980 0.700 0.570 to 0.810" in told
    assert "Trial Learning rate AUROC, inner folds" in told
    assert "1 (the recipe) 0.002 0.700 2 chosen 0.002 0.800" in told
    assert "figures are means over 3 repeats" in told
